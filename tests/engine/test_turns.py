"""Submissions go out in order, no more at once than the provider likes at the moment."""

from __future__ import annotations

import asyncio

from llmkit_jupyter.engine import turns as turns_module
from llmkit_jupyter.engine.turns import Turns


class Likes:
    """As much of a provider as is asked here."""

    def __init__(self, most: int | None) -> None:
        self.submit_at_once = most


def go(likes: Likes, number: int, during=None) -> tuple[list[int], int]:
    """Let so many through; gives the order, and the most that were out at once."""

    async def main() -> tuple[list[int], int]:
        turns = Turns(likes)  # type: ignore[arg-type]
        order: list[int] = []
        out = most = 0

        async def one(name: int) -> None:
            nonlocal out, most
            async with turns:
                out += 1
                most = max(most, out)
                order.append(name)
                await asyncio.sleep(0.001)
                if during is not None:
                    during(name)
                out -= 1

        await asyncio.gather(*(one(name) for name in range(number)))
        assert turns._out == 0
        return order, most

    return asyncio.run(main())


def test_as_many_as_it_likes_in_their_order():
    assert go(Likes(2), 10) == (list(range(10)), 2)
    assert go(Likes(None), 10) == (list(range(10)), 10)


def test_what_it_likes_may_change(monkeypatch):
    monkeypatch.setattr(turns_module, "LOOK_SECONDS", 0.01)
    likes = Likes(1)

    def proven(_name: int) -> None:
        likes.submit_at_once = 3

    order, most = go(likes, 9, proven)
    assert (order, most) == (list(range(9)), 3)


def test_none_go_out_until_it_likes_any(monkeypatch):
    monkeypatch.setattr(turns_module, "LOOK_SECONDS", 0.01)
    likes = Likes(0)

    async def main() -> list[str]:
        said: list[str] = []
        turns = Turns(likes)  # type: ignore[arg-type]

        async def one() -> None:
            async with turns:
                said.append("out")

        waiting = asyncio.create_task(one())
        await asyncio.sleep(0.05)
        said.append("waited")
        likes.submit_at_once = 1
        await asyncio.wait_for(waiting, 5)
        return said

    assert asyncio.run(main()) == ["waited", "out"]


def test_who_gives_up_waiting_takes_no_place():
    async def main() -> int:
        turns = Turns(Likes(1))  # type: ignore[arg-type]

        async def hold(seconds: float) -> None:
            async with turns:
                await asyncio.sleep(seconds)

        tasks = [asyncio.create_task(hold(0.02)) for _ in range(3)]
        await asyncio.sleep(0.005)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return turns._out

    assert asyncio.run(main()) == 0
