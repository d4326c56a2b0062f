"""What a journal of many jobs costs to open and to look at."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.engine.history import Filter
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord, new_record
from llmkit_jupyter.request import VideoGenerationRequest

JOBS = 10_000
PAGE = 50
UNFINISHED = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds, the best of a few runs."""

    page: float
    """Opening it, counting the unfinished jobs, and reading the newest fifty."""
    everything: float
    """Opening it and reading all jobs."""
    filtered: float
    """Opening it and reading a page of those that match, but for their words."""
    searched: float
    """The same by a word of the prompt, which has to be looked for in every one."""
    size: int
    """Bytes of the file."""

    @property
    def ratio(self) -> float:
        """The page's part of everything."""
        return self.page / self.everything


def measure(folder: Path, tries: int = 5) -> Reading:
    """Fill a journal and read it, as a kernel does that has just started."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder)
    journal.add([_job(number) for number in range(JOBS)]).result()
    journal.close()

    def page() -> None:
        assert count_unfinished(folder) == 0  # they are held by this process
        _read(folder, PAGE)

    return Reading(
        page=_best(page, tries),
        everything=_best(lambda: _read(folder, None), tries=2),
        filtered=_best(lambda: _find(folder, Filter(status="completed")), tries),
        searched=_best(lambda: _find(folder, Filter(words=("koi", "garden"))), tries),
        size=journal.path.stat().st_size,
    )


def _job(number: int) -> JobRecord:
    prompt = f"A serene Japanese garden with a koi pond, soft morning light, number {number}"
    request = VideoGenerationRequest(prompt, model="runway:1@2", duration=5)
    made = new_record(provider="p", endpoint="", account="", request=request, sent=request)
    status = "processing" if number % (JOBS // UNFINISHED) == 0 else "completed"
    return replace(made, status=status, created_at=float(number))


def _read(folder: Path, limit: int | None) -> None:
    journal = Journal(folder)
    assert len(journal.newest(limit).result()) == (JOBS if limit is None else limit)
    journal.close()


def _find(folder: Path, wanted: Filter) -> None:
    journal = Journal(folder)
    found = journal.history(wanted, PAGE, PAGE).result()
    assert (len(found.records), found.total >= JOBS - UNFINISHED) == (PAGE, True)
    journal.close()


def _best(work: Callable[[], None], tries: int) -> float:
    times: list[float] = []
    for _ in range(tries):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def show() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    print(f"journal of {JOBS:,} jobs, {found.size / 1e6:.1f} MB, {UNFINISHED} of them unfinished")
    print(f"  open, count the unfinished, read the newest {PAGE}   {1000 * found.page:8.1f} ms")
    print(f"  open, read all                                {1000 * found.everything:8.1f} ms")
    print(f"  open, find a page by status                   {1000 * found.filtered:8.1f} ms")
    print(f"  open, find a page by words                    {1000 * found.searched:8.1f} ms")
    print(f"  ratio                                         {found.ratio:8.3f}   (at most 0.1)")
