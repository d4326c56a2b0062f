"""Servers that answer a submission with the finished video, after minutes (NVIDIA Dynamo).

Such a job lives in its open connection: it has no id that could be asked for, and is gone when
this process ends. So it is sent once, in the background, and looked at like the other jobs.
"""

from __future__ import annotations

import asyncio
import base64
import binascii

from llmkit_jupyter.errors import InvalidVideoError, JobLostError, LLMKitError, NetworkError
from llmkit_jupyter.providers.base import Sink, Submission, Ticket, Update, unexpected
from llmkit_jupyter.providers.diffusion_router import bodies, faults, records
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.service import WAITING, Service

PREFIX = "open-connection:"
CHUNK = 4 * 2**18  # characters of base64 that are decoded at once; a multiple of four
QUICK = 0.5  # seconds in which a refusal comes, before the job counts as taken
KEPT = 1  # videos that were fetched already: storing one may fail, and begin again


class Synchronous:
    """The open connections of this process; on the loop thread only."""

    def __init__(self, service: Service, manners: Manners) -> None:
        self._service = service
        self._manners = manners
        self._orders: dict[str, asyncio.Future[Record]] = {}
        self._written: list[str] = []

    async def submit(self, submission: Submission) -> Ticket | LLMKitError:
        """Send a job off; gives the refusal where one comes at once."""
        try:
            body = await asyncio.to_thread(bodies.build, submission.request, self._manners)
        except LLMKitError as error:
            return error
        begun = asyncio.Event()
        task = asyncio.create_task(self._send(submission, body, begun))
        left = asyncio.create_task(begun.wait())
        await asyncio.wait([task, left], return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        await asyncio.wait([task], timeout=QUICK)
        if task.done():
            if (error := task.exception()) is not None:
                return error if isinstance(error, LLMKitError) else unexpected(error)
            if _is_elsewhere(task.result()):
                # It is a server of the other kind, where a job can be asked for.
                self._manners.synchronous = False
                self._manners.read.add("json")
                return Ticket(submission.task_id, task.result().id)
        return self._keep(submission, task)

    def keep(self, submission: Submission, record: Record) -> Ticket:
        """Take a video that came as an answer."""
        done: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        done.set_result(record)
        return self._keep(submission, done)

    def _keep(self, submission: Submission, order: asyncio.Future[Record]) -> Ticket:
        name = f"{PREFIX}{submission.task_id}"
        self._orders[name] = order
        return Ticket(submission.task_id, name)

    @property
    def places(self) -> int:
        """How many connections may be opened now."""
        return max(0, WAITING - sum(not order.done() for order in self._orders.values()))

    async def _send(
        self, submission: Submission, body: bodies.Body, begun: asyncio.Event
    ) -> Record:
        answer = await self._service.post(
            self._service.address("videos"),
            body.content,
            body.kind,
            synchronous=True,
            begun=begun,
        )
        if not answer.ok:
            if 200 <= answer.status < 300:
                raise faults.no_json(answer, self._service.url)
            raise self._service.refusal(answer, submission.request, body.fields)
        record = records.read(answer.body)
        if record is None:
            raise InvalidVideoError(f"{self._service.url} answered with no video: {answer.excerpt}")
        return record

    def name_of(self, ticket: Ticket) -> str | None:
        """Give the id by which a job can be asked for; ``None`` where it lives in a connection."""
        if not ticket.provider_task_id.startswith(PREFIX):
            return ticket.provider_task_id
        order = self._orders.get(ticket.provider_task_id)
        if order is None or not order.done() or order.exception() is not None:
            return None
        return order.result().id if _is_elsewhere(order.result()) else None

    def look(self, ticket: Ticket) -> Update:
        """Tell how a job stands."""
        order = self._orders.get(ticket.provider_task_id)
        if order is None:
            return Update(ticket=ticket, state="failed", error=self._lost(ticket, "is closed"))
        if not order.done():
            return Update(ticket=ticket, state="processing", provider_status="generating")
        error = order.exception()
        if error is not None:
            self._orders.pop(ticket.provider_task_id, None)
            if isinstance(error, NetworkError):
                error = self._lost(ticket, f"broke off ({error})")
            told = error if isinstance(error, LLMKitError) else unexpected(error)
            return Update(ticket=ticket, state="failed", error=told)
        record = order.result()
        if record.state == "succeeded" and not (record.encoded or record.url):
            error = InvalidVideoError(
                f"{self._service.url} says that the video is made, and sent neither the video nor "
                "an address of it that can be fetched from here. Dynamo has a setting for such "
                "addresses (media_output_http_url)."
            )
            return Update(ticket=ticket, state="failed", error=error)
        if record.state == "failed":
            self._orders.pop(ticket.provider_task_id, None)
            return Update(
                ticket=ticket, state="failed", error=faults.failed(record, self._service.url)
            )
        return Update(
            ticket=ticket,
            state="succeeded",
            provider_status=record.status,
            video_url=record.url,
        )

    async def write(self, ticket: Ticket, sink: Sink) -> str | None:
        """Write a video that came with the answer; gives the address of one that did not.

        Raises:
            JobLostError: the answer is not in this process.
            InvalidVideoError: what came cannot be decoded.
        """
        order = self._orders.get(ticket.provider_task_id)
        if order is None or not order.done():
            raise self._lost(ticket, "is closed")
        record = order.result()
        if not record.encoded:
            return record.url
        encoded = "".join(record.encoded.split())
        for start in range(0, len(encoded), CHUNK):
            part = encoded[start : start + CHUNK]
            try:
                data = await asyncio.to_thread(base64.b64decode, part, validate=True)
            except binascii.Error as error:
                raise InvalidVideoError(f"The video came in broken base64: {error}.") from None
            await sink.write(data)
        self._forget_later(ticket.provider_task_id)
        return None

    def _forget_later(self, name: str) -> None:
        """Let go of a video once several others were fetched since."""
        if name not in self._written:
            self._written.append(name)
        while len(self._written) > KEPT:
            self._orders.pop(self._written.pop(0), None)

    async def cancel(self, ticket: Ticket) -> bool:
        """Close the connection; gives whether there was one."""
        order = self._orders.pop(ticket.provider_task_id, None)
        if order is not None:
            order.cancel()
            await asyncio.wait([order])
        return order is not None

    def _lost(self, ticket: Ticket, what: str) -> JobLostError:
        return JobLostError(
            f"{self._service.url} sends a video through the connection that ordered it, and that "
            f"{what}. The job may go on there, and nobody can have its video.",
            task_id=ticket.task_id,
            provider=faults.NAME,
        )


def _is_elsewhere(record: Record) -> bool:
    """Whether the answer is that of a server where a job can be asked for."""
    return record.state == "processing"
