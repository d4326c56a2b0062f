"""A pytest plugin: which tests share a worker of pytest-xdist.

All that drive a browser go to one worker, and begin first: two browsers beside two servers have
more to do than two cores can, while most other tests wait.
"""

from __future__ import annotations

from typing import Any

import pytest

TOGETHER = "tests/e2e/"


def scope_of(nodeid: str) -> str:
    """Name the tests that go to one worker with this one: its file's, or all with a browser."""
    return TOGETHER if nodeid.startswith(TOGETHER) else nodeid.split("::", 1)[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, or one worker would be left with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute by `scope_of`."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Scheduling(config, log)
