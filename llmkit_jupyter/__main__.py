"""``python -m llmkit_jupyter "a prompt" -o clip.mp4``: the main job in a terminal."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from llmkit_jupyter import __version__
from llmkit_jupyter.catalog.models import DEFAULT_DURATION, DEFAULT_MODEL, DEFAULT_SIZE
from llmkit_jupyter.catalog.sizes import SIZE_NAMES, parse_size
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import LLMKitError, VideoTimeoutError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook.wording import visible
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.saving import check_target

BAR = 24  # characters


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; gives its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        request = _request(options)
        # Before anything is generated: a wrong path must not cost a video.
        check_target(options.output, overwrite=options.overwrite)
        client = LLMKitClient(options.provider)
    except LLMKitError as error:
        _say(f"error: {error}")
        return 2
    job: VideoJob | None = None
    try:
        job = client.submit_video(request)
        response = _watch(job, client.settings.timeout)
    except KeyboardInterrupt:
        which = f"LLMKitClient().job({job.task_id!r})" if job else "LLMKitClient().jobs()[0]"
        _say(f"\nStopped waiting. The job is kept: {which}.result() gives its video.")
        return 130
    except LLMKitError as error:
        _say(f"error: {error}")
        return 2 if job is None else 1
    try:
        print(response.save(options.output, overwrite=options.overwrite))
    except LLMKitError as error:
        _say(f"error: {error}\nThe video is kept as {response.path}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    width, height = DEFAULT_SIZE
    parser = argparse.ArgumentParser(
        prog="python -m llmkit_jupyter",
        description="From a text prompt to a video file.",
        epilog="Keys and defaults come from the environment, e.g. LLMKIT_API_KEY.",
    )
    parser.add_argument("prompt", help="what the video should show")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="file or folder; here, named after the prompt"
    )
    parser.add_argument("-m", "--model", help=f"model id, or provider/model ({DEFAULT_MODEL})")
    parser.add_argument(
        "-d", "--duration", type=int, metavar="S", help=f"seconds ({DEFAULT_DURATION})"
    )
    parser.add_argument("-s", "--size", help=f"WxH or {', '.join(SIZE_NAMES)} ({width}x{height})")
    parser.add_argument("--seed", type=int, help="the same seed gives the same video")
    parser.add_argument("-p", "--provider", help="e.g. preview, which is offline and needs no key")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    parser.add_argument("--version", action="version", version=f"llmkit-jupyter {__version__}")
    return parser


def _request(options: argparse.Namespace) -> VideoGenerationRequest:
    request = VideoGenerationRequest(
        options.prompt, model=options.model, duration=options.duration, seed=options.seed
    )
    if options.size is not None:
        width, height = parse_size(options.size)
        request = replace(request, width=width, height=height)
    return request


def _watch(job: VideoJob, timeout: float) -> VideoGenerationResponse:
    """Wait for the job with a line on stderr that moves; one line a phase where it cannot."""
    live = sys.stderr.isatty()
    deadline = time.monotonic() + timeout
    shown = ""
    try:
        while not job.done() and time.monotonic() < deadline:
            line = _line(job) if live else job.phase
            if line != shown:
                _say(f"\r\x1b[K{line}" if live else line, end="" if live else "\n")
                shown = line
            with contextlib.suppress(VideoTimeoutError):
                return job.result(min(0.2, max(0.0, deadline - time.monotonic())))
    finally:
        if live:
            _say("\r\x1b[K", end="")
    if not job.done():
        raise job.timed_out(timeout)
    return job.result()


def _line(job: VideoJob) -> str:
    parts = [f"{job.provider} {job.model}", job.phase, f"{job.elapsed:.0f} s"]
    if job.progress is not None:
        done = round(BAR * job.progress)
        parts.insert(1, f"[{'#' * done}{'.' * (BAR - done)}] {job.progress:4.0%}")
    if job.eta is not None:
        parts.append(f"about {job.eta:.0f} s left")
    if job.notice:
        parts.append(visible(job.notice))
    return "  ".join(parts)[: _columns() - 1]


def _columns() -> int:
    try:
        # Of stderr, where the line goes: stdout is often a pipe here.
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return shutil.get_terminal_size().columns


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
