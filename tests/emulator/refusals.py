"""Errors as the service words them."""

from __future__ import annotations

from typing import Any

DOCUMENTATION = "https://runware.ai/docs/platform/errors"


def error(
    code: str, message: str, *, task_id: object = None, parameter: object = None, **more: Any
) -> dict[str, Any]:
    """One item of an `errors` list; without `task_id` it speaks of the whole request."""
    item: dict[str, Any] = {"code": code, "message": message}
    if parameter is not None:
        item["parameter"] = parameter
    item.update(more)
    item.setdefault("documentation", DOCUMENTATION)
    if task_id is not None:
        item["taskUUID"] = task_id
    return item


class Refused(Exception):  # noqa: N818 - an answer, not a defect
    """A task, or a whole request, is not accepted.

    Attributes:
        item: What stands in `errors`.
        status: The HTTP status if it concerns the whole request.
    """

    def __init__(self, item: dict[str, Any], status: int = 400) -> None:
        super().__init__(item["message"])
        self.item = item
        self.status = status
