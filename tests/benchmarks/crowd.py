"""Many jobs at once on the emulated service: what the client needs for them.

The client runs in a process of its own, so that its processor time and memory are its own;
``python -m tests.benchmarks.crowd`` is that process.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.emulator.process import Emulator
from tests.processes import ROOT

MODEL = "runway:1@2"
LONGEST = 300  # seconds for a whole run


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
class Crowd:
    """A run, with what the service has counted."""

    jobs: int
    client: Client
    longest_job: float
    requests: int
    most_in_flight: int
    delays: list[float]

    @property
    def seen_ratio(self) -> float:
        """When the last job was known to be complete, by the longest job's own time."""
        return (self.client.all_seen - self.client.started) / self.longest_job

    @property
    def stored_ratio(self) -> float:
        """The same for the last file in the library."""
        return (self.client.all_stored - self.client.started) / self.longest_job

    @property
    def requests_per_job(self) -> float:
        """HTTP requests to submit and poll."""
        return self.requests / self.jobs


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
        return judged(emulator, client, jobs)


def ours(emulator: Emulator, home: Path, jobs: int, *, downloads: bool = True) -> Client:
    """Run our client in a process of its own."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("LLMKIT", "RUNWARE"))},
        **emulator.environment,
        "LLMKIT_HOME": str(home),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.crowd", str(jobs), str(int(downloads))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Client(**json.loads(done.stdout))


def judged(emulator: Emulator, client: Client, jobs: int) -> Crowd:
    """Set what a client measured beside what the service has counted for it alone."""
    stats = emulator.stats()
    known = {task_id: job for task_id, job in stats["jobs"].items() if task_id in client.seen}
    return Crowd(
        jobs=jobs,
        client=client,
        longest_job=max(job["finished_at"] - job["accepted_at"] for job in known.values()),
        requests=stats["requests"]["submit"] + stats["requests"]["poll"],
        most_in_flight=stats["most_in_flight"]["api"],
        delays=sorted(client.seen[task_id] - job["finished_at"] for task_id, job in known.items()),
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
        peak_memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
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
