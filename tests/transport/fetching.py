"""A sink in memory, a file server that breaks off, and a download from one to the other."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport import http
from llmkit_jupyter.transport.download import Rules, download
from tests.transport.servers import Request, Server, head

CANARY = "canary-4f9a7c"
AUTH = http.BearerAuth(Secret(CANARY))
FILE = b"\0\0\0\x18ftyp" + random.Random(1).randbytes(3_000_000)
PATIENT = Rules(pace=0.01, window=5)


class Memory:
    """A sink that counts."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.writes: list[int] = []
        self.restarts = 0

    async def write(self, data: bytes) -> None:
        self.data += data
        self.writes.append(len(data))

    async def restart(self) -> None:
        self.data.clear()
        self.restarts += 1


def fetch(handler, *, rules: Rules = PATIENT, auth=AUTH, error: Any = None):
    """Give sink and server after a download, which may have to end in an error."""

    async def main():
        sink = Memory()
        async with Server(handler) as server:
            url = server.url + "/clip.mp4?signature=signed"
            work = download(url, sink, own_origin=server.url, auth=auth, rules=rules)
            if error is None:
                assert await work == len(sink.data)
                return sink, server
            with pytest.raises(error) as caught:
                await work
            assert "canary" not in str(caught.value)
            assert "signed" not in str(caught.value)
            assert len(str(caught.value)) < 600
            return caught.value, sink, server

    return asyncio.run(main())


def file_server(
    *,
    cuts: list[int] | None = None,
    file: bytes = FILE,
    etags: list[str] | None = None,
    ranges: bool = True,
    modified: bool = False,
    honest: bool = True,
):
    """Serve a file as a web server does, breaking off at each of some bytes in turn.

    ``etags`` are what successive answers carry; ``honest`` means that If-Range is understood.
    """
    left = list(cuts or [])
    tags = iter(etags or [])
    current = '"1"'

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal current
        current = next(tags, current)
        lines = [f"ETag: {current}"] if not modified else ["Last-Modified: Sun, 06 Nov 1994"]
        same = request.headers.get("if-range") in (None, current, "Sun, 06 Nov 1994")
        start, status = 0, 200
        if ranges and "range" in request.headers and (same or not honest):
            start, status = request.start, 206
            lines.append(f"Content-Range: bytes {start}-{len(file) - 1}/{len(file)}")
        stop = left.pop(0) if left else len(file)
        writer.write(head(status, f"Content-Length: {len(file) - start}", *lines))
        writer.write(file[start:stop])
        await writer.drain()
        if stop < len(file):
            writer.close()

    return handler
