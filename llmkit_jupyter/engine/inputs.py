"""Keeps the pictures that requests begin with, so that a job can be sent again as it was."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import uuid
from pathlib import Path, PureWindowsPath

from llmkit_jupyter.errors import LibraryError
from llmkit_jupyter.images import image_data, picture_kind

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


class Inputs:
    """A folder of pictures, each named after its content: the same one is kept once.

    The journal holds their paths. A picture inside it would make it large and slow, and a file of
    somebody's own may have changed by the time that a job is sent again.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "inputs"

    async def keep(self, image: str) -> str:
        """Give the path of a request's picture in the folder; an address stays what it is.

        Raises:
            InvalidRequestError: the picture cannot be read any more.
            LibraryError: it cannot be stored, so that nothing should be sent.
        """
        found = await asyncio.to_thread(image_data, image)
        if found is None:
            return image
        _, data = found
        try:
            return str(await asyncio.to_thread(self.store, data))
        except OSError as error:
            raise LibraryError(
                f"The image cannot be stored in {self.folder}: {error.strerror or error}"
            ) from error

    def own(self, image: str | None) -> str | None:
        """Give the place of a recorded picture in this folder, wherever the record says it is.

        A home may have been moved; and a journal that somebody else brought must not name files
        of this machine, which would be sent when its job is taken up.
        """
        if image is None or image.partition(":")[0].lower() in ("http", "https", "data"):
            return image
        # Reads the paths of both kinds of systems.
        return str(self.folder / PureWindowsPath(image).name)

    def store(self, data: bytes) -> Path:
        """Keep a picture, and give its path; waits for the disk.

        Raises:
            InvalidRequestError: the bytes are no picture of a known kind.
            OSError: it cannot be written.
        """
        ending = _ENDINGS[picture_kind(data)]
        path = self.folder / f"{hashlib.sha256(data).hexdigest()}.{ending}"
        # The name says what a whole file holds; one of another size was meddled with.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_size == len(data):
                os.utime(path)  # in use again: nobody sweeps it away
                return path
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f"{uuid.uuid4()}.part"
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as f:
                f.write(data)
                f.flush()
                os.fsync(f.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path
