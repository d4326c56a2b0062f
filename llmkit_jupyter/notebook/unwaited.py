"""Words about jobs that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmkit_jupyter.notebook import shell

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob


def go_on(jobs: Sequence[VideoJob]) -> str:
    """Say that they go on."""
    return "the job goes on" if len(jobs) == 1 else f"the {len(jobs)} jobs go on"


def way_back(jobs: Sequence[VideoJob]) -> str:
    """Say how they are got back, in the language that is spoken here: magics or Python."""
    magic = shell.has_magic("llmkit")
    if len(jobs) > 1:
        return f"{'%llmkit resume shows' if magic else 'LLMKitClient().jobs() lists'} them again."
    task_id = jobs[0].task_id
    if magic:
        return f"%llmkit job {task_id} shows it again."
    return f'LLMKitClient().job("{task_id}") gives it back.'
