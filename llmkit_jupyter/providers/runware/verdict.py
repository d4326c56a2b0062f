"""From what Runware says of a job to what that means for it.

A word of failure ends a job that is paid for, so it must be certain. Some faults come from the
way to the service rather than from the job; those count when they were told several times.
"""

from __future__ import annotations

import time

from llmkit_jupyter.errors import LLMKitError, SubmissionUnknownError
from llmkit_jupyter.providers.base import Ticket, Update
from llmkit_jupyter.providers.runware.envelope import Envelope, Fault, Item
from llmkit_jupyter.providers.runware.faults import CONFLICT, NAME, TITLE, category_of, to_error

CERTAIN_AFTER = 3  # answers in a row,
CERTAIN_SECONDS = 20.0  # over at least so long: a fault of the service's may last for some polls
# About the key or the moment, not about the job.
_PASSING = ("auth", "permission")
_DOUBTFUL = ("rate", "server", "unknown", "quota")


class Verdicts:
    """Judges answers; remembers doubtful ones."""

    def __init__(self) -> None:
        self._doubts: dict[str, tuple[int, float]] = {}

    def judge(self, ticket: Ticket, said: Item | Fault | None) -> Update:
        """Give the state of a job by the answer to a poll."""
        if said is None:
            self._doubts.pop(ticket.task_id, None)
            return Update(ticket=ticket, state="unknown")
        if isinstance(said, Fault):
            return self._judge_fault(ticket, said)
        if said.finished and said.url is None:
            error = LLMKitError(
                f"{TITLE} reports a video and gives no address.",
                code="generation_failed",
                provider=NAME,
            )
            return self._doubt(ticket, error, said.status)
        self._doubts.pop(ticket.task_id, None)
        return Update(
            ticket=ticket,
            state="succeeded" if said.finished else "processing",
            provider_status=said.status,
            progress=said.progress,
            video_url=said.url,
            seed=said.seed,
            cost=said.cost,
        )

    def archived(self, ticket: Ticket, stored: Envelope | None) -> Update:
        """Give the state of a job by the archive's last answer to it.

        After a repeated submission that answer is the refusal of the repetition: it proves that
        the job was taken and says nothing about what became of it.
        """
        task_id = ticket.provider_task_id.lower()
        said = None
        if stored is not None:
            loose = stored.loose[0] if stored.loose else None
            said = stored.items.get(task_id) or stored.faults.get(task_id) or loose
        if isinstance(said, Fault) and said.code.lower() == CONFLICT:
            error = SubmissionUnknownError(
                f"{TITLE} took the job, shows it no longer, and its archive does not tell what "
                "became of it. It was not sent again, so that it is not paid twice. Look for task "
                f"{ticket.provider_task_id} in your account there.",
                task_id=ticket.task_id,
                provider=NAME,
            )
            return Update(ticket=ticket, state="failed", error=error)
        if isinstance(said, Fault):
            return Update(ticket=ticket, state="failed", error=to_error(said))
        return self.judge(ticket, said)

    def _judge_fault(self, ticket: Ticket, fault: Fault) -> Update:
        category = category_of(fault.code)
        if category == "missing":
            return Update(ticket=ticket, state="unknown", provider_status=fault.code)
        if category in _PASSING:
            return Update(ticket=ticket, state="processing", provider_status=fault.code)
        error = to_error(fault)
        if category in _DOUBTFUL:
            return self._doubt(ticket, error, fault.code)
        self._doubts.pop(ticket.task_id, None)
        return Update(ticket=ticket, state="failed", provider_status=fault.code, error=error)

    def _doubt(self, ticket: Ticket, error: LLMKitError, word: str | None) -> Update:
        now = time.monotonic()
        count, since = self._doubts.pop(ticket.task_id, (0, now))
        if count + 1 >= CERTAIN_AFTER and now - since >= CERTAIN_SECONDS:
            return Update(ticket=ticket, state="failed", provider_status=word, error=error)
        self._doubts[ticket.task_id] = (count + 1, since)
        return Update(ticket=ticket, state="processing", provider_status=word)
