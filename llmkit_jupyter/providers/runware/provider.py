"""Runware as a provider: many video models behind one address, many jobs in one request."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

from llmkit_jupyter.catalog import aliases
from llmkit_jupyter.catalog.controls import Controls, of_facts, of_unknown
from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.catalog.limits import check_ours, resolve
from llmkit_jupyter.catalog.listing import runware_models
from llmkit_jupyter.catalog.live import LiveSchemas
from llmkit_jupyter.catalog.models import DEFAULT_MODEL, Model
from llmkit_jupyter.catalog.schema import check_task
from llmkit_jupyter.caution import ModelSubstitutionWarning, PromptNotUsedWarning, caution
from llmkit_jupyter.errors import (
    AuthenticationError,
    InvalidVideoError,
    LLMKitError,
    ModelNotFoundError,
    ResultExpiredError,
    VideoTooLargeError,
)
from llmkit_jupyter.providers.base import Asked, Provider, Sink, Submission, Ticket, Update
from llmkit_jupyter.providers.runware import recalled
from llmkit_jupyter.providers.runware.arrays import limits_of
from llmkit_jupyter.providers.runware.envelope import Fault, number
from llmkit_jupyter.providers.runware.envelope import read as read_envelope
from llmkit_jupyter.providers.runware.faults import NAME, TITLE, category_of, not_taken, to_error
from llmkit_jupyter.providers.runware.questions import Questions
from llmkit_jupyter.providers.runware.service import DRY_RUN, Reply, Service
from llmkit_jupyter.providers.runware.submissions import Submissions
from llmkit_jupyter.providers.runware.tasks import account_task, details_task, video_task
from llmkit_jupyter.providers.runware.verdict import Verdicts, is_final
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret, Settings
from llmkit_jupyter.transport import http
from llmkit_jupyter.transport.download import Rules, download

HOME = "https://api.runware.ai/v1"
SCHEMAS = "https://schemas.runware.ai"
MAX_CHECKED = 1000
SCHEMA_SECONDS = 8.0  # longer than that no submission waits for a schema
_log = logging.getLogger(__name__)


class RunwareProvider(Provider):
    """Speaks Runware's task arrays.

    Args:
        key: sent to ``url`` and nowhere else.
        url: of the service.
        schemas_url: where its models' schemas are published; by default its own place, or
            ``/schemas`` beside a ``url`` of one's own.
        cache: folder that keeps schemas; ``None`` keeps them in memory.
        batch: most jobs in one request.
        result_seconds: how long the service is asked to keep a video.
        size_limit: bytes of the largest video that is fetched.
        strict_models: refuse a model that only its successor could serve.
    """

    name = NAME
    title = TITLE
    default_model = DEFAULT_MODEL
    idempotent_submit = True

    def __init__(
        self,
        key: Secret | str,
        *,
        url: str = HOME,
        schemas_url: str | None = None,
        cache: Path | None = None,
        batch: int = 100,
        result_seconds: int = 7 * 24 * 3600,
        size_limit: int = 2 * 2**30,
        strict_models: bool = False,
    ) -> None:
        # The bare text must be in no variable when something goes wrong below.
        key = key if isinstance(key, Secret) else Secret(key)
        self._key = key
        self._url = url
        self._limits = limits_of(url, batch)
        self._service = Service(url, self._key)
        self._submissions = Submissions(self._service, self._limits)
        self._questions = Questions(self._service, self._limits)
        self._verdicts = Verdicts()
        self._checked: dict[tuple[int, int, int], ModelFacts] = {}
        self._result_seconds = max(60, result_seconds)
        self._size_limit = size_limit
        self._strict = strict_models
        if schemas_url is None:
            schemas_url = SCHEMAS if url == HOME else urljoin(url, "/schemas")
        self._schemas = LiveSchemas(schemas_url, cache, _get)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the provider with the key and the address of the settings."""
        if settings.api_key is None:
            raise AuthenticationError("Runware needs a key: set LLMKIT_API_KEY", provider=NAME)
        return cls(
            settings.api_key,
            url=settings.runware_url,
            schemas_url=settings.runware_schemas_url,
            cache=settings.home / "schemas",
            batch=settings.runware_batch,
            result_seconds=round(settings.result_days * 24 * 3600),
            size_limit=round(settings.download_limit_gb * 2**30),
            strict_models=settings.strict_models,
        )

    @property
    def submit_limit(self) -> int:
        """The largest array that the service has not refused yet."""
        return self._limits.submit

    @property
    def poll_limit(self) -> int:
        """The same for questions."""
        return self._limits.poll

    @property
    def credential(self) -> Secret:
        """The key."""
        return self._key

    @property
    def endpoint(self) -> str:
        """The service's address."""
        return self._url

    async def prepare(self, requests: Sequence[VideoGenerationRequest]) -> None:
        """Look up what the service publishes about the models that are meant, or the list of all.

        The bundled snapshot grows old within weeks.
        """
        names = {request.model or self.default_model for request in requests}
        try:
            async with asyncio.timeout(SCHEMA_SECONDS):
                if not requests or any(aliases.needs_registry(name) for name in names):
                    await self._schemas.registry()
                meant = {found.model_id for found in map(self._found, requests) if found}
                await asyncio.gather(*(self._schemas.facts(model) for model in meant))
        except TimeoutError:
            _log.info("%s's schemas did not come in time; the bundled ones are used", TITLE)

    def _resolve(self, request: VideoGenerationRequest) -> aliases.Found:
        return aliases.resolve(
            request.model or self.default_model,
            image=request.image is not None,
            registry=self._schemas.cached_registry(),
            # Who names no model leaves the choice to us.
            strict=self._strict and request.model is not None,
        )

    def _found(self, request: VideoGenerationRequest) -> aliases.Found | None:
        try:
            return self._resolve(request)
        except ModelNotFoundError:
            return None  # ``validate`` says so

    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        """Find the model and check the request against what is known of it offline."""
        found = self._resolve(request)
        if found.substituted and request.model is not None:
            caution(found.note, ModelSubstitutionWarning)
        facts = self._schemas.known(found.model_id)
        if facts is None:
            check_ours(request)
            sent = request.with_model(found.model_id)
        else:
            sent = resolve(facts, request)
        if facts is not None and "positivePrompt" not in facts.fields:
            words = f"{facts.title} takes no words: the prompt names the job and is not sent."
            caution(words, PromptNotUsedWarning)
        if sent.options or sent.image:
            # Built to see that it can be: options that contradict each other, a picture gone.
            video_task(str(uuid.uuid4()), sent, facts, ttl=None)
        return sent

    async def submit(self, submissions: Sequence[Submission]) -> dict[str, Ticket | LLMKitError]:
        """Hand jobs over in arrays, under our own task ids."""
        answers: dict[str, Ticket | LLMKitError] = {}
        facts = await self._facts({s.request.model or "" for s in submissions})
        tasks: list[dict[str, Any]] = []
        for submission in submissions:
            try:
                tasks.append(await self._task(submission.task_id, submission.request, facts))
            except LLMKitError as error:
                answers[submission.task_id] = error
        requests = {s.task_id: s.request for s in submissions}
        for task_id, (said, reply) in (await self._submissions.submit(tasks)).items():
            if isinstance(said, LLMKitError):
                answers[task_id] = said
            elif isinstance(said, Fault):
                passing = not_taken(
                    said,
                    status=reply.status if reply else None,
                    retry_after=reply.retry_after if reply else None,
                )
                answers[task_id] = passing or _refusal(said, reply, requests[task_id])
            else:
                answers[task_id] = Ticket(task_id, task_id)
        return answers

    async def poll(self, tickets: Sequence[Ticket]) -> list[Update]:
        """Ask for many jobs in arrays."""
        by_id = {ticket.provider_task_id.lower(): ticket for ticket in tickets}
        told = await self._questions.ask(list(by_id))
        failures = [said for said in told.values() if isinstance(said, LLMKitError)]
        if failures and len(failures) == len(told):
            raise failures[0]
        updates: list[Update] = []
        for task_id, said in told.items():
            if isinstance(said, LLMKitError):
                # Its array did not come through; others did.
                _log.info("%s was asked for %s in vain: %s", TITLE, task_id, said)
                wait = said.retry_after_seconds
                updates.append(Update(ticket=by_id[task_id], state="processing", retry_after=wait))
                continue
            update = self._verdicts.judge(by_id[task_id], said)
            if update.state == "failed" and not (isinstance(said, Fault) and is_final(said)):
                update = await self._unless_archived(update)
            if update.state in ("succeeded", "failed"):
                self._questions.forget(task_id)
            updates.append(update)
        return updates

    async def _unless_archived(self, failed: Update) -> Update:
        """Give what the archive has instead of a failure that was told in doubtful words."""
        try:
            found = await self.look_back(failed.ticket)
        except LLMKitError as error:
            _log.info("%s was asked for %s in vain: %s", TITLE, failed.ticket.task_id, error)
            return Update(ticket=failed.ticket, state="processing")
        return found if found.state == "succeeded" else failed

    async def look_back(self, ticket: Ticket) -> Update:
        """Ask the archive about a job that is not among the active ones any more."""
        stored = (await self._archive(ticket)).get("response")
        return self._verdicts.archived(ticket, read_envelope(stored))

    async def asked(self, ticket: Ticket) -> Asked | None:
        """Read the archive's copy of a task."""
        stored = await self._archive(ticket)
        return recalled.asked(stored.get("request"), ticket.provider_task_id.lower())

    async def _archive(self, ticket: Ticket) -> Mapping[str, object]:
        task_id = ticket.provider_task_id.lower()
        reply = await self._service.send([details_task(task_id)], polls=True)
        for fault in (*reply.envelope.faults.values(), *reply.envelope.loose):
            if category_of(fault.code) != "missing":
                # The question was not answered, so nothing is known yet.
                raise to_error(fault, status=reply.status, retry_after=reply.retry_after)
        item = reply.envelope.items.get(task_id)
        return item.values if item is not None else {}

    async def fetch(self, update: Update, sink: Sink) -> None:
        """Stream the video; the address is public, so the key stays here."""
        if update.video_url is None:
            raise LLMKitError(f"{TITLE} reports a video and gives no address.", provider=NAME)
        try:
            await self._download(update.video_url, sink)
        except (ResultExpiredError, InvalidVideoError) as error:
            if isinstance(error, VideoTooLargeError):
                raise
            # Addresses expire before results do: perhaps there is a new one.
            [again] = await self.poll([update.ticket])
            if again.video_url in (None, update.video_url):
                raise
            await sink.restart()
            await self._download(str(again.video_url), sink)

    async def _download(self, url: str, sink: Sink) -> None:
        await download(url, sink, own_origin=self._url, rules=Rules(size_limit=self._size_limit))

    async def cancel(self, ticket: Ticket) -> bool:  # noqa: ARG002
        """Runware has no way to stop a job."""
        return False

    async def estimate(self, request: VideoGenerationRequest) -> float | None:
        """Ask for the price with a dry run, which makes and charges nothing."""
        if self._limits.without_price:
            return None
        task_id = str(uuid.uuid4())
        facts = await self._facts({request.model or ""})
        task = await self._task(task_id, request, facts)
        task.pop("ttl", None)  # costs nothing, and not every model takes it
        reply = await self._service.send([task], headers=DRY_RUN)
        if task_id in reply.envelope.items:
            item = reply.envelope.items[task_id]
            if "cost" not in item.values:
                # Answered like a submission. If the header was lost on the way it was one, and
                # must not be repeated for every price.
                self._limits.without_price = True
                _log.warning(
                    "%s answered a dry run without a price (task %s); it is not asked for prices "
                    "any more, and those of earlier videos are used.",
                    TITLE,
                    task_id,
                )
            return item.cost
        for fault in (*reply.envelope.faults.values(), *reply.envelope.loose):
            raise _refusal(fault, reply, request)
        return None

    async def balance(self) -> float | None:
        """Give what is left in the account, where the service tells it."""
        reply = await self._service.send([account_task()])
        for fault in (*reply.envelope.faults.values(), *reply.envelope.loose):
            raise to_error(fault, status=reply.status, retry_after=reply.retry_after)
        for values in (*(i.values for i in reply.envelope.items.values()), *reply.envelope.others):
            if (left := number(values.get("balance"))) is not None:
                return left
        return None

    def models(self) -> list[Model]:
        """List the video models, as the service was last heard to list them."""
        return runware_models(self._schemas.cached_registry(), self._schemas.known)

    def controls(self, model: str, *, image: bool = False) -> Controls:
        """Give what a model takes, by its live schema as it was last heard, else the snapshot."""
        # Which model a name means depends on whether there is a picture, not on which.
        found = self._resolve(
            VideoGenerationRequest("-", model=model or None, image="-" if image else None)
        )
        name, facts = model or self.default_model, self._schemas.known(found.model_id)
        if facts is None:
            return of_unknown(name)
        return of_facts(facts, name, self._schemas.published(found.model_id))

    async def _facts(self, models: set[str]) -> dict[str, ModelFacts | None]:
        """Give what is known of models, by their live schemas where those can be had soon."""
        names = sorted(models)
        try:
            async with asyncio.timeout(SCHEMA_SECONDS):
                found = await asyncio.gather(*(self._schemas.facts(name) for name in names))
        except TimeoutError:
            _log.info("%s's schemas did not come in time; the bundled ones are used", TITLE)
            found = [self._schemas.known(name) for name in names]
        return dict(zip(names, found, strict=True))

    async def _task(
        self,
        task_id: str,
        request: VideoGenerationRequest,
        known: dict[str, ModelFacts | None],
    ) -> dict[str, Any]:
        facts = known[request.model or ""]
        if facts is not None and facts.source == "live":
            # What the service publishes today may take less than what was known so far.
            request = resolve(facts, request)
        ttl = None if self._limits.without_ttl else self._result_seconds
        if request.image is None:
            task = video_task(task_id, request, facts, ttl=ttl)
        else:
            # The picture is read and encoded, which takes a while.
            task = await asyncio.to_thread(video_task, task_id, request, facts, ttl=ttl)
        if facts is not None and facts.schema is not None:
            self._check(facts, task, len(request.prompt))
        return task

    def _check(self, facts: ModelFacts, task: dict[str, Any], length: int) -> None:
        """Check a task against its schema, once for all tasks that differ in their words alone."""
        alike = {k: v for k, v in task.items() if k not in ("taskUUID", "positivePrompt", "seed")}
        key = (id(facts.schema), length, hash(repr(alike)))
        if key not in self._checked or "seed" in task:
            check_task(facts, task)
            if len(self._checked) > MAX_CHECKED:
                self._checked.clear()
            # The schema is kept as well, so that its id stays its own.
            self._checked[key] = facts


def _refusal(fault: Fault, reply: Reply | None, request: VideoGenerationRequest) -> LLMKitError:
    return to_error(
        fault,
        status=reply.status if reply else None,
        retry_after=reply.retry_after if reply else None,
        request=request,
    )


async def _get(url: str, headers: dict[str, str]) -> tuple[int, Any, object]:
    answer = await http.get_json(url, headers=headers, limit=2 * 2**20, deadline=SCHEMA_SECONDS)
    return answer.status, answer.headers, answer.body
