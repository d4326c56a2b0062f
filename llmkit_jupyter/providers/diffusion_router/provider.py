"""DiffusionRouter as a provider: open-source video models, on one GPU or on a cluster."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Self

from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.errors import (
    InvalidVideoError,
    JobLostError,
    LLMKitError,
    NotSupportedError,
    ResultExpiredError,
    ServerError,
)
from llmkit_jupyter.providers.base import (
    Asked,
    Cancellation,
    Others,
    Provider,
    Sink,
    Submission,
    Ticket,
    Unanswered,
    Update,
    unexpected,
)
from llmkit_jupyter.providers.diffusion_router import (
    cancelling,
    faults,
    hosting,
    recalled,
    search,
    validation,
)
from llmkit_jupyter.providers.diffusion_router.content import Content
from llmkit_jupyter.providers.diffusion_router.discovery import Discovery
from llmkit_jupyter.providers.diffusion_router.manners import manners_of
from llmkit_jupyter.providers.diffusion_router.questions import PAGE, Questions
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.service import SUBMITTING, Service
from llmkit_jupyter.providers.diffusion_router.submissions import Submissions
from llmkit_jupyter.providers.diffusion_router.synchronous import Synchronous
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret, Settings

MOST_PAGES = 3  # of the list, when a lost job is looked for
_log = logging.getLogger(__name__)


class DiffusionRouterProvider(Provider):
    """Speaks ``/v1/videos``: SGLang Diffusion, vLLM-Omni, NVIDIA Dynamo, routers and proxies.

    Nothing here is counted as money: what a machine of one's own costs nobody tells, and what a
    gateway charges is between it and its users.

    Args:
        url: of the server, with or without ``/v1`` at its end.
        key: sent to that origin and nowhere else; many servers want none.
        size_limit: bytes of the largest video that is fetched.
    """

    name = faults.NAME
    title = faults.TITLE
    paid = False

    def __init__(
        self, url: str, key: Secret | str | None = None, *, size_limit: int = 2 * 2**30
    ) -> None:
        self._url = _root(url)
        self._key = Secret(key) if isinstance(key, str) else key
        self._manners = manners_of(self._url)
        self._service = Service(self._url, self._key)
        self._questions = Questions(self._service, self._manners)
        self._synchronous = Synchronous(self._service, self._manners)
        self._submissions = Submissions(self._service, self._manners, self._synchronous)
        self._content = Content(self._url, self._service.auth, size_limit)
        self._discovery = Discovery(self._service, self._manners)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make it with the settings' address, and their key if there is one."""
        return cls(
            settings.diffusion_router_url or "",
            settings.diffusion_router_api_key,
            size_limit=int(settings.download_limit_gb * 2**30),
        )

    @property
    def submit_limit(self) -> int | None:
        """A job a request: each is written down as soon as it has its answer."""
        return 1

    @property
    def submit_at_once(self) -> int | None:
        """As many as there are connections for it, of which the first finds out for all."""
        if self._manners.synchronous:
            return self._synchronous.places
        return SUBMITTING if self._manners.proven else 1

    @property
    def poll_limit(self) -> int | None:
        """A list shows a hundred jobs at once; else each is asked for by itself."""
        return 10 * PAGE if self._questions.listing else None

    @property
    def credential(self) -> Secret | None:
        """The key, if there is one."""
        return self._key

    @property
    def endpoint(self) -> str:
        """The server's address."""
        return self._url

    @property
    def trouble(self) -> str | None:
        """Why the server's models could not be learned, if they could not."""
        return None if self._discovery.trouble is None else str(self._discovery.trouble)

    async def prepare(self, requests: Sequence[VideoGenerationRequest]) -> None:  # noqa: ARG002
        """Ask what the server hosts."""
        await self._discovery.refresh()

    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        """Choose the server's model and a seed, and check what is known of the model."""
        self._discovery.check()
        return validation.validated(request, self._discovery.hosted, self._manners, self._url)

    async def submit(self, submissions: Sequence[Submission]) -> dict[str, Ticket | LLMKitError]:
        """Hand jobs over, a few at a time."""
        way = self._synchronous if self._manners.synchronous else self._submissions
        answers = await asyncio.gather(*(_safely(way.submit(each)) for each in submissions))
        return {each.task_id: told for each, told in zip(submissions, answers, strict=True)}

    async def look_for(
        self, unanswered: Sequence[Unanswered], others: Callable[[], Awaitable[Others]]
    ) -> dict[str, Ticket] | None:
        """Look for jobs in the server's list, by all that it tells of them."""
        if self._manners.synchronous:
            return None
        listed: list[Record] = []
        ahead, after = 0.0, None
        for _ in range(MOST_PAGES):
            page = await self._questions.page(after)
            if page is None:
                return None
            listed += page.records
            ahead = search.clock_ahead(page.answer.headers, time.time())
            oldest = min((each.created_at or 0.0 for each in page.records), default=0.0)
            # Who else uses the server matters as well.
            since = min(each.earliest for each in unanswered) + ahead - search.BUSY_SECONDS
            if not page.more or oldest < since:
                break
            after = page.records[-1].id
        # Last: what was submitted while the list came is in it, and must be among the others.
        found = search.match(unanswered, listed, await others(), ahead=ahead)
        if any(ticket.note for ticket in found.values()) and await self._discovery.is_router():
            # It lists the jobs of one worker of many: who else has some nobody can tell.
            found = {name: ticket for name, ticket in found.items() if not ticket.note}
        # What a strict server was not sent is not told of.
        seedless = self._manners.strict
        return {name: replace(ticket, without_seed=seedless) for name, ticket in found.items()}

    async def poll(self, tickets: Sequence[Ticket]) -> list[Update]:
        """Ask for jobs, by the server's list where that is cheaper."""
        updates: list[Update] = []
        by_id: dict[str, Ticket] = {}
        for ticket in tickets:
            name = self._synchronous.name_of(ticket)
            if name is None:
                updates.append(self._synchronous.look(ticket))
            else:
                by_id[name] = ticket
        told = await self._questions.ask(list(by_id))
        failures = [said for said in told.values() if isinstance(said, LLMKitError)]
        if failures and len(failures) == len(told) and not updates:
            raise failures[0]
        return updates + [self._update(by_id[name], name, said) for name, said in told.items()]

    def _update(self, ticket: Ticket, name: str, said: Record | LLMKitError | None) -> Update:
        if said is None:
            return Update(ticket=ticket, state="unknown")
        if isinstance(said, LLMKitError):
            # This question was not answered; others were.
            _log.info("%s was asked for %s in vain: %s", self._url, ticket.task_id, said)
            wait = said.retry_after_seconds
            return Update(ticket=ticket, state="processing", retry_after=wait)
        failed = said.state == "failed"
        return Update(
            ticket=ticket,
            state=said.state,
            provider_status=said.status,
            progress=None if said.waiting else said.progress,
            # Not by the id in the answer: a proxy may tell another one.
            video_url=said.url or self._address(name),
            retry_after=said.poll_after,
            error=faults.failed(said, self._url) if failed else None,
            waiting=said.waiting,
            queue_position=said.queue_position if said.waiting else None,
        )

    def _address(self, name: str) -> str:
        return self._service.address("videos", name, "content")

    def where_to_look(self, task_id: str) -> str:  # noqa: ARG002 - the server knows no id of ours
        """Name the server's list of jobs, or its log where there is none."""
        if self._manners.synchronous or self._manners.without_list:
            return f"Look into the log of the server at {self._url}."
        return f"Look whether it is among the jobs at {self._service.address('videos')}."

    async def look_back(self, ticket: Ticket) -> Update:
        """Ask once more about a job that the server does not know, and tell what that means."""
        name = self._synchronous.name_of(ticket)
        if name is None:
            return self._synchronous.look(ticket)
        said = await self._questions.one(name)
        if isinstance(said, LLMKitError):
            raise said
        if said is not None:
            return self._update(ticket, name, said)
        error = JobLostError(
            f"{self._url} took the job as {ticket.provider_task_id} and does not know it any more. "
            "Such servers forget their jobs when they are started again, or somebody deleted it. "
            "It was not sent again; repeat the request if you still want the video.",
            task_id=ticket.task_id,
            provider=self.name,
        )
        return Update(ticket=ticket, state="failed", error=error)

    def known_as(self, given: str) -> str:
        """Give an id as the server gave it."""
        name = super().known_as(given)
        if self._synchronous.name_of(Ticket(name, name)) is None:
            raise NotSupportedError(
                "Such a video comes through the connection that ordered it, and nobody else can "
                "have it.",
                provider=self.name,
            )
        return name

    async def asked(self, ticket: Ticket) -> Asked | None:
        """Read the server's record; it tells neither seed nor picture."""
        said = await self._questions.one(ticket.provider_task_id)
        return recalled.asked(said) if isinstance(said, Record) else None

    async def fetch(self, update: Update, sink: Sink) -> None:
        """Stream the video: from the server itself, else from where the server says that it is."""
        name, address = self._synchronous.name_of(update.ticket), update.video_url
        if name is None:
            address = await self._synchronous.write(update.ticket, sink)
            if address is not None:
                await self._content.fetch(address, sink)
            return
        content = self._address(name)
        try:
            await self._content.fetch(content, sink)
        except (ResultExpiredError, InvalidVideoError) as error:
            if address in (None, content):
                raise
            _log.info("the video is looked for elsewhere: %s", error)
        else:
            return
        await sink.restart()
        await self._content.fetch(str(address), sink)

    def lives_in_process(self, ticket: Ticket) -> bool:
        """Whether a job is an open connection of the process that ordered it."""
        return self._synchronous.name_of(ticket) is None

    async def cancel(self, ticket: Ticket) -> bool | Cancellation:
        """Ask the server to stop a job, and tell what it did."""
        name = self._synchronous.name_of(ticket)
        if name is not None:
            return await cancelling.cancel(name, self._service, self._questions)
        if await self._synchronous.cancel(ticket):
            return Cancellation(
                True,
                f"Cancelled: the connection to {self._url} is closed. It may go on computing what "
                "has begun, and nobody can have that video.",
            )
        return False

    async def estimate(self, request: VideoGenerationRequest) -> float | None:  # noqa: ARG002
        """Nothing: see the class."""
        return None

    def models(self) -> list[Model]:
        """List what makes videos at the server, as it was last heard."""
        return [each.entry() for each in hosting.videos(self._discovery.hosted)]

    def controls(self, model: str, *, image: bool = False) -> Controls:
        """Give what a model takes, by what the server says of it and by its name."""
        return validation.controls(
            model, self._discovery.hosted, self._manners, self._url, image=image
        )


async def _safely(work: Awaitable[Ticket | LLMKitError]) -> Ticket | LLMKitError:
    """Give what became of a submission, whatever goes wrong with it: others go on."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - see above
        _log.exception("a submission failed")
        # It may have left before that.
        return ServerError(str(unexpected(error)), provider=faults.NAME)


def _root(url: str) -> str:
    """Give the address that ``/v1/videos`` follows; people copy one with a part of it."""
    root = url.rstrip("/")
    for end in ("/health", "/videos", "/models", "/v1"):
        root = root.removesuffix(end).rstrip("/")
    return root
