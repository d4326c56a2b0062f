"""Gives previews an address, so that code written for a paid provider's URL runs unchanged.

A tiny server on the loopback interface, started on first use. Nobody can read anything from it
without the unguessable part of an address, and it knows nothing but finished previews.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_server: ThreadingHTTPServer | None = None
_files: dict[str, Path] = {}


def address_of(path: Path) -> str | None:
    """Give the URL of a file for as long as this process lives; ``None`` without a network."""
    global _server  # noqa: PLW0603 - one per process
    with _lock:
        if _server is None:
            try:
                _server = _Server(("127.0.0.1", 0), _Handler)
            except OSError as error:
                _log.info("previews have no address: %s", error)
                return None
            threading.Thread(
                target=_server.serve_forever, name="llmkit-preview-server", daemon=True
            ).start()
        place = next((place for place, known in _files.items() if known == path), None)
        if place is None:
            place = f"/{secrets.token_urlsafe(16)}/{path.name}"
            _files[place] = path
        return f"http://127.0.0.1:{_server.server_port}{place}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A reader who has seen enough hangs up; that is no news for the person's terminal.
        _log.debug("%s: reading %s failed", client_address, request, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = _files.get(self.path)
        try:
            file = path.open("rb") if path is not None else None
        except OSError:
            file = None
        if file is None:
            self.send_error(404, "No such preview")
            return
        with file:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
            self.end_headers()
            shutil.copyfileobj(file, self.wfile)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        _log.debug(format, *args)


def _after_fork() -> None:
    global _lock, _server  # noqa: PLW0603 - the thread stayed behind
    _lock = threading.Lock()
    _server = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
