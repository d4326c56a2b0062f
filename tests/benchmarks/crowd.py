"""Many jobs at once on the emulated service: what the client needs for them.

The client runs in a process of its own, so that its processor time and memory are its own;
``python -m tests.benchmarks.crowd`` is that process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.emulator.process import Emulator
from tests.memory import peak_memory
from tests.processes import told_by

MODEL = "runway:1@2"
PATIENCE = 300  # seconds for a whole run


@dataclass(frozen=True)
class Client:
    """What the client's process measured. Times in seconds, memory in bytes."""

    done: int
    started: float
    all_seen: float
    all_stored: float
    cpu_until_seen: float
    cpu: float
    longest_stall: float
    peak_memory: int
    seen: dict[str, float]


@dataclass(frozen=True)
class Service:
    """What the service has counted while a client was at work. Times in seconds."""

    longest_job: float
    seen_ratio: float
    """When the last job was known to be complete, in longest jobs."""
    delays: list[float]
    """From each job's end to the client's knowing of it."""
    requests_per_job: float
    """HTTP requests to submit and poll."""
    most_in_flight: int

    @property
    def delay(self) -> float:
        """The one in the middle."""
        return median(self.delays)


@dataclass(frozen=True)
class Crowd:
    """A run, from both sides."""

    client: Client
    service: Service

    @property
    def stored_ratio(self) -> float:
        """When the last file was in the library, in longest jobs."""
        return (self.client.all_stored - self.client.started) / self.service.longest_job


def run(folder: Path, jobs: int, *, seconds: list[float], downloads: bool = True) -> Crowd:
    """Hand that many jobs over at once, and wait for all of them.

    Args:
        folder: for the emulator and the client's home.
        jobs: how many.
        seconds: the shortest and the longest time of a job.
        downloads: ``False`` holds them back until all jobs are known to be complete.
    """
    with Emulator(folder / "emulator", seconds=seconds, file_size=100_000) as emulator:
        client = ours(emulator, folder / "home", jobs, downloads=downloads)
        return Crowd(client, counted(emulator, client.started, client.seen))


def ours(emulator: Emulator, home: Path, jobs: int, *, downloads: bool = True) -> Client:
    """Run our client in a process of its own."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("LLMKIT", "RUNWARE"))}
    told = told_by(
        [sys.executable, "-m", "tests.benchmarks.crowd", str(jobs), str(int(downloads))],
        environment={**bare, **emulator.environment, "LLMKIT_HOME": str(home)},
        seconds=PATIENCE,
    )
    return Client(**told)


def counted(emulator: Emulator, started: float, seen: dict[str, float]) -> Service:
    """Set when a client knew of its jobs' ends beside what an emulator of its own has counted."""
    stats = emulator.stats()
    jobs = {task_id: stats["jobs"][task_id] for task_id in seen}
    longest = max(job["finished_at"] - job["accepted_at"] for job in jobs.values())
    return Service(
        longest_job=longest,
        seen_ratio=(max(seen.values()) - started) / longest,
        delays=sorted(seen[task_id] - job["finished_at"] for task_id, job in jobs.items()),
        requests_per_job=(stats["requests"]["submit"] + stats["requests"]["poll"]) / len(jobs),
        most_in_flight=stats["most_in_flight"]["api"],
    )


async def _measure(jobs: int, *, downloads: bool) -> Client:
    from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
    from llmkit_jupyter.providers.runware.provider import RunwareProvider

    may_fetch = threading.Event()
    if not downloads:
        fetch = RunwareProvider.fetch

        async def later(self: RunwareProvider, *arguments: object) -> None:
            # Set from another thread's loop, so it cannot be waited for.
            while not may_fetch.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await fetch(self, *arguments)  # type: ignore[arg-type]

        RunwareProvider.fetch = later  # type: ignore[method-assign]
    client = LLMKitClient()
    # The connection, the schema and the imports are not what is measured.
    await asyncio.to_thread(client.estimate, VideoGenerationRequest("A cat", model=MODEL))
    seen: dict[str, float] = {}
    stalls = [0.0]
    ticking = asyncio.create_task(_tick(stalls))
    requests = [VideoGenerationRequest(f"Cat number {i}", model=MODEL) for i in range(jobs)]
    started, cpu = time.time(), time.process_time()
    handles = await asyncio.to_thread(client.submit_videos, requests, confirm=True)
    for handle in handles:
        handle.on_change(
            lambda job: (
                seen.setdefault(job.task_id, time.time())
                if job.phase in ("downloading", "done")
                else None
            )
        )
    while len(seen) < jobs:  # noqa: ASYNC110 - the same
        await asyncio.sleep(0.01)
    cpu_until_seen = time.process_time() - cpu
    may_fetch.set()
    for handle in handles:
        await handle
    all_stored, cpu = time.time(), time.process_time() - cpu
    ticking.cancel()
    return Client(
        done=sum(handle.status == "completed" for handle in handles),
        started=started,
        all_seen=max(seen.values()),
        all_stored=all_stored,
        cpu_until_seen=cpu_until_seen,
        cpu=cpu,
        longest_stall=max(stalls),
        peak_memory=peak_memory(),
        seen=seen,
    )


async def _tick(stalls: list[float]) -> None:
    """Note how late this thread's own event loop comes to what it has to do."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.005)
        stalls.append(time.perf_counter() - before - 0.005)


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_measure(int(sys.argv[1]), downloads=sys.argv[2] == "1")))))
