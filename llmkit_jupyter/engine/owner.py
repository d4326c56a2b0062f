"""Who holds a job: the name of this process in the journal, and whether another still lives."""

from __future__ import annotations

import os
import socket
import uuid

_token = uuid.uuid4().hex[:8]


def own_name() -> str:
    """Give this process's name: machine, process id, and a token against reused ids."""
    return f"{_machine()}:{os.getpid()}:{_token}"


def is_here(owner: str) -> bool:
    """Whether a process is, or was, one of this machine."""
    return _parts(owner)[0] == _machine()


def is_gone(owner: str) -> bool:
    """Whether a process certainly no longer exists; False where that cannot be told."""
    machine, number = _parts(owner)
    if owner == own_name() or machine != _machine() or not number.isdigit():
        return False
    pid = int(number)
    if pid == os.getpid():
        # Our own number with another token: an earlier process had it.
        return True
    return has_exited(pid)


def has_exited(pid: int) -> bool:
    """Whether no process of this machine has that number; False where that cannot be told."""
    if os.name != "posix":
        # On Windows os.kill would end the process instead of asking after it.
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return _is_zombie(pid)


def _parts(owner: str) -> tuple[str, str]:
    machine, _, number = owner.rpartition(":")[0].rpartition(":")
    return machine, number


def _is_zombie(pid: int) -> bool:
    """A killed process whose parent has not collected it yet does nothing any more."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            return file.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def _machine() -> str:
    name = socket.gethostname().replace(":", "-")
    try:
        # Containers may share a host name and a home, but not process ids.
        return f"{name}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116
    except OSError:
        return name


def _after_fork() -> None:
    global _token  # noqa: PLW0603 - the child is another process
    _token = uuid.uuid4().hex[:8]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
