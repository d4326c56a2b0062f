"""Hands jobs over, one request a job, and finds out on the way how the server wants them.

A refused request may be sent again in another way, for nothing was made of it. One whose answer
is lost, or says nothing that can be relied on, is never sent again.
"""

from __future__ import annotations

import asyncio

from llmkit_jupyter.errors import InvalidRequestError, LLMKitError, ServerError
from llmkit_jupyter.providers.base import Submission, Ticket
from llmkit_jupyter.providers.diffusion_router import bodies, complaints, faults, records
from llmkit_jupyter.providers.diffusion_router.bodies import Body
from llmkit_jupyter.providers.diffusion_router.complaints import Complaint
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.service import Service
from llmkit_jupyter.providers.diffusion_router.synchronous import Synchronous
from llmkit_jupyter.transport.answers import Answer

_NOT_HERE = (404, 405, 410, 501)
_REFUSALS = (400, 411, 415, 422)


class Submissions:
    """Submits jobs; on the loop thread only."""

    def __init__(self, service: Service, manners: Manners, synchronous: Synchronous) -> None:
        self._service = service
        self._manners = manners
        self._synchronous = synchronous

    async def submit(self, submission: Submission) -> Ticket | LLMKitError:
        """Hand one job over; gives the refusal where it is not taken."""
        try:
            return await self._submit(submission)
        except LLMKitError as error:
            return error

    async def _submit(self, submission: Submission) -> Ticket | LLMKitError:
        request = submission.request
        tried: set[str] = set()
        while True:
            if self._manners.strict:
                seeded = not submission.seed_is_chosen
                bodies.check_strict(request, self._service.url, seeded=seeded)
            # A picture is read and encoded, which takes a while.
            body = (
                bodies.build(request, self._manners)
                if request.image is None
                else await asyncio.to_thread(bodies.build, request, self._manners)
            )
            answer = await self._service.post(
                self._service.address("videos"), body.content, body.kind
            )
            if answer.status not in _REFUSALS or not self._learn(answer, body, tried):
                return self._judge(answer, body, submission)

    def _judge(self, answer: Answer, body: Body, submission: Submission) -> Ticket | LLMKitError:
        url = self._service.url
        if 200 <= answer.status < 300:
            return self._taken(answer, body, submission)
        complaint = complaints.read(answer)
        if answer.status in _REFUSALS and self._was_lost(complaint, body):
            return ServerError(
                f"{url} misses what was sent ({complaint.message}): it was lost on the way, and "
                "may have arrived before.",
                status=answer.status,
                provider=faults.NAME,
            )
        error = self._service.refusal(answer, submission.request, body.fields)
        if answer.status in _NOT_HERE and not isinstance(error, InvalidRequestError):
            return faults.no_video(answer, url, known=self._manners.proven)
        return error

    def _taken(self, answer: Answer, body: Body, submission: Submission) -> Ticket | LLMKitError:
        """Judge an answer under a good status."""
        record = records.read(answer.body) if answer.ok else None
        if record is not None:
            self._manners.read.add(body.form)
            if record.state == "succeeded" and (record.encoded or record.url):
                # The video itself; there may be nobody to ask for it later.
                return self._synchronous.keep(submission, record)
            seedless = submission.request.seed is not None and "seed" not in body.fields
            return Ticket(submission.task_id, record.id, without_seed=seedless)
        error = faults.no_json(answer, self._service.url)
        if answer.ok:
            error = LLMKitError(
                f"{self._service.url} took the request and told no id of a job: {answer.excerpt}"
            )
        elif not self._manners.proven and faults.is_page(answer):
            return error
        # It is a server for videos: what came in place of the answer says nothing.
        return ServerError(str(error), status=answer.status, provider=faults.NAME)

    def _learn(self, answer: Answer, body: Body, tried: set[str]) -> bool:
        """Find another way to say the same; ``False`` where there is none left to try."""
        manners = self._manners
        for way in self._ways(answer, complaints.read(answer), body):
            if way in tried:
                continue
            tried.add(way)
            match way:
                case "form":
                    manners.refused.add(body.form)
                    manners.form = "json" if body.form == "multipart" else "multipart"
                case "size":
                    manners.size_in_two = True
                case "strict":
                    manners.strict = True
                case _:
                    # The other way than this one was sent: others may be finding out as well.
                    manners.seconds_as_number = isinstance(body.fields.get("seconds"), str)
            return True
        if "seconds" in tried and body.form == "json":
            # It was not the kind of number.
            manners.seconds_as_number = isinstance(body.fields.get("seconds"), str)
        return False

    def _ways(self, answer: Answer, complaint: Complaint, body: Body) -> list[str]:
        ways: list[str] = []
        sent = body.fields
        # Older SGLang reads a form only with a file in it.
        unread = complaint.misses("prompt") or (
            complaint.misses("input_reference") and body.form == "multipart"
        )
        unread = unread and not self._was_lost(complaint, body)
        if (answer.status == 415 or unread) and not self._manners.refused:
            ways.append("form")
        if complaint.of_unknown_fields(["size"]) and "size" in sent:
            ways.append("size")
        added = [name for name in sent if name not in bodies.OWN]
        if complaint.of_unknown_fields(added) and not self._manners.size_in_two:
            ways.append("strict")
        if body.form == "json" and "seconds" in complaint.among(["seconds"]) and "seconds" in sent:
            ways.append("seconds")
        return ways

    def _was_lost(self, complaint: Complaint, body: Body) -> bool:
        """Whether a body that is missed did not get there as it left.

        LiteLLM sends one anew, and empty, when the server behind it breaks off: the first one may
        have been taken.
        """
        known = body.form in self._manners.read or complaint.quoted
        return known and complaint.misses("prompt")
