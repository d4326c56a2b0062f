"""The most memory that a process has had, of its own."""

from __future__ import annotations

import re
from pathlib import Path


def peak_memory() -> int:
    """Bytes since the process began, or since ``forget_peak``.

    Not by ``getrusage``: a new process begins there with the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def forget_peak() -> None:
    """Begin anew with what is in use now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
