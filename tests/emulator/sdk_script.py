"""Runs in the SDK's environment: one call as told on the input, its outcome on the output."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import runware.client
import runware.validate
from runware import RunOptions, Runware, RunwareError

FIELDS = ("code", "message", "parameter", "status_code", "task_uuid", "retryable", "documentation")


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
json.dump(asyncio.run(call(told)), sys.stdout)
