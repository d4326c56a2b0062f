"""``python -m llmkit_jupyter "a prompt" -o clip.mp4``: the main job in a terminal."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmkit_jupyter import __version__
from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.caution import told
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import (
    ConfirmationRequiredError,
    LLMKitError,
    OutputExistsError,
    VideoTimeoutError,
)
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook.display import done_line
from llmkit_jupyter.notebook.flags import OPTIONS
from llmkit_jupyter.notebook.options import Options
from llmkit_jupyter.notebook.wording import money, seconds, visible
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.saving import check_target

BAR = 24  # characters
# Of the magics' options those that mean something here; `-o` is a file and not a variable.
_SHARED = {
    *("models", "durations", "sizes", "seed", "negative", "image", "fps", "options"),
    *("count", "provider", "reuse", "yes"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; gives its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    parsed = _parser().parse_args(arguments)
    try:
        options = _options(parsed)
        requests = options.requests()
        targets = _targets(parsed.output, options.count)
        # Before anything is generated: a wrong path must not cost a video.
        for target in targets:
            check_target(target, overwrite=parsed.overwrite)
        client = LLMKitClient(options.provider)
    except LLMKitError as error:
        return _fail(error, 2)
    with told(lambda line: _say(f"note: {line}")):
        return _make(client, requests, targets, options, overwrite=parsed.overwrite)


def _make(
    client: LLMKitClient,
    requests: Sequence[VideoGenerationRequest],
    targets: Sequence[str | None],
    options: Options,
    *,
    overwrite: bool,
) -> int:
    jobs: list[VideoJob] = []
    try:
        jobs = client.submit_videos(requests, confirm=options.yes, reuse=options.reuse)
        _watch(jobs, client.settings.timeout)
    except KeyboardInterrupt:
        which = f"LLMKitClient().job({jobs[0].task_id!r})" if jobs else "LLMKitClient().jobs()[0]"
        if len(jobs) > 1:
            _say("\nStopped waiting. The jobs are kept: LLMKitClient().jobs() lists them.")
        else:
            _say(f"\nStopped waiting. The job is kept: {which}.result() gives its video.")
        return 130
    except LLMKitError as error:
        return _fail(error, 1 if jobs else 2)
    # Those that were made are saved, whatever became of the others.
    return max(
        _save(job, target, overwrite=overwrite) for job, target in zip(jobs, targets, strict=True)
    )


def _save(job: VideoJob, target: str | None, *, overwrite: bool) -> int:
    response: VideoGenerationResponse | None = None
    try:
        response = job.result()
        path = response.save(target, overwrite=overwrite)
    except LLMKitError as error:
        _fail(error, 1)
        if response is not None:
            _say(f"The video is kept as {response.path}")
        return 1
    _say(done_line(response))
    print(path)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m llmkit_jupyter",
        description="From a text prompt to a video file.",
        epilog="Length and size are the model's own where they are not given. "
        "Keys and defaults come from the environment, e.g. LLMKIT_API_KEY.",
    )
    parser.add_argument("prompt", help="what the video should show")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="file or folder; here, named after the prompt"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    groups: dict[str, Any] = {}
    for row in OPTIONS:
        if row.name not in _SHARED:
            continue
        details: dict[str, Any] = {"dest": row.name, "help": row.help}
        if row.read is None:
            details |= {"action": "store_const", "const": row.value}
        else:
            # Read later, by the magics' own rules: argparse would hide what is wrong.
            action = "append" if row.many == "pairs" else "store"
            details |= {"metavar": row.metavar, "action": action}
        if row.name not in groups:
            # Those that set the same exclude each other.
            groups[row.name] = parser.add_mutually_exclusive_group()
        groups[row.name].add_argument(*filter(None, (row.short, row.long)), **details)
    parser.add_argument("--version", action="version", version=f"llmkit-jupyter {__version__}")
    return parser


def _options(parsed: argparse.Namespace) -> Options:
    values: dict[str, Any] = {}
    for row in OPTIONS:
        given: Any = getattr(parsed, row.name) if row.name in _SHARED else None
        if given is None:
            continue
        if row.read is None:
            values[row.name] = given
        elif row.many == "pairs":
            pairs: list[Any] = [row.read(text) for text in given]
            values[row.name] = dict(pairs)
        elif row.many == "each":
            # A sweep has no place here: it is to be looked at.
            values[row.name] = (row.read(given),)
        else:
            values[row.name] = row.read(given)
    return Options(**values, prompt=parsed.prompt)


def _targets(output: str | None, count: int) -> list[str | None]:
    """Give each of many videos a file of its own; a folder finds free names by itself."""
    if output is None or count == 1 or Path(output).is_dir():
        return [output] * count
    path = Path(output)
    return [str(path.with_name(f"{path.stem}-{n}{path.suffix}")) for n in range(1, count + 1)]


def _watch(jobs: Sequence[VideoJob], timeout: float) -> None:
    """Wait for the jobs with a line on stderr that moves; one line a phase where it cannot."""
    live = sys.stderr.isatty()
    deadline = time.monotonic() + timeout
    shown = ""
    try:
        while (job := _unfinished(jobs)) is not None and time.monotonic() < deadline:
            line = _line(job, jobs) if live else job.phase
            if line != shown:
                _say(f"\r\x1b[K{line}" if live else line, end="" if live else "\n")
                shown = line
            # What became of it is told when it is saved.
            with contextlib.suppress(LLMKitError):
                job.result(min(0.2, max(0.0, deadline - time.monotonic())))
    finally:
        if live:
            _say("\r\x1b[K", end="")
    job = _unfinished(jobs)
    if job is not None:
        raise job.timed_out(timeout)


def _unfinished(jobs: Sequence[VideoJob]) -> VideoJob | None:
    return next((job for job in jobs if not job.done()), None)


def _line(job: VideoJob, jobs: Sequence[VideoJob]) -> str:
    parts = [f"{job.provider} {title_of(job.model)}", job.phase, f"{job.elapsed:.0f} s"]
    if job.progress is not None:
        done = round(BAR * job.progress)
        parts.insert(1, f"[{'#' * done}{'.' * (BAR - done)}] {job.progress:4.0%}")
    if len(jobs) > 1:
        parts.insert(0, f"{sum(job.done() for job in jobs)} of {len(jobs)} done")
    if job.eta is not None:
        parts.append(f"about {seconds(max(job.eta, 1.0))} left")
    if job.estimate:
        parts.append(f"about {money(sum(job.estimate or 0.0 for job in jobs))}")
    elif job.estimate is None:
        parts.append("price not known beforehand")
    if job.notice:
        parts.append(visible(job.notice))
    return "  ".join(parts)[: _columns() - 1]


def _columns() -> int:
    try:
        # Of stderr, where the line goes: stdout is often a pipe here.
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return shutil.get_terminal_size().columns


def _fail(error: LLMKitError, code: int) -> int:
    """Tell an error in the words of a terminal, where others speak of Python and magics."""
    text = str(error)
    if isinstance(error, OutputExistsError):
        text = f"{error.value} exists; give another name, or --overwrite"
    elif isinstance(error, ConfirmationRequiredError):
        price = f"about {money(error.estimate)}" if error.estimate else "an unknown amount"
        text = f"this would cost {price}; agree with --yes"
    elif isinstance(error, VideoTimeoutError):
        text = (
            f"no video yet, and the job goes on: LLMKitClient().job({error.task_id!r}).result() "
            f"gives it. LLMKIT_VIDEO_TIMEOUT (seconds) waits longer."
        )
    _say(f"error: {text}")
    return code


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
