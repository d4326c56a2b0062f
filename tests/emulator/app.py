"""Puts the parts together, and serves them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from tests.emulator.api import Api
from tests.emulator.connections import WatchedProtocol
from tests.emulator.control import Control
from tests.emulator.counters import Counters
from tests.emulator.faults import Faults
from tests.emulator.files import Files
from tests.emulator.jobs import Job
from tests.emulator.ledger import Ledger
from tests.emulator.movies import Movies
from tests.emulator.options import Options
from tests.emulator.schemas import Schemas
from tests.emulator.service import Service
from tests.emulator.videos.api import Videos

HOST = "127.0.0.1"


class Application:
    """The emulator's state and routes."""

    def __init__(self, folder: Path, options: Options) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.service = Service(options, Ledger(folder / "ledger.sqlite"))
        self.service.restore()
        self.service.on_accepted = self._accepted
        counters, faults = Counters(), Faults()
        shared: tuple[Service, Faults, Counters] = (self.service, faults, counters)
        self.movies = Movies(folder)
        self.files = Files(*shared, self.movies)
        self._drawings: set[asyncio.Task[None]] = set()
        # Classes, not functions, stand behind the busy routes: Starlette passes the bare ASGI call.
        schemas = Schemas(*shared)
        self.asgi = Starlette(
            routes=[
                Route("/v1", Api(*shared), methods=["POST"]),
                Route("/files/{video_id}.mp4", self.files, methods=["GET"]),
                Route("/schemas/registry.json", schemas),
                Route("/schemas/resolve/{air:path}", schemas),
                *Videos(*shared, self.files).routes(),
                *Control(*shared, options).routes(),
            ]
        )

    def _accepted(self, job: Job) -> None:
        render = self.service.options.render or job.marker.render
        if not render or job.marker.fail:
            return

        def done() -> None:
            job.rendering = False

        job.rendering = True
        drawing = self.movies.draw(job, done)
        self._drawings.add(drawing)
        drawing.add_done_callback(self._drawings.discard)


async def serve(
    folder: Path, options: Options, port: int, on_ready: Callable[[str, str], Any]
) -> None:
    """Serve until stopped. `on_ready` gets the origin, and a second one for redirects."""
    first, second = _listen(port), _listen(0)
    application = Application(folder, options)
    application.service.origin = _origin(first)
    application.files.elsewhere = _origin(second)
    config = uvicorn.Config(
        application.asgi,
        http=WatchedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",
        backlog=1024,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=0,  # silent answers would hold it for ever
    )
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[first, second]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(0.005)
    on_ready(_origin(first), _origin(second))
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(serving, application.movies.small())


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((HOST, port))
    return listening


def _origin(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}"
