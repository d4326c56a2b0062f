"""Homes that are thrown away with their session: the own disks of hosted notebooks."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from llmkit_jupyter import settings
from llmkit_jupyter.caution import HomeNotKeptWarning, caution

COLAB = ("COLAB_RELEASE_TAG", "COLAB_JUPYTER_IP")
"""Environment variables of which Google Colab sets one."""
_SERVICES = (
    # First: its images carry Colab's variables as well.
    (
        "Kaggle",
        ("KAGGLE_KERNEL_RUN_TYPE",),
        "such as /kaggle/working/llmkit with persistence of files switched on",
    ),
    (
        "Binder",
        ("BINDER_LAUNCH_HOST", "BINDER_REPO_URL"),
        "if there is one, and download the videos that you want to keep",
    ),
    (
        "Google Colab",
        COLAB,
        "such as /content/drive/MyDrive/llmkit after drive.mount('/content/drive') of google.colab",
    ),
)
_lock = threading.Lock()
_warned = False


def warn_once(home: Path) -> None:
    """Warn, once a process, of a home that does not outlive the session."""
    global _warned  # noqa: PLW0603 - once a process is the point
    words = advice(home)
    with _lock:
        if words is None or _warned:
            return
        _warned = True
    caution(words, HomeNotKeptWarning)


def advice(home: Path, environment: Mapping[str, str] | None = None) -> str | None:
    """Say what is wrong with a home and what to do; ``None`` where it lasts, or was chosen.

    Args:
        home: the folder in use.
        environment: variables to read instead of ``os.environ``.
    """
    env = os.environ if environment is None else environment
    default = settings.default_home()
    if default not in (home, *home.parents) or _is_mounted(home):
        return None
    for name, variables, example in _SERVICES:
        if any(variable in env for variable in variables):
            return (
                f"{name} deletes {home} with the session, and with it the record of jobs and the "
                "videos: a job that is under way then, and paid for, is not found again. Set "
                f"LLMKIT_HOME to a folder that stays, {example}, before the first use."
            )
    return None


def _is_mounted(folder: Path) -> bool:
    """Whether a drive was mounted for it, which is not the machine's own disk."""
    return any(os.path.ismount(place) for place in (folder, *folder.parents[:-1]))
