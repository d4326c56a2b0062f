"""Runs in the SDK's environment: one call as told on the input, its outcome on the output.

The call ``crowd`` is many ``run`` at once, with all settings as the SDK has them by default.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import runware.client
import runware.validate
from runware import RunOptions, Runware, RunwareError

FIELDS = ("code", "message", "parameter", "status_code", "task_uuid", "retryable", "documentation")


def _peak_memory() -> int:
    # As tests/memory.py, which is not there where this runs.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def crowd(told: dict[str, Any]) -> dict[str, Any]:
    """Run many tasks at once; tell when each was known to be complete (seconds, epoch)."""
    seen: dict[str, float] = {}
    errors: list[str] = []

    async def one(client: Runware, number: int) -> None:
        prompt = f"{told['params']['positivePrompt']} {number}"
        try:
            results = await client.run({**told["params"], "positivePrompt": prompt})
        except RunwareError as error:
            errors.append(str(error))
        else:
            seen[results[0]["taskUUID"]] = time.time()

    async with Runware(api_key="emulator", transport="rest", http_base_url=told["url"]) as client:
        started, cpu = time.time(), time.process_time()
        await asyncio.gather(*(one(client, number) for number in range(told["jobs"])))
        cpu = time.process_time() - cpu
    return {
        "started": started,
        "seen": seen,
        "errors": errors[:3],
        "cpu": cpu,
        "peak_memory": _peak_memory(),
    }


async def call(told: dict[str, Any]) -> dict[str, Any]:
    progress: list[Any] = []
    options = RunOptions(on_progress=lambda item: progress.append(item["progress"]))
    settings = {"transport": "rest", "http_base_url": told["url"], "validate": told["validate"]}
    async with Runware(api_key="emulator", retry_delay=50, **settings) as client:
        if told["call"] == "registry":
            await client.refresh_registry()
            models = client._registry._cache.data.models
            return {"models": {air: entry.id for air, entry in models.items()}}
        try:
            results = await getattr(client, told["call"])(told["params"], options)
        except RunwareError as error:
            return {"error": {name: getattr(error, name) for name in FIELDS}}
    return {"results": results, "progress": progress}


told = json.load(sys.stdin)
runware.client.SCHEMAS_BASE_URL = runware.validate.SCHEMAS_BASE_URL = told["schemas"]
json.dump(asyncio.run(crowd(told) if told["call"] == "crowd" else call(told)), sys.stdout)
