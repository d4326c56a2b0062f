"""The service's behaviour: an array of tasks in, `data` and `errors` out. It knows no HTTP."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import catalogue
from tests.emulator.checks import check
from tests.emulator.jobs import Job, Jobs
from tests.emulator.ledger import Ledger, read_ledger
from tests.emulator.options import Options
from tests.emulator.refusals import Refused, error

Task = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """What one request is answered."""

    data: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    accepted: list[Job] = field(default_factory=list)
    repeated: list[Job] = field(default_factory=list)


class Service:
    """Everything that is true of the account."""

    def __init__(self, options: Options, ledger: Ledger, origin: str = "") -> None:
        self.options = options
        self.ledger = ledger
        self.origin = origin
        self._snapshot = catalogue.load()
        self.jobs = Jobs(options)
        self.spent = 0.0
        self.on_accepted: Callable[[Job], None] = lambda _job: None
        self._handlers: dict[object, Callable[[Task, Answer], None]] = {
            "videoInference": self._submit,
            "getResponse": self._poll,
            "getTaskDetails": self._details,
            "accountManagement": self._account,
            "authentication": self._authenticate,
            "ping": self._ping,
        }

    @property
    def models(self) -> dict[str, catalogue.Model]:
        """All models by AIR, as the options have them."""
        changes = self.options.models
        return catalogue.changed(self._snapshot, changes) if changes else self._snapshot

    def answer(self, tasks: list[Any], key: str, *, dry_run: bool = False) -> Answer:
        """Work through the array. One wrong task does not touch the others."""
        answer = Answer()
        self._admit(tasks, key)
        most = self.options.answer_only
        for task in tasks[:most]:
            try:
                self._handle(task, answer, dry_run)
            except Refused as refused:
                answer.errors.append(refused.item)
        if answer.accepted or answer.repeated:
            self.ledger.write(answer.accepted, answer.repeated)
            self.spent += sum(job.price for job in answer.accepted)
        if tasks and answer.errors and not answer.data and not _only_failed_jobs(answer.errors):
            broke = {item["code"] for item in answer.errors} == {"insufficientCredits"}
            answer.status = 402 if broke else 400
        return answer

    def _admit(self, tasks: list[Any], key: str) -> None:
        """Refuse the request as a whole."""
        longest = self.options.max_array
        if longest is not None and len(tasks) > longest:
            message = f"At most {longest} tasks are accepted in one request."
            raise Refused(error("valueTooLarge", message, max=longest))
        submits = [task for task in tasks if _type(task) == "videoInference"]
        if key == "broke-key" and submits:
            message = "Your balance is too low for this request."
            task_id = submits[0].get("taskUUID") if len(submits) == 1 else None
            raise Refused(error("insufficientCredits", message, task_id=task_id), 402)

    def _handle(self, task: Any, answer: Answer, dry_run: bool) -> None:
        if not isinstance(task, dict):
            raise Refused(error("invalidTask", "Every task must be an object.", type="object"))
        handler = self._handlers.get(_type(task))
        if handler is None:
            message = f"There is no task type {task.get('taskType')!r}."
            task_id = task.get("taskUUID")
            item = error("unsupportedTaskType", message, task_id=task_id, parameter="taskType")
            raise Refused(item)
        if dry_run and handler == self._submit:
            check(task, self.models, refuse_ttl=self.options.refuse_ttl)
            answer.data.append(_about(task, cost=self.jobs.price(task)))
        else:
            handler(task, answer)

    def _submit(self, task: Task, answer: Answer) -> None:
        known = self.jobs.by_id.get(str(task.get("taskUUID")))
        if known is not None and known.forgotten != "all":
            known.conflicted = True
            answer.repeated.append(known)
            raise Refused(_conflict(known))
        check(task, self.models, refuse_ttl=self.options.refuse_ttl)
        due = self.spent + sum(job.price for job in answer.accepted) + self.jobs.price(task)
        if due > self.options.balance:
            message = "Your balance is too low for this task."
            raise Refused(error("insufficientCredits", message, task_id=task["taskUUID"]))
        job = self.jobs.accept(task)
        answer.accepted.append(job)
        self.on_accepted(job)
        answer.data.append(_about(task))

    def _poll(self, task: Task, answer: Answer) -> None:
        job = self.jobs.by_id.get(str(task.get("taskUUID")))
        now = time.time()
        if job is None or job.forgotten or now < job.accepted_at + self._hidden(job):
            return
        finished = not job.rendering and now >= job.finished_at
        if finished and job.seen_finished_at is None:
            job.seen_finished_at = now
        if finished and job.marker.fail:
            self._tell_failure(job, answer)
            return
        ready = 0 if job.marker.fail else job.results_at(now)
        answer.data.extend(self.result(job, index) for index in range(ready))
        if not finished:
            more: dict[str, Any] = {"status": job.marker.status or "processing"}
            if job.marker.progress or self.options.progress:
                more["progress"] = job.progress_at(now)
            answer.data.append(_about(job.request, **more))

    def _hidden(self, job: Job) -> float:
        return self.options.hidden if job.marker.hidden is None else job.marker.hidden

    def _tell_failure(self, job: Job, answer: Answer) -> None:
        item = failure(job)
        if job.marker.fail_style == "item":
            nested = {name: item[name] for name in ("code", "message", "documentation")}
            answer.data.append(_about(job.request, status="error", error=nested))
        else:
            answer.errors.append(item)

    def result(self, job: Job, index: int = 0) -> dict[str, Any]:
        video_id = job.video_ids[index]
        job.addresses += index == 0
        item = _about(
            job.request,
            status="success",
            videoUUID=video_id,
            videoURL=f"{self.origin}/files/{video_id}.mp4{self._address(job)}",
            seed=job.seed + index,
        )
        if job.marker.index:
            item["resultIndex"] = index
        if job.request.get("includeCost"):
            item["cost"] = round(job.price / len(job.video_ids), 4)
        return item

    def _address(self, job: Job) -> str:
        """The end of an address that is another one with every answer, where those expire."""
        return f"?address={job.addresses}" if self.options.stale_addresses else ""

    def _details(self, task: Task, answer: Answer) -> None:
        task_id = task.get("taskUUID")
        job = self.jobs.by_id.get(str(task_id))
        if job is None or job.forgotten == "all":
            raise Refused(error("taskNotFound", "There is no such task.", task_id=task_id))
        said: dict[str, Any]
        if job.conflicted:
            said = {"errors": [_conflict(job)]}  # the LAST answer, as the service does
        elif job.rendering or time.time() < job.finished_at:
            said = {"data": [_about(job.request)]}
        elif job.marker.fail:
            said = {"data": [], "errors": [failure(job)]}
        else:
            said = {"data": [self.result(job, index) for index in range(len(job.video_ids))]}
        details = {"taskType": "getTaskDetails", "taskUUID": task_id}
        answer.data.append({**details, "request": [job.request], "response": said})

    def _account(self, task: Task, answer: Answer) -> None:
        if task.get("operation") != "getDetails":
            message = "`operation` must be getDetails."
            item = error("invalidOperation", message, task_id=task.get("taskUUID"))
            raise Refused(item)
        balance = round(self.options.balance - self.spent, 4)
        more = {"operation": "getDetails", "balance": balance, "currency": "USD"}
        answer.data.append(_about(task, **more))

    def _ping(self, _task: Task, answer: Answer) -> None:
        answer.data.append({"taskType": "ping", "pong": True})

    def _authenticate(self, task: Task, answer: Answer) -> None:
        session_id = task.get("connectionSessionUUID") or str(uuid.uuid4())
        answer.data.append({"taskType": "authentication", "connectionSessionUUID": session_id})

    def restore(self) -> None:
        """Take up what the ledger knows from before a restart."""
        for row in read_ledger(self.ledger.path):
            self.jobs.restore(row)
            self.spent += row.charged

    def reset(self) -> None:
        self.jobs.clear()
        self.ledger.clear()
        self.spent = 0.0


def failure(job: Job) -> dict[str, Any]:
    """A failed generation, as it stands in `errors`."""
    message = f"The generation failed ({job.marker.fail})."
    item = error(job.marker.fail or "", message, task_id=job.task_id, status="error")
    if job.marker.fail_style == "anonymous":
        del item["taskUUID"]
    return item


def _conflict(job: Job) -> dict[str, Any]:
    message = "A task with this taskUUID was submitted before."
    more = {"parameter": "taskUUID", "taskType": "videoInference"}
    return error("conflictTaskUUID", message, task_id=job.task_id, **more)


def _about(task: Task, **more: Any) -> dict[str, Any]:
    return {"taskType": task["taskType"], "taskUUID": task.get("taskUUID"), **more}


def _type(task: object) -> object:
    return task.get("taskType") if isinstance(task, dict) else None


def _only_failed_jobs(errors: list[dict[str, Any]]) -> bool:
    """A job that failed after acceptance is told of with status 200."""
    return all(item.get("status") == "error" for item in errors)
