"""The other end of the widgets' comms: keeps what the kernel sends, and says what a page would."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import comm
import pytest
from comm.base_comm import BaseComm

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmkit_jupyter.widgets.base import LiveWidget

PATIENCE = 20  # seconds


@dataclass
class Sent:
    """A message on its way to the page."""

    kind: str  # "comm_open", "comm_msg" or "comm_close"
    comm_id: str
    data: dict[str, Any]
    buffers: list[bytes]
    thread: str

    @property
    def method(self) -> str:
        """Such as "update", "echo_update" or "custom"."""
        return self.data.get("method", "")


@dataclass
class Page:
    """Everything that was sent, in order."""

    sent: list[Sent] = field(default_factory=list)

    def of(self, widget: LiveWidget, method: str | None = None) -> list[Sent]:
        """What was sent to one widget, all of it or by its method."""
        return [
            each
            for each in list(self.sent)
            if each.comm_id == widget.model_id and method in (None, each.method)
        ]

    def told(self, widget: LiveWidget, kind: str | None = None) -> list[Sent]:
        """The messages that are no state."""
        customs = self.of(widget, "custom")
        return [each for each in customs if kind in (None, each.data["content"]["kind"])]

    def written(self, widget: LiveWidget, name: str) -> list[Any]:
        """The values of a trait that the kernel sent since the widget was opened."""
        updates = self.of(widget, "update")
        return [each.data["state"][name] for each in updates if name in each.data["state"]]

    def write(self, widget: LiveWidget, **state: Any) -> None:
        """Change traits, as a form does."""
        self._receive(widget, {"method": "update", "state": state, "buffer_paths": []})

    def say(self, widget: LiveWidget, **content: Any) -> None:
        """Send a message."""
        self._receive(widget, {"method": "custom", "content": content})

    def wait(self, condition: Callable[[], object], what: str = "it") -> Any:
        """Wait until something is so; gives what it is."""
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            last = [str(each)[:300] for each in self.sent[-5:]]
            assert time.monotonic() < deadline, f"{what} did not come: {last}"
            time.sleep(0.005)
        return found

    def _receive(self, widget: LiveWidget, data: dict[str, Any]) -> None:
        widget._handle_msg({"content": {"data": data}, "buffers": []})


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Be the page of all widgets that a test makes."""
    page = Page()

    class Recorded(BaseComm):
        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **_):
            parts = [bytes(part) for part in buffers or []]
            thread = threading.current_thread().name
            page.sent.append(Sent(msg_type, self.comm_id, data or {}, parts, thread))

    monkeypatch.setattr(comm, "create_comm", Recorded)
    return page
