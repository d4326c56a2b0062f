"""A picture that comes from the page in pieces, because a server ends long messages."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.images import MAX_IMAGE


class Upload:
    """One picture on its way; a new one takes the place of the last."""

    def __init__(self, home: Path) -> None:
        self._inputs = Inputs(home)
        self._id = ""
        self._data = bytearray()
        self._lock = threading.Lock()

    def add(self, message: dict[str, Any]) -> tuple[int, Path | None]:
        """Take a piece; gives how many bytes are here, and the file once all of them are.

        Args:
            message: of the kind "upload".

        Raises:
            InvalidRequestError: no piece of a picture, or out of turn; says why.
            OSError: the picture cannot be stored.
        """
        with self._lock:
            data = self._joined(message)
            received = len(self._data) if data is None else len(data)
        return received, None if data is None else self._inputs.store(data)

    def _joined(self, message: dict[str, Any]) -> bytes | None:
        start, total = message["start"], message["total"]
        if start == 0:
            self._id, self._data = message["id"], bytearray()
        if message["id"] != self._id:
            raise InvalidRequestError("image", message["name"], "one picture at a time")
        if start < len(self._data):
            return None  # a piece that was sent twice
        try:
            piece = base64.b64decode(message["data"], validate=True)
        except ValueError as error:  # also for letters that are none of ASCII
            because = str(error)
            raise InvalidRequestError("image", message["name"], "base64", because=because) from None
        if start > len(self._data) or start + len(piece) > total or total > MAX_IMAGE or not piece:
            raise InvalidRequestError("image", message["name"], "its pieces one after the other")
        self._data += piece
        if len(self._data) < total:
            return None
        data, self._data = bytes(self._data), bytearray()
        self._id = ""
        return data
