"""GET /files/<video>.mp4, as a well-behaved media host, or as one of the other kind."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tests.emulator import connections, faults
from tests.emulator.counters import Counters
from tests.emulator.faults import Fault, Faults
from tests.emulator.jobs import Job
from tests.emulator.movies import CHUNK, Movie, Movies
from tests.emulator.replies import refusal, spoilt
from tests.emulator.service import Service

MANY = 10**9
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Span:
    """Which bytes were asked for, and whether they are all."""

    start: int
    stop: int
    partial: bool


class Files:
    def __init__(
        self, service: Service, faults: Faults, counters: Counters, movies: Movies
    ) -> None:
        self._service = service
        self._faults = faults
        self._counters = counters
        self._movies = movies
        self.elsewhere = ""  # the emulator's second origin

    async def __call__(self, scope, receive, send) -> None:
        with self._counters.request(scope, "file"):
            request = Request(scope, receive)
            if "authorization" in request.headers and not self._is_own(request):
                self._counters.files_with_credentials += 1
            video_id = request.path_params["video_id"]
            reply = await self._reply(request, video_id)
            status = getattr(reply, "status_code", None)
            headers = dict(request.headers)
            asked = {"video": video_id, "range": headers.get("range"), "headers": headers}
            self._counters.note("file", status=status, **asked)
            await reply(scope, receive, send)

    async def _reply(self, request: Request, video_id: str) -> Any:  # noqa: PLR0911 - one a case
        job = self._service.jobs.by_video.get(video_id)
        if job is None or job.rendering or time.time() < job.finished_at or self._is_gone(job):
            status = 404 if job is None else self._service.options.gone_status
            return Response(b"No such file.", status, None, "text/plain")
        if int(request.query_params.get("address", MANY)) <= self._service.options.stale_addresses:
            return Response(b"Gone.", self._service.options.gone_status, None, "text/plain")
        hops = request.query_params.get("hops")
        if hops is not None:
            # On its way already: no further fault.
            if int(hops) > 0:
                return _redirect("", video_id, int(hops) - 1)
            return await self._serve(request, job, video_id, None)
        fault = self._faults.take("file", job.marker.faults)
        if fault is None:
            return await self._serve(request, job, video_id, None)
        self._counters.faults[f"file:{fault.what}"] += 1
        if fault.refuses:
            return refusal(fault)
        if fault.name.startswith("redirect"):
            elsewhere = self.elsewhere if fault.name == "redirect-origin" else ""
            return _redirect(elsewhere, video_id, int(fault.value or 1) - 1)
        return await self._serve(request, job, video_id, fault)

    async def _serve(self, request: Request, job: Job, video_id: str, fault: Fault | None) -> Any:
        size = job.marker.file_size or self._service.options.file_size
        name = fault.name if fault else ""
        movie = await self._movies.of(job, video_id, size, fresh=name == "etag-changes")
        if fault is not None and name in faults.ANSWERS:
            return spoilt(fault, b"".join(movie.parts(0, movie.size)), "video/mp4")
        span = None if name == "no-range" else _span(request, movie)
        if span is not None and span.start >= movie.size:
            return Response(b"", 416, {"Content-Range": f"bytes */{movie.size}"})
        return Sending(movie, span or Span(0, movie.size, False), fault, self._counters)

    async def movie(self, job: Job) -> Movie:
        """A job's first result, for an answer that holds it."""
        size = job.marker.file_size or self._service.options.file_size
        return await self._movies.of(job, job.video_ids[0], size)

    def _is_own(self, request: Request) -> bool:
        """Whether the key belongs there: to the service's own address for a job's content."""
        here = str(request.base_url).rstrip("/") == self._service.origin
        return here and request.url.path.endswith("/content")

    def _is_gone(self, job: Job) -> bool:
        lifetime = self._service.options.file_lifetime
        if lifetime is None:
            lifetime = job.request.get("ttl")
        return lifetime is not None and time.time() > job.finished_at + lifetime


def _redirect(origin: str, video_id: str, hops: int) -> RedirectResponse:
    """To the file, by way of so many more redirects."""
    return RedirectResponse(f"{origin}/files/{video_id}.mp4?hops={hops}", 302)


def _span(request: Request, movie: Movie) -> Span | None:
    """None for the whole file: nothing else was asked for, or of another version."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or asked.groups() == ("", ""):
        return None
    if request.headers.get("if-range", movie.etag) != movie.etag:
        return None
    first, last = asked.groups()
    if not first:
        return Span(max(0, movie.size - int(last)), movie.size, True)
    stop = min(movie.size, int(last) + 1) if last else movie.size
    return Span(int(first), stop, True)


class Sending:
    """One file on its way."""

    def __init__(self, movie: Movie, span: Span, fault: Fault | None, counters: Counters) -> None:
        self._movie = movie
        self._span = span
        self._fault = fault
        self._counters = counters
        self.status_code = 206 if span.partial else 200

    async def __call__(self, scope, receive, send) -> None:
        name = self._fault.name if self._fault else ""
        if scope["method"] == "HEAD":
            await send(self._start())
            await send({"type": "http.response.body"})
        elif name == "cut":
            await self._send_cut(scope, receive, send)
        elif name in ("short-length", "long-length"):
            await self._send_wrong_length(scope, receive, name)
        elif name == "endless":
            await self._send_endless(scope, receive)
        else:
            await send(self._start())
            await self._send_parts(send, self._span.stop, last=True)

    def _headers(self) -> dict[str, str]:
        span, size = self._span, self._movie.size
        headers = {
            "content-type": "video/mp4",
            "content-length": str(span.stop - span.start),
            "accept-ranges": "bytes",
            "etag": self._movie.etag,
        }
        if span.partial:
            headers["content-range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
        return headers

    def _start(self) -> dict[str, Any]:
        pairs = [(name.encode(), value.encode()) for name, value in self._headers().items()]
        return {"type": "http.response.start", "status": self.status_code, "headers": pairs}

    async def _send_parts(self, send: Any, stop: int, *, last: bool = False) -> None:
        left = stop - self._span.start
        for part in self._movie.parts(self._span.start, stop):
            left -= len(part)
            more = bool(left) or not last
            await send({"type": "http.response.body", "body": part, "more_body": more})
            self._counters.bytes_sent += len(part)

    async def _send_cut(self, scope: Any, receive: Any, send: Any) -> None:
        """Reset at a place of the file: a fraction of it, or a number of bytes."""
        place = float(self._fault.value or 0.5) if self._fault else 0.5
        offset = int(place * self._movie.size) if place < 1 else int(place)
        await send(self._start())
        await self._send_parts(send, max(self._span.start + 1, min(offset, self._span.stop - 1)))
        await connections.finish_sending(scope)
        await connections.reset(scope, receive)

    async def _send_wrong_length(self, scope: Any, receive: Any, name: str) -> None:
        length = self._span.stop - self._span.start
        wrong = length // 2 if name == "short-length" else length + 1000
        head = self._raw_head({**self._headers(), "content-length": str(wrong)})
        parts = self._movie.parts(self._span.start, self._span.stop)
        await connections.write(scope, receive, head, *parts)

    async def _send_endless(self, scope: Any, receive: Any) -> None:
        """The video, and then zeros until the client has had enough."""
        headers = {name: text for name, text in self._headers().items() if "length" not in name}
        head = self._raw_head(headers)
        sent = await connections.write_for_ever(
            scope, receive, [head, *self._movie.parts(0, self._movie.size)], bytes(CHUNK)
        )
        self._counters.bytes_sent += sent

    def _raw_head(self, headers: dict[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {self.status_code} Whatever"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "connection: close", "", ""]).encode()
