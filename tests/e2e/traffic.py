"""What a page and its kernels say to each other: the websocket's messages, read."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

COMM = ("comm_open", "comm_msg", "comm_close")


@dataclass(frozen=True)
class Message:
    """One message of Jupyter's protocol."""

    to_page: bool
    kind: str
    """Such as "comm_msg"."""
    content: dict[str, Any]
    size: int
    """Bytes of the whole frame."""

    @property
    def comm(self) -> str:
        """Which widget it is about."""
        return self.content.get("comm_id", "")

    @property
    def state(self) -> dict[str, Any]:
        """Traits that it carries."""
        return self.content.get("data", {}).get("state", {})

    @property
    def custom(self) -> dict[str, Any]:
        """Content of a message that is no state."""
        return self.content.get("data", {}).get("content", {})


class Traffic:
    """All messages of a page from now on; begins before the page connects to a kernel."""

    def __init__(self, page: Page) -> None:
        self.messages: list[Message] = []
        self._page = page
        page.on("websocket", self._on_socket)

    def end(self) -> None:
        """Hear of no further connections."""
        self._page.remove_listener("websocket", self._on_socket)

    def comms(self, comm: str = "", *, to_page: bool | None = None) -> list[Message]:
        """Messages of widgets: of one or of all, in one direction or both."""
        return [
            message
            for message in self.messages
            if message.kind in COMM
            and comm in ("", message.comm)
            and to_page in (None, message.to_page)
        ]

    def count(self, wanted: Callable[[Message], object]) -> int:
        """How many messages are of that sort."""
        return sum(bool(wanted(message)) for message in self.messages)

    def _on_socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self._take(frame, to_page=True))
        socket.on("framesent", lambda frame: self._take(frame, to_page=False))

    def _take(self, frame: str | bytes, *, to_page: bool) -> None:
        if isinstance(frame, str):
            return  # not a kernel's: those speak v1.kernel.websocket.jupyter.org
        count = struct.unpack_from("<Q", frame)[0]
        offsets = struct.unpack_from(f"<{count}Q", frame, 8)
        # The channel, then header, parent header, metadata and content, then buffers.
        header, content = (json.loads(frame[offsets[i] : offsets[i + 1]] or b"{}") for i in (1, 4))
        self.messages.append(Message(to_page, header["msg_type"], content, len(frame)))
