"""A pytest plugin: which tests share a worker of pytest-xdist.

All that drive a browser go to one worker, and begin first: two browsers beside two servers have
more to do than two cores can, while most other tests wait. Figures follow in the same worker: the
others have little left to do by then, and what is measured beside them is a machine at its limit.
Some that need a browser and little else come last: the other workers are idle by then, and this one
is not done.
"""

from __future__ import annotations

from typing import Any

import pytest

TOGETHER = ("tests/e2e/", "tests/benchmarks/")
LAST = tuple(
    f"tests/e2e/test_{name}.py"
    for name in ("minimal_host", "export", "layout", "runware", "typescript")
)


def scope_of(nodeid: str) -> str:
    """Name the tests that go to one worker with this one: its file's, or those told above."""
    if nodeid.startswith(LAST):
        return LAST[0]
    return TOGETHER[0] if nodeid.startswith(TOGETHER) else nodeid.split("::", 1)[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, or one worker would be left with it at the end."""
    items.sort(key=lambda item: _turn(item.nodeid))


def _turn(nodeid: str) -> int:
    if nodeid.startswith(LAST):
        return len(TOGETHER) + 1
    return [nodeid.startswith(each) for each in (*TOGETHER, "")].index(True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute by `scope_of`."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Scheduling(config, log)
