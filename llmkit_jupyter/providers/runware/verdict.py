"""From what Runware says of a job to what that means for it.

A word of failure ends a job that is paid for, so it must be certain. Some faults are about the
key, the account, the service, the question or the moment rather than about the job. Those never end
it, or only after they were told for minutes on end.
"""

from __future__ import annotations

import re
import time

from llmkit_jupyter.errors import LLMKitError, SubmissionUnknownError
from llmkit_jupyter.providers.base import Ticket, Update
from llmkit_jupyter.providers.runware.envelope import Envelope, Fault, Item
from llmkit_jupyter.providers.runware.faults import NAME, TITLE, category_of, is_conflict, to_error

CERTAIN_AFTER = 3  # answers in a row,
CERTAIN_SECONDS = 120.0  # over at least so long
# About the key, the account or the service, not about the job: an outage may last for hours.
_PASSING = ("auth", "permission", "rate", "quota", "server")
# Only where the code names the work, and the fault a field of it: else the question may be meant.
_OF_THE_WORK = re.compile(r"provider|inference|generation", re.IGNORECASE)
_OF_THE_QUESTION = {"taskType", "taskUUID"}


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
            return self._doubt(ticket, error, said.status, said.cost)
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
        if isinstance(said, Fault) and is_conflict(said):
            error = SubmissionUnknownError(
                f"{TITLE} took the job, shows it no longer, and its archive does not tell what "
                "became of it. It was not sent again, so that it is not paid twice. Look for task "
                f"{ticket.provider_task_id} in your account there.",
                task_id=ticket.task_id,
                provider=NAME,
            )
            return Update(ticket=ticket, state="failed", error=error)
        if isinstance(said, Fault):
            if is_final(said):
                return Update(ticket=ticket, state="failed", error=to_error(said))
            # An answer to some later question says nothing.
            return Update(ticket=ticket, state="unknown")
        return self.judge(ticket, said)

    def _judge_fault(self, ticket: Ticket, fault: Fault) -> Update:
        category = category_of(fault.code)
        if category == "missing":
            return Update(ticket=ticket, state="unknown", provider_status=fault.code)
        if category in _PASSING or is_conflict(fault):
            return Update(ticket=ticket, state="processing", provider_status=fault.code)
        error = to_error(fault)
        if not is_final(fault):
            return self._doubt(ticket, error, fault.code, fault.cost)
        self._doubts.pop(ticket.task_id, None)
        return _failed(ticket, error, fault.code, fault.cost)

    def _doubt(
        self, ticket: Ticket, error: LLMKitError, word: str | None, cost: float | None
    ) -> Update:
        now = time.monotonic()
        count, since = self._doubts.pop(ticket.task_id, (0, now))
        if count + 1 >= CERTAIN_AFTER and now - since >= CERTAIN_SECONDS:
            return _failed(ticket, error, word, cost)
        self._doubts[ticket.task_id] = (count + 1, since)
        return Update(ticket=ticket, state="processing", provider_status=word)


def _failed(ticket: Ticket, error: LLMKitError, word: str | None, cost: float | None) -> Update:
    return Update(ticket=ticket, state="failed", provider_status=word, error=error, cost=cost)


def is_final(fault: Fault) -> bool:
    """Whether a fault, told once, tells that a job has ended without a video."""
    category = category_of(fault.code)
    if category == "timeout":
        return _OF_THE_WORK.search(fault.code) is not None
    if category == "validation":
        return bool(set(fault.parameters) - _OF_THE_QUESTION) and not is_conflict(fault)
    return category in ("safety", "provider", "model", "expired", "cancelled")
