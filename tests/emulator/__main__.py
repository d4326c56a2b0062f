"""`python -m tests.emulator`: a Runware to try things with, on this machine and for nothing."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from tests.emulator.options import DIALECTS, Options

_ABOUT = """\
A fake Runware with real HTTP, and a fake server of open models: it checks requests as they do,
takes its time, and delivers real MP4 files. Nothing leaves this machine and nothing is charged.
"""
_WELCOME = """\
{about}
In another terminal, or at the top of a notebook with %env:

{exports}

Faults and statistics: tests/emulator/README.md. Records: {folder}. Stop with Ctrl+C.
"""
_RUNWARE = """\
  export LLMKIT_VIDEO_PROVIDER=runware
  export LLMKIT_API_KEY=emulator
  export LLMKIT_RUNWARE_URL={origin}/v1"""
_VIDEOS = """\
  export LLMKIT_VIDEO_PROVIDER=diffusion-router
  export LLMKIT_DIFFUSION_ROUTER_URL={origin}"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.emulator",
        description=_ABOUT,
        epilog="All options: tests/emulator/options.py, given with --options as JSON.",
    )
    parser.add_argument("--port", type=int, default=8787, help="0 takes any free port")
    parser.add_argument("--seconds", type=_seconds, help="of a job: 3, or 2..10 for a spread")
    parser.add_argument("--render", action="store_true", help="draw what each prompt says")
    parser.add_argument("--progress", action="store_true", help="tell a percentage")
    parser.add_argument(
        "--dialect", choices=sorted(DIALECTS), help="be a server of open models, of that kind"
    )
    parser.add_argument("--queue", type=float, help="seconds that a job there waits for a worker")
    parser.add_argument("--balance", type=float, help="USD in the account")
    parser.add_argument("--file-size", type=int, help="pad files to so many bytes")
    parser.add_argument("--options", type=json.loads, default={}, help="any others, as JSON")
    parser.add_argument("--folder", type=Path, help="of the ledger and of what is drawn")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _seconds(text: str) -> float | list[float]:
    parts = [float(part) for part in text.split("..")]
    return parts if len(parts) > 1 else parts[0]


def _options(arguments: argparse.Namespace) -> Options:
    options = Options()
    for name in ("seconds", "balance", "file_size", "dialect", "queue"):
        if getattr(arguments, name) is not None:
            options.change({name: getattr(arguments, name)})
    options.change({"render": arguments.render, "progress": arguments.progress})
    options.change({"queue_position": bool(arguments.queue)})
    options.change(arguments.options)
    return options


def _end_with_parent() -> None:
    """End when our input does, so that a killed test run leaves no emulator behind."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="emulator-"))
    if arguments.child:
        _end_with_parent()

    def ready(origin: str, other: str) -> None:
        if arguments.child:
            print(json.dumps({"origin": origin, "other": other}), flush=True)
        else:
            exports = (_VIDEOS if arguments.dialect else _RUNWARE).format(origin=origin)
            print(_WELCOME.format(about=_ABOUT, exports=exports, folder=folder), flush=True)

    try:
        _serve(folder, _options(arguments), arguments.port, ready)
    except KeyboardInterrupt:
        print("Stopped.")


def _serve(folder: Path, options: Options, port: int, ready: Callable[[str, str], None]) -> None:
    """Serve until stopped; what is commonly in the way of it is told in one line."""
    try:
        from tests.emulator import app, movies
    except ModuleNotFoundError as error:
        sys.exit(f'{error.name} is missing; the emulator needs: pip install -e ".[test]"')
    movies.draw_without_mark()
    try:
        asyncio.run(app.serve(folder, options, port, ready))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        sys.exit(f"Port {port} cannot be had ({reason}); --port 0 takes a free one.")


if __name__ == "__main__":
    main()
