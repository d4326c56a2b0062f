"""What a process does until it is killed, or has nothing left to do."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# All that a life needs is loaded before it: it begins as a copy of a process that has this module.
import httpx  # noqa: F401
import jsonschema_rs  # noqa: F401

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import claims, downloads, heartbeat, lane, loop, owner, polling, polls
from llmkit_jupyter.providers.base import Ticket, Update
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from llmkit_jupyter.transport import download, retry
from tests.durability import controls, points

LONGEST = 60.0  # seconds that a job may take here
BLOCK = 2**15  # bytes; a file of some hundred kilobytes comes in several pieces


@dataclass(frozen=True)
class Life:
    """One process: its home, what it orders, and how it dies if it is told to by itself."""

    home: Path
    environment: dict[str, str]
    told: Path
    """Gets a line for each job whose id the user has seen."""
    log: Path
    prompts: tuple[str, ...] = ()
    point: str = ""
    time: int = 1
    how: int = signal.SIGKILL
    lease: float = 0.0
    """Seconds, if not the usual ones."""
    control: str = ""
    polled: Path | None = None
    """Gets a line for each question: the process and the task ids."""
    together: int = 100
    """Jobs in one submission."""


def live(life: Life) -> None:
    """Resume what is there, order what is wanted, and wait for all of it; the process's main."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _settle_in(life)
    # Into its log, for whoever wants to know why it came to no end.
    threading.Timer(LONGEST / 3, _tell_where_it_is).start()
    try:
        if life.control:
            controls.CONTROLS[life.control]()
        if life.polled:
            _note_polls(life.polled)
        if life.point:
            points.arm(life.point, life.time, life.how)
        _work(life)
    except BaseException:  # noqa: BLE001 - told to whoever waits for this process
        traceback.print_exc()
        sys.stderr.flush()
        # What runs in the background ends as in a program of the user's: with the process.
        os._exit(1)
    os._exit(0)


def _tell_where_it_is() -> None:
    faulthandler.dump_traceback(all_threads=True)
    for task in asyncio.all_tasks(loop.shared()._loop):
        print(task, file=sys.stderr)
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


def _settle_in(life: Life) -> None:
    log = os.open(life.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    environment = environment_of(life)
    os.environ.clear()
    os.environ.update(environment)
    if life.lease:
        shorten_leases(life.lease)
    hurry()


def environment_of(life: Life) -> dict[str, str]:
    """Give the environment of a process that lives there."""
    ours = {"LLMKIT_HOME": str(life.home), "LLMKIT_VIDEO_PROVIDER": "runware"}
    others = {name: it for name, it in os.environ.items() if not name.startswith("LLMKIT_")}
    return others | life.environment | ours


def hurry() -> None:
    """Wait shorter, by the same rules: else most of a life would be sleep."""
    retry.FIRST, retry.CAP = 0.02, 0.05
    polls.CYCLE = polling.FIRST = polling.FLOOR = 0.03
    downloads.WRONG_SECONDS = 0.3
    download.BLOCK = BLOCK


def shorten_leases(seconds: float) -> None:
    """Let leases last so long, and be looked after accordingly."""
    claims.LEASE_SECONDS = seconds
    heartbeat.RENEW_SECONDS, heartbeat.IDLE_SECONDS = seconds / 3, seconds / 2
    heartbeat.FOLLOW_SECONDS = heartbeat.ORPHAN_SECONDS = seconds / 10
    lane.FRESH_SECONDS = seconds / 3


def _work(life: Life) -> None:
    client = LLMKitClient()
    client.resume_once()
    for start in range(0, len(life.prompts), life.together):
        prompts = life.prompts[start : start + life.together]
        jobs = client.submit_videos([_video(prompt) for prompt in prompts], confirm=True)
        tell(life.told, [job.task_id for job in jobs])
    for job in client.jobs(None, unfinished=True):
        job.result(LONGEST)


def _video(prompt: str) -> VideoGenerationRequest:
    return VideoGenerationRequest(prompt, model="runway:1@2")


def tell(told: Path, task_ids: list[str]) -> None:
    """Note that the user knows of these jobs."""
    _append(told, "".join(f"{task_id}\n" for task_id in task_ids))


def _note_polls(polled: Path) -> None:
    poll = RunwareProvider.poll

    async def noted(self: RunwareProvider, tickets: Sequence[Ticket]) -> list[Update]:
        task_ids = " ".join(ticket.task_id for ticket in tickets)
        _append(polled, f"{owner.own_name()} {task_ids}\n")
        return await poll(self, tickets)

    RunwareProvider.poll = noted


def _append(path: Path, text: str) -> None:
    # One write: lines of several processes do not mix.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(file, text.encode())
    os.close(file)
