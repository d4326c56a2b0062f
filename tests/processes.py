"""Other processes and held previews, so that "in the middle of it" needs no clock."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
LONGEST = 120  # seconds; far more than anything here takes


def told_by(
    command: Sequence[str | Path],
    *,
    told: object = None,
    environment: Mapping[str, str] | None = None,
    seconds: float = LONGEST,
) -> Any:
    """Run a program to its end and give what it prints, both sides of it as JSON.

    Args:
        command: the program and its arguments.
        told: goes to its input.
        environment: instead of this process's own.
        seconds: that it may take.

    Raises:
        RuntimeError: it failed; with the end of what it complained about.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)


class Gate:
    """Lets previews draw only as many pictures as they are allowed."""

    def __init__(self) -> None:
        self._allowed = threading.Semaphore(0)
        self._open = False

    def let(self, pictures: int) -> None:
        for _ in range(pictures):
            self._allowed.release()

    def open(self) -> None:
        self._open = True
        self._allowed.release()

    def wait(self) -> None:
        self._allowed.acquire()
        if self._open:
            self._allowed.release()


def hold_drawing(pictures: int = 0) -> Gate:
    """Have every preview of this process stop after that many pictures until it is let go."""
    from llmkit_jupyter.providers.preview import render as module

    gate = Gate()
    gate.let(pictures)
    draw = module.render

    def held(clip, path, *, on_frame, stop) -> None:
        def on_frame_and_wait(done: int, total: int) -> None:
            on_frame(done, total)
            gate.wait()

        draw(clip, path, on_frame=on_frame_and_wait, stop=stop)

    module.render = held
    return gate


class Child:
    """A program in a process of its own; ended with the ``with`` block at the latest.

    Args:
        code: Python; ``Child.say`` of the parent and ``input()`` of the child talk to each other.
        arguments: instead of code, arguments for the interpreter.
        stderr: where it goes, if not to a pipe.
    """

    def __init__(
        self, code: str = "", *, arguments: Iterable[str] = (), stderr: int = subprocess.PIPE
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *(arguments or ("-c", code))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )

    def line(self) -> str:
        """Wait for the next line that it prints.

        Raises:
            RuntimeError: it ended before, with the end of what it complained about.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, _, err = self.end()
            raise RuntimeError(f"The child ended with {self.process.returncode}: {err[-2000:]}")
        return line.rstrip("\n")

    def complaint(self) -> str:
        """Wait for the next line on its stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline().rstrip("\n")

    def say(self, text: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(LONGEST)

    def end(self) -> tuple[int, str, str]:
        """Wait for its end; gives the exit code and the rest of its output."""
        out, err = self.process.communicate(timeout=LONGEST)
        return self.process.returncode, out, err or ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                stream.close()
