"""From a click to jobs in the journal: judged once more, asked about its price, sent once."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from llmkit_jupyter.caution import heard
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import ConfirmationRequiredError, LLMKitError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.request import MAX_COUNT, VideoGenerationRequest, several, whole_number
from llmkit_jupyter.widgets.base import in_background, synced
from llmkit_jupyter.widgets.form import request_of
from llmkit_jupyter.widgets.request_form import RequestForm

_Trait: Any = traitlets
_log = logging.getLogger(__name__)
_BROKEN = "It failed inside; the server's log has the details."


class SubmittingForm(RequestForm):
    """A form with a button. What is made of its jobs is its heir's business.

    Args:
        client: submits the jobs.
        **form: the other arguments of ``RequestForm``.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset({"generate"})
    OFFERED: ClassVar[frozenset[str]] = RequestForm.OFFERED | {"generate"}

    answer = synced(_Trait.Dict(read_only=True))
    """What became of the last click."""

    def __init__(self, client: LLMKitClient, **form: Any) -> None:
        self._seen: set[str] = set()
        self._submitting = False
        self._question: tuple[VideoGenerationRequest, int, str] | None = None
        super().__init__(client, **form)

    @_Trait.default("answer")
    def _first_answer(self) -> object:
        return _answer()

    @abstractmethod
    def _begin(self, jobs: Sequence[VideoJob]) -> None:
        """Take up jobs that have just been submitted."""

    def generate(self, *, confirm: bool = False) -> VideoJob:
        """Submit what the form says, as its button does; waits for the hand-over alone.

        Args:
            confirm: ``True`` agrees to a price above ``confirm_above``.

        Returns:
            The job, the first of them where ``count`` is more than one; ``jobs`` has all.

        Raises:
            InvalidRequestError: before anything was sent.
            LLMKitError: as ``LLMKitClient.submit_videos``.
        """
        values = self.values()
        count = whole_number("count", values["count"], 1, MAX_COUNT)
        requests = several(request_of(values), count)
        jobs = self._client.submit_videos(requests, confirm=confirm)
        self._begin(jobs)
        return jobs[0]

    def _on_generate(self, message: dict[str, Any]) -> None:
        with self._lock:
            if message["id"] in self._seen:
                return  # a click that comes twice is one click
            self._seen.add(message["id"])
            if self._submitting:
                self.refuse(message["id"], "Another request is just being handed over.")
                return
            self._submitting = True
        request, count, words = None, 1, _BROKEN
        try:
            # What is still on its way as a change of a field comes along: a page holds changes
            # back while the kernel is busy, and messages not.
            if self.take(message["form"]):
                # Judged here: the trait may still wait for what another thread is judging.
                values = self.values()
                check, request = self._judged(values)
                count, words = values["count"], " ".join(check["problems"].values())
            else:
                words = "The form cannot be read."
        except Exception:  # noqa: BLE001 - a provider from elsewhere may raise anything
            _log.exception("a click could not be judged")
        if request is None:
            self._answer_click(message, "refused", words)
            return
        self.put("answer", _answer(message["id"], "checking"))
        in_background(self._generate, message, request, count)

    def _generate(
        self, message: dict[str, Any], request: VideoGenerationRequest, count: int
    ) -> None:
        told: list[str] = []
        state, words = "refused", _BROKEN
        try:
            with heard(told.append):
                requests = several(request, count)
                try:
                    jobs = self._client.submit_videos(requests, confirm=False)
                except ConfirmationRequiredError as error:
                    # A yes is to the question that was asked: since then the form may have come
                    # to hold something else, and the price may have changed.
                    asked, self._question = self._question, (request, count, str(error))
                    if not message["confirm"] or asked != self._question:
                        raise
                    told.clear()  # all of it is said again
                    jobs = self._client.submit_videos(requests, confirm=True)
            self._question = None
            # From here on it will be paid for, whatever goes wrong with telling so.
            state, words = "submitted", " ".join(told)
            self._begin(jobs)
        except ConfirmationRequiredError as error:
            # Here the yes is a button.
            state, words = "confirm", str(error).partition(" Say yes with")[0]
        except LLMKitError as error:
            words = str(error)
        finally:
            self._answer_click(message, state, words)

    def _answer_click(self, message: dict[str, Any], state: str, words: str) -> None:
        with self._lock:
            self._submitting = False
            self.put("answer", _answer(message["id"], state, words))


def _answer(click: str = "", state: str = "none", message: str = "") -> dict[str, str]:
    return {"id": click, "state": state, "message": message}
