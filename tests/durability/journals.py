"""Journals as an earlier process, or somebody else, left them."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.engine import schema
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord, new_record

PHASES = ("queued", "submitting", "generating", "downloading", "done", "failed")


def a_job(phase: str = "queued", **changes) -> JobRecord:
    request = VideoGenerationRequest(f"hills, {phase}", model="any-model", duration=5)
    made = new_record(provider="scripted", endpoint="", account="", request=request, sent=request)
    now = made.created_at
    known = {"provider_task_id": f"theirs-{made.task_id}", "sent_at": now, "submitted_at": now}
    state = {
        "queued": {},
        "submitting": {"sent_at": now},
        "generating": {**known, "estimate": 0.5},
        "downloading": {**known, "generated_at": now, "video_url": "https://x.test/v.mp4"},
        "done": {**known, "status": "completed", "file": f"{made.task_id}.mp4", "cost": 0.5},
        "failed": {**known, "status": "failed", "error_code": "x", "error_message": "no"},
    }[phase]
    return replace(made, **{"phase": phase if phase != "failed" else "done", **state, **changes})


def left_behind(home: Path, *jobs: JobRecord) -> list[JobRecord]:
    """Write the jobs of a process that is gone."""
    home.mkdir(exist_ok=True)
    journal = Journal(home)
    added = journal.add(list(jobs)).result()
    for job in added:
        journal.release(job).result()
    journal.close()
    return added


def alter(home: Path, *statements: str) -> None:
    """Do to a journal what somebody else's program may have done."""
    db = sqlite3.connect(home / schema.FILE_NAME)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def set_aside(home: Path) -> list[bytes]:
    return [
        path.read_bytes() for path in home.glob("jobs.db.damaged-*") if "-journal" not in path.name
    ]
