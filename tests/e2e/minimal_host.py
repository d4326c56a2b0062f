"""A host like VS Code's and Colab's, as far as a widget sees it: a page, a model, an element.

The widgets are real and live in the test's own process. Their comms end in a queue that the page
empties, because only the thread of the test may talk to the browser.
"""

from __future__ import annotations

import base64
import queue
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comm
from comm.base_comm import BaseComm

from llmkit_jupyter.widgets.hosts import VIEW

if TYPE_CHECKING:
    import pytest
    from playwright.sync_api import Browser, Locator

    from llmkit_jupyter.widgets.base import LiveWidget

SCRIPT = Path(__file__).with_suffix(".js")
# Not a safe place in a browser's eyes: no clipboard, no random UUIDs.
ADDRESS = "http://minimal.test/"
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Minimal</title>"
    "<body style='margin: 8px; font: 13px sans-serif'></body></html>"
)


class MinimalHost:
    """A page that shows widgets which are made after it.

    Args:
        browser: opens it.
        monkeypatch: puts the widgets' comms in its hands.
        form: what it makes of bytes; "view", "buffer", "base64" or "nothing".
        width: of the window, in CSS pixels.
    """

    def __init__(
        self,
        browser: Browser,
        monkeypatch: pytest.MonkeyPatch,
        *,
        form: str = "view",
        width: int = 900,
    ) -> None:
        self.asked: list[dict[str, Any]] = []
        """Contents of the messages from the page that are no state."""
        self.elsewhere: list[str] = []
        """Addresses that the page asked for and no notebook has."""
        self.errors: list[str] = []
        self._comms: dict[str, BaseComm] = {}
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        monkeypatch.setattr(comm, "create_comm", self._open_comm)

        self.page = browser.new_page(viewport={"width": width, "height": 1000})
        self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        self.page.on("console", self._listen)
        self.page.route("**/*", self._answer)
        self.page.expose_function("toKernel", self._to_kernel)
        self.page.expose_function("fromKernel", self._from_kernel)
        self.page.goto(ADDRESS)
        self.page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
        self.page.evaluate("form => { host.form = form; host.begin(); }", form)

    def show(self, widget: LiveWidget) -> Locator:
        """Show a widget, once more if it is shown already, as the host would find it in a cell."""
        view = widget._repr_mimebundle_()[VIEW]
        number = self.page.evaluate("id => host.show(id)", view["model_id"])
        return self.page.locator(f"#view{number}")

    def remove(self, number: int) -> None:
        """Take the view with that number away; the first has 0."""
        self.page.evaluate("number => host.remove(number)", number)

    def fetched(self, part: str = "video") -> list[int]:
        """Where each piece began that the page has asked for."""
        return [each["start"] for each in self.asked if each.get("part") == part]

    def sources(self) -> list[str]:
        """The addresses that videos on the page have."""
        return self.page.locator("video").evaluate_all("all => all.map(video => video.src)")

    def videos(self) -> list[str]:
        """The addresses in the page's memory that hold a video."""
        return self.page.evaluate("[...host.videos]")

    def _open_comm(self, *_: object, **given: Any) -> BaseComm:
        host = self

        class Wire(BaseComm):
            def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **_):
                parts = [base64.b64encode(part).decode() for part in buffers or []]
                host._waiting.put(
                    {
                        "kind": msg_type,
                        "comm_id": self.comm_id,
                        "data": data or {},
                        "parts": parts,
                    }
                )

        wire = Wire(**given)
        self._comms[wire.comm_id] = wire
        return wire

    def _to_kernel(self, comm_id: str, data: dict[str, Any]) -> None:
        if data["method"] == "custom":
            self.asked.append(data["content"])
        self._comms[comm_id].handle_msg({"content": {"data": data}, "buffers": []})

    def _from_kernel(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while not self._waiting.empty():
            messages.append(self._waiting.get())
        return messages

    def _answer(self, route: Any) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=PAGE, content_type="text/html")
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def _listen(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)
