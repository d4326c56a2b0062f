"""A client of a few lines, for the emulator's own tests."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.emulator.process import Emulator

MODEL = "klingai:6@1"  # 5 or 10 s; 1280x720, 720x720 or 720x1280; no seed


def new_id() -> str:
    return str(uuid.uuid4())


def video_task(prompt: str = "A cat", **changes: Any) -> dict[str, Any]:
    """A task that is accepted; None takes a field out."""
    task = {
        "taskType": "videoInference",
        "taskUUID": new_id(),
        "model": MODEL,
        "positivePrompt": prompt,
        "width": 1280,
        "height": 720,
        "duration": 5,
        "deliveryMethod": "async",
        "outputType": "URL",
    }
    return {name: value for name, value in (task | changes).items() if value is not None}


class Asker:
    def __init__(self, emulator: Emulator, key: str = "any") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._emulator = emulator
        self._http = httpx.Client(headers=headers, timeout=10, trust_env=False)

    def post(self, body: Any, **headers: str) -> httpx.Response:
        return self._http.post(self._emulator.url, json=body, headers=headers)

    def submit(self, *tasks: dict[str, Any]) -> httpx.Response:
        return self.post(list(tasks))

    def poll(self, *task_ids: str) -> Any:
        asked = [{"taskType": "getResponse", "taskUUID": one} for one in task_ids]
        return self.post(asked).json()

    def details(self, task_id: str) -> Any:
        return self.post([{"taskType": "getTaskDetails", "taskUUID": task_id}]).json()

    def make(self, prompt: str = "A cat", **changes: Any) -> dict[str, Any]:
        """Submit one and return what a poll says of it."""
        task = video_task(prompt, **changes)
        assert self.submit(task).status_code == 200
        return self.poll(task["taskUUID"])["data"][0]

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self._http.get(url, headers=headers)

    def close(self) -> None:
        self._http.close()
