"""How the files of a home are called: videos after their jobs, pictures after their content.

A journal may have been brought by anybody: no name in it that fails here is looked for.
"""

from __future__ import annotations

import os
import re
import secrets

FORMATS = ("mp4", "mov", "webm", "mkv")
_TASK_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PICTURE = r"[0-9a-f]{64}\.(?:png|jpg|webp)"
_IS_TASK_ID = re.compile(_TASK_ID)
_IS_VIDEO = re.compile(rf"{_TASK_ID}\.(?:{'|'.join(FORMATS)})")
# Earlier versions wrote no token.
_IS_PART = re.compile(rf"({_TASK_ID})\.([0-9]+)(?:-[0-9a-f]+)?\.part")
_IS_PICTURE = re.compile(_PICTURE)
_PICTURES = re.compile(rf"\b{_PICTURE}\b")


def is_task_id(text: str) -> bool:
    """Whether a job may be called so."""
    return _IS_TASK_ID.fullmatch(text) is not None


def is_video(name: str) -> bool:
    """Whether a file of the library is called so."""
    return _IS_VIDEO.fullmatch(name) is not None


def videos_of(task_id: str) -> list[str]:
    """Give the names that a job's video may have, one a format."""
    return [f"{task_id}.{each}" for each in FORMATS] if is_task_id(task_id) else []


def new_part(task_id: str) -> str:
    """Give a name for a video while it comes in, which nobody else has: not even a container."""
    return f"{task_id}.{os.getpid()}-{secrets.token_hex(4)}.part"


def parts_of(task_id: str) -> str:
    """Give the pattern of all such names of a job."""
    return f"{task_id}.*.part"


def read_part(name: str) -> tuple[str, int]:
    """Give the task id and the process of a part's name; nothing and 0 for any other."""
    found = _IS_PART.fullmatch(name)
    return (found[1], int(found[2])) if found else ("", 0)


def is_picture(name: str) -> bool:
    """Whether a picture that a request begins with is called so."""
    return _IS_PICTURE.fullmatch(name) is not None


def pictures_in(text: object) -> list[str]:
    """Give the pictures that a recorded request names."""
    return _PICTURES.findall(str(text))
