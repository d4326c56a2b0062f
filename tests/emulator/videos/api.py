"""/v1/videos, /v1/models, /models and /health, with the faults between."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from tests.emulator.counters import Counters
from tests.emulator.faults import Fault, Faults
from tests.emulator.files import Files
from tests.emulator.jobs import Job
from tests.emulator.replies import Json
from tests.emulator.service import Service
from tests.emulator.videos.bodies import faulty, fields_of, key_of, refused, shown
from tests.emulator.videos.dialects import DIALECTS, Dialect, Wrong

PATH = "/v1/videos"


class Videos:
    """The routes. They share jobs, ledger, files and faults with the other format."""

    def __init__(self, service: Service, faults: Faults, counters: Counters, files: Files) -> None:
        self._service = service
        self._faults = faults
        self._counters = counters
        self._files = files

    def routes(self) -> list[Route]:
        def route(path: str, method: str, kind: str, handler: Any) -> Route:
            return Route(path, _Call(self, kind, handler), methods=[method])

        return [
            route(PATH, "POST", "submit", self._submit),
            route(PATH, "GET", "list", self._list),
            route(f"{PATH}/{{id}}", "GET", "poll", self._poll),
            route(f"{PATH}/{{id}}", "DELETE", "cancel", self._cancel),
            Route(f"{PATH}/{{id}}/content", _Content(self), methods=["GET"]),
            route("/v1/models", "GET", "models", self._models),
            route("/models", "GET", "models", self._model),
            route("/health", "GET", "models", self._health),
        ]

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self._service.options.dialect]

    async def answer(self, request: Request, kind: str, handler: Callable[..., Any]) -> Any:
        """Work on a request, or let it go wrong."""
        status: int | None = None
        reply: Any
        try:
            marked = await self._marked(request, kind)
            fault = self._faults.take(kind, marked)
            if fault is not None:
                self._counters.faults[f"{kind}:{fault.what}"] += 1
                if fault.refuses:
                    reply = refused(fault, self.dialect)
                    status = getattr(reply, "status_code", None)
                    return reply
            self._check_key(request)
            body, status = await handler(request)
            reply = faulty(fault, body, status, key_of(request))
        except Wrong as wrong:
            status = wrong.status
            reply = Json(self.dialect.told(wrong), status)
        finally:
            path = request.url.path
            self._counters.note(kind, tasks=1, status=status, path=path, method=request.method)
        return reply

    async def _marked(self, request: Request, kind: str) -> list[Fault]:
        """The faults that the prompt of this job asks for."""
        jobs = self._service.jobs
        if kind == "submit":
            fields, _ = await fields_of(request)
            prompt = str(fields.get("prompt", ""))
            # By the prompt, since each try has another id.
            return jobs.marker({"taskUUID": f"prompt:{prompt}", "positivePrompt": prompt}).faults
        job = jobs.by_id.get(request.path_params.get("id", ""))
        return job.marker.faults if job is not None else []

    def _check_key(self, request: Request) -> None:
        key = self._service.options.key
        told = key_of(request)
        if told:
            self._counters.keys.add(told)
        if not self.dialect.keyed or request.url.path == "/health":
            return
        if told == "bad-key" or (key is not None and told != key):
            raise Wrong(401, "Incorrect API key provided.", code="invalid_api_key")

    async def _submit(self, request: Request) -> tuple[Any, int]:
        dialect, options = self.dialect, self._service.options
        if options.no_video:
            raise Wrong(404, "Not Found")
        fields, form = await fields_of(request)
        if form not in dialect.forms:
            if dialect.name == "dynamo":
                raise Wrong(415, "Expected request with `Content-Type: application/json`")
            message = "1 validation error: {'type': 'missing', 'loc': 'body.prompt'}"
            raise Wrong(400, message, "body.prompt")
        if not fields.get("prompt"):
            raise Wrong(400, "prompt is required", "prompt")
        hosted = [each["id"] for each in self._hosted()]
        model = fields.get("model", hosted[0])
        if dialect.name in ("openai", "dynamo") and model not in hosted:
            status = 404 if dialect.name == "dynamo" else 400
            raise Wrong(status, f"Model not found: {model}", "model", "model_not_found")
        if dialect.name == "vllm-omni" and model != hosted[0]:
            message = f"Model mismatch: request specifies '{model}' but server is running"
            raise Wrong(400, f"{message} '{hosted[0]}'.")
        wanted = dialect.check(fields, form)
        job = self._accept(fields, form, model, wanted)
        if dialect.name == "dynamo":
            return await self._when_done(job)
        return self.record(job), 200

    def _accept(self, fields: dict[str, Any], form: str, model: str, wanted: dict[str, Any]) -> Job:
        prompt, seed = fields["prompt"], wanted.get("seed")
        task = {
            "taskUUID": self.dialect.new_id(),
            "model": model,
            "positivePrompt": prompt,
            "duration": wanted["seconds"],
            "width": wanted["width"],
            "height": wanted["height"],
            "includeCost": True,
            **({"seed": seed} if seed is not None else {}),
            # As it came, for whoever wants to know.
            "form": form,
            "fields": {name: shown(value) for name, value in fields.items()},
        }
        job = self._service.jobs.accept(task)
        job.queued_until = job.accepted_at + self._service.options.queue
        job.seconds += self._service.options.queue
        self._service.ledger.write([job], [])
        self._service.spent += job.price
        self._service.on_accepted(job)
        return job

    async def _when_done(self, job: Job) -> tuple[Any, int]:
        while job.rendering or time.time() < job.finished_at:  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.02)
        failed = job.marker.fail
        data = []
        if not failed:
            movie = await self._files.movie(job)
            encoded = base64.b64encode(b"".join(movie.parts(0, movie.size))).decode()
            data = [{"output_format": "mp4", "b64_json": encoded}]
        return {
            "id": job.task_id,
            "object": "video",
            "model": job.model,
            "status": "failed" if failed else "completed",
            "progress": 0 if failed else 100,
            "created": int(job.accepted_at),
            "data": data,
            "inference_time_s": job.seconds,
            **({"error": f"The generation failed ({failed})."} if failed else {}),
        }, 200

    async def _poll(self, request: Request) -> tuple[Any, int]:
        job = self.find(request.path_params["id"])
        failed = self.state(job)["status"] == "failed"
        return self.record(job), self.dialect.failed_status if failed else 200

    async def _list(self, request: Request) -> tuple[Any, int]:
        options = self._service.options
        if options.without_list:
            raise Wrong(405, "Method Not Allowed")
        try:
            limit = int(request.query_params.get("limit", 20))
        except ValueError:
            limit = 0
        if not 1 <= limit <= 100:
            raise Wrong(422, "Input should be from 1 to 100", "limit", "less_than_equal")
        jobs = [job for job in self._service.jobs.by_id.values() if self.shows(job)]
        if request.query_params.get("order", "desc") == "desc":
            jobs.reverse()
        after = request.query_params.get("after")
        if after is not None:
            places = [index for index, job in enumerate(jobs) if job.task_id == after]
            jobs = jobs[places[0] + 1 :] if places else []
        page = jobs[:limit]
        return {
            "object": "list",
            "data": [self.record(job) for job in page],
            "first_id": page[0].task_id if page else None,
            "last_id": page[-1].task_id if page else None,
            "has_more": len(jobs) > limit,
        }, 200

    async def _cancel(self, request: Request) -> tuple[Any, int]:
        job = self.find(request.path_params["id"])
        finished = self.state(job)["status"] in ("completed", "failed")
        match self.dialect.cancels:
            case "none":
                raise Wrong(405, "Method Not Allowed")
            case "finished" if not finished:
                raise Wrong(400, "Video is still being generated.", code="video_not_ready")
            case "drop":
                job.forgotten = "all"
                return {**self.record(job), "status": "deleted"}, 200
            case _:
                job.forgotten = "all"
                return {"id": job.task_id, "object": "video.deleted", "deleted": True}, 200

    async def _models(self, _request: Request) -> tuple[Any, int]:
        return {"object": "list", "data": self._hosted()}, 200

    async def _model(self, _request: Request) -> tuple[Any, int]:
        if self.dialect.name != "sglang":
            raise Wrong(404, "Not Found")
        first = self._hosted()[0]
        return {"model_path": first["id"], "num_gpus": 1, "task_type": first.get("task_type")}, 200

    async def _health(self, _request: Request) -> tuple[Any, int]:
        if self.dialect.name == "dynamo":
            return {"status": "healthy", "endpoints": [], "instances": []}, 200
        return {"status": "ok"}, 200

    def _hosted(self) -> list[dict[str, Any]]:
        return self._service.options.hosted or [self.dialect.model]

    def finished(self, request: Request) -> Job:
        """The job whose content is asked for."""
        self._check_key(request)
        job = self.find(request.path_params["id"])
        status = self.state(job)["status"]
        if status == "failed":
            raise Wrong(422, "The job failed.")
        if status != "completed":
            raise Wrong(404, "Generation is still in-progress")
        if self._service.options.in_cloud:
            raise Wrong(400, f"It is in cloud storage: {self._elsewhere(job)}")
        return job

    def find(self, name: str) -> Job:
        job = self._service.jobs.by_id.get(name)
        if job is None or not self.shows(job):
            raise Wrong(404, "Video not found")
        return job

    def shows(self, job: Job) -> bool:
        options = self._service.options
        hidden = options.hidden if job.marker.hidden is None else job.marker.hidden
        return not job.forgotten and time.time() >= job.accepted_at + hidden

    def record(self, job: Job) -> dict[str, Any]:
        record = self.dialect.record(job, self.state(job))
        if self._service.options.in_cloud and record["status"] == "completed":
            record["url"] = self._elsewhere(job)
        return record

    def _elsewhere(self, job: Job) -> str:
        return f"{self._files.elsewhere}/files/{job.video_ids[0]}.mp4"

    def state(self, job: Job) -> dict[str, Any]:
        """What can be said of a job now."""
        now, options = time.time(), self._service.options
        finished = not job.rendering and now >= job.finished_at
        if finished and job.seen_finished_at is None:
            job.seen_finished_at = now
        status, place = "in_progress", None
        if finished:
            status = "failed" if job.marker.fail else "completed"
        elif now < job.queued_until:
            status = "queued"
            if options.queue_position:
                waiting = [
                    each
                    for each in self._service.jobs.by_id.values()
                    if now < each.queued_until and each.accepted_at <= job.accepted_at
                ]
                place = len(waiting)
        tells = job.marker.progress or options.progress
        return {
            "status": status if finished else job.marker.status or status,
            "progress": 100 if status == "completed" else job.progress_at(now) if tells else 0,
            "completed_at": int(job.finished_at) if finished else None,
            "failure": job.marker.fail if finished else None,
            "place": place,
        }


class _Call:
    """One route. A class: Starlette passes it the bare ASGI call."""

    def __init__(self, videos: Videos, kind: str, handler: Any) -> None:
        self._videos = videos
        self._kind = kind
        self._handler = handler

    async def __call__(self, scope, receive, send) -> None:
        with self._videos._counters.request(scope, "api"):
            request = Request(scope, receive)
            reply = await self._videos.answer(request, self._kind, self._handler)
            if self._videos._service.options.latency:
                await asyncio.sleep(self._videos._service.options.latency)
            await reply(scope, receive, send)


class _Content:
    """GET /v1/videos/<id>/content: the same files as elsewhere."""

    def __init__(self, videos: Videos) -> None:
        self._videos = videos

    async def __call__(self, scope, receive, send) -> None:
        videos = self._videos
        request = Request(scope, receive)
        try:
            job = videos.finished(request)
        except Wrong as wrong:
            with videos._counters.request(scope, "file"):
                videos._counters.note("file", status=wrong.status, path=request.url.path)
                await Json(videos.dialect.told(wrong), wrong.status)(scope, receive, send)
            return
        scope["path_params"] = {"video_id": job.video_ids[0]}
        await videos._files(scope, receive, send)
