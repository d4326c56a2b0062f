"""Reads what another program asked a server for, by the record that the server keeps."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.providers.base import ELSEWHERE, Asked
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.request import VideoGenerationRequest


def asked(record: Record) -> Asked:
    """Give what a record tells of its request: never the seed or the picture."""
    request = VideoGenerationRequest(ELSEWHERE)
    width, cross, height = (record.size or "").lower().partition("x")
    told: list[dict[str, Any]] = [{"prompt": record.prompt}, {"model": record.model}]
    told.append({"duration": _number(record.seconds)})
    told.append({"width": _number(width), "height": _number(height)} if cross else {})
    for fields in told:
        # What makes no sense is as good as not told.
        if all(value is not None for value in fields.values()):
            with contextlib.suppress(InvalidRequestError):
                request = replace(request, **fields)
    return Asked(request)


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
