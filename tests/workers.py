"""A pytest plugin: which tests share a worker of pytest-xdist.

All that drive a browser go to one worker, and begin first: two browsers beside two servers have
more to do than two cores can, while most other tests wait. Figures follow in the same worker: the
others have little left to do by then, and what is measured beside them is a machine at its limit.
"""

from __future__ import annotations

from typing import Any

import pytest

TOGETHER = ("tests/e2e/", "tests/benchmarks/")


def scope_of(nodeid: str) -> str:
    """Name the tests that go to one worker with this one: its file's, or those told above."""
    return TOGETHER[0] if nodeid.startswith(TOGETHER) else nodeid.split("::", 1)[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, or one worker would be left with it at the end."""
    folders = [*TOGETHER, ""]
    items.sort(key=lambda item: [item.nodeid.startswith(each) for each in folders].index(True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute by `scope_of`."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Scheduling(config, log)
