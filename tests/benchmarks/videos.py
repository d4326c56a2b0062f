"""Many jobs at once at a server that speaks ``/v1/videos``: what the client needs for them."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from tests.emulator.fixtures import DIALECTS
from tests.emulator.process import Emulator

JOBS, SECONDS = 200, 4.0
PATIENCE = 120  # seconds for a whole run


@dataclass(frozen=True)
class Figures:
    """A run. Times in seconds."""

    done: int
    requests_per_job: float
    """HTTP requests to submit and to ask how jobs stand."""
    connections: int
    """All that were ever opened, for jobs and for files."""
    seen_ratio: float
    """When the last job was known to be complete, in longest jobs."""
    delay: float
    """From a job's end to the client's knowing of it, the one in the middle."""


def run(folder: Path, dialect: str, *, jobs: int = JOBS, listing: bool = True) -> Figures:
    """Hand that many jobs over at once, and wait for all of them."""
    seen: dict[str, float] = {}
    with Emulator(
        folder / "emulator", dialect=dialect, seconds=SECONDS, without_list=not listing
    ) as emulator:
        client = LLMKitClient(base_url=emulator.origin, home=folder / "home")
        # What the server takes is found out once, and so are imports.
        client.generate_video(VideoGenerationRequest("First [emulator: seconds=0]"))
        before = emulator.stats()["requests"]
        started = time.time()
        requests = [VideoGenerationRequest(f"Cat number {number}") for number in range(jobs)]
        handles = client.submit_videos(requests)
        for handle in handles:
            handle.on_change(
                lambda job: (
                    seen.setdefault(job.task_id, time.time())
                    if job.phase in ("downloading", "done")
                    else None
                )
            )
        responses = client.wait(handles, PATIENCE)
        stats = emulator.stats()
    ends = {
        handle.task_id: stats["jobs"][str(handle._live.record.provider_task_id)]["finished_at"]
        for handle in handles
    }
    asked = sum(stats["requests"].get(kind, 0) for kind in ("submit", "poll", "list"))
    asked -= sum(before.get(kind, 0) for kind in ("submit", "poll", "list"))
    return Figures(
        done=sum(response.status == "completed" for response in responses),
        requests_per_job=asked / jobs,
        connections=stats["connections"]["api"] + stats["connections"]["file"],
        seen_ratio=(max(seen.values()) - started) / SECONDS,
        delay=median(seen[name] - end for name, end in ends.items()),
    )


def show() -> None:
    """Print the table, as it stands in the README beside this file; about a minute."""
    print("| server | list | done | requests per job | connections | seen | delay, s |")
    print("|---|---|---|---|---|---|---|")
    for dialect in DIALECTS:
        for listing in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                found = run(Path(folder), dialect, listing=listing)
            print(
                f"| {dialect} | {'yes' if listing else 'no'} | {found.done} "
                f"| {found.requests_per_job:.2f} | {found.connections} "
                f"| {found.seen_ratio:.2f} | {found.delay:.2f} |",
                flush=True,
            )
