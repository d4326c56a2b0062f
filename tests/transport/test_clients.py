from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import warnings
from collections.abc import Coroutine
from typing import Any

import pytest

from llmkit_jupyter.transport import clients, http
from llmkit_jupyter.transport.http import get_json, post_json
from llmkit_jupyter.transport.vetted import environment_proxies
from tests.transport.servers import Server, always, whole


def test_one_client_a_loop_and_none_is_left_behind():
    async def twice() -> tuple[Any, Any]:
        async with Server(always(whole(b"{}"))) as server:
            assert (await get_json(server.url)).ok
            assert (await get_json(server.url)).ok
            assert server.connections == 1
        return http.api_client(), http.api_client()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, again = asyncio.run(twice())
        other, _ = asyncio.run(twice())
        gc.collect()
    assert first is again
    assert first is not other
    assert first.is_closed
    assert not [loop for loop in clients._of_loops if loop.is_closed()]


def test_clients_can_be_closed_and_made_anew():
    async def main():
        first = http.api_client()
        await http.close_clients()
        assert first.is_closed
        assert http.api_client() is not first

    asyncio.run(main())


def test_clients_of_a_loop_that_just_ended_are_forgotten():
    def use() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(_touch())
        loop.close()

    async def _touch() -> None:
        http.api_client()

    before = set(clients._of_loops)  # an engine's own loop may be at work in this process
    use()
    use()
    assert len(set(clients._of_loops) - before) <= 1


def test_a_call_that_must_not_be_repeated_uses_no_connection_that_was_idle(monkeypatch):
    monkeypatch.setattr(clients, "FRESH_SECONDS", 0.2)

    async def main(pause: float):
        async with Server(always(whole(b"{}"))) as server:
            for _ in range(3):
                await post_json(server.url, {}, fresh=True)
                await asyncio.sleep(pause)
            return server.connections

    assert asyncio.run(main(0)) == 1
    assert asyncio.run(main(0.25)) == 3


def test_no_cookie_comes_back():
    async def main():
        async with Server(always(whole(b"{}", "Set-Cookie: a=b; Path=/"))) as server:
            for _ in range(2):
                await get_json(server.url)
            assert "cookie" not in server.requests[1].headers

    asyncio.run(main())


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    async def main():
        async with Server(always(whole(b'{"from": "proxy"}'))) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            answer = await get_json("http://service.invalid/v1")
            return answer.body, proxy.requests[0].target

    assert asyncio.run(main()) == ({"from": "proxy"}, "http://service.invalid/v1")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HTTP_PROXY": "proxy:1", "HTTPS_PROXY": "http://proxy:2"},
        {"ALL_PROXY": "http://proxy:3"},
        {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"},
        {
            "HTTPS_PROXY": "http://p",
            "NO_PROXY": "localhost, .a.example,b.example,10.0.0.1,::1,10.0.0.0/8,https://c.example",
        },
    ],
)
def test_our_reading_of_the_proxy_variables_is_that_of_httpx(environment, monkeypatch):
    from httpx._utils import get_environment_proxies

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert environment_proxies() == get_environment_proxies()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_after_a_fork_a_new_loop_has_new_clients():
    async def use() -> Any:
        async with Server(always(whole(b"{}"))) as server:
            await get_json(server.url)
        return http.api_client()

    def in_child(before: Any) -> Coroutine[Any, Any, None]:
        async def main() -> None:
            assert await use() is not before

        return main()

    loop = asyncio.new_event_loop()
    before = loop.run_until_complete(use())
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(in_child(before))
        except BaseException:  # noqa: BLE001 - a child must not go on with the tests
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    loop.run_until_complete(http.close_clients())
    loop.close()


def test_importing_loads_no_http_library():
    code = (
        "import sys, llmkit_jupyter.transport.http, llmkit_jupyter.transport.download;"
        "sys.exit('httpx' in sys.modules or 'httpcore' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
