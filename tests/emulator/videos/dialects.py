"""How the servers that speak `/v1/videos` differ, one object a server."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator.jobs import Job

OWN = ("prompt", "model", "seconds", "size", "input_reference")  # what OpenAI's API has
_SIZE = re.compile(r"([1-9]\d*)[xX]([1-9]\d*)")
_DIGITS = re.compile(r"[1-9]\d*")


class Wrong(Exception):  # noqa: N818 - an answer, not a defect
    """A request is refused, with a status, a message and the field that is meant."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code


@dataclass(frozen=True)
class Dialect:
    """What one server does its own way.

    Attributes:
        forms: The bodies that it reads.
        model: What it hosts, as its list of models has it.
        new_id: Makes a job's id.
        told: Puts an error into its shape.
        check: Refuses fields; gives seconds, width, height and a seed.
        record: A job as it tells of it.
        cancels: What DELETE does: `abort` a job, `drop` its record, or nothing but for `finished`.
        keyed: It wants a key where the options name one.
        failed_status: HTTP status with which it tells of a failed job.
    """

    name: str
    forms: tuple[str, ...]
    model: dict[str, Any]
    new_id: Callable[[], str]
    told: Callable[[Wrong], Any]
    check: Callable[[dict[str, Any], str], dict[str, Any]]
    record: Callable[[Job, dict[str, Any]], dict[str, Any]]
    cancels: str
    keyed: bool = True
    failed_status: int = 200


def openai_error(wrong: Wrong) -> Any:
    kind = "invalid_request_error" if wrong.status < 500 else "server_error"
    error = {"message": wrong.message, "type": kind, "param": wrong.param}
    return {"error": {**error, "code": wrong.code or None}}


def vllm_error(wrong: Wrong) -> Any:
    if wrong.status == 401:
        return {"error": "Unauthorized"}
    error = {"message": wrong.message, "type": "Bad Request", "param": wrong.param}
    return {"error": {**error, "code": wrong.status}}


def fastapi_error(wrong: Wrong) -> Any:
    if wrong.status == 422 and wrong.param:
        entry = {"type": wrong.code, "loc": ["body", wrong.param], "msg": wrong.message}
        return {"detail": [{**entry, "input": None}]}
    return {"error": wrong.message} if wrong.status == 503 else {"detail": wrong.message}


def dynamo_error(wrong: Wrong) -> Any:
    return {"message": wrong.message, "type": "Bad Request", "code": wrong.status}


def _pair(size: object, status: int = 400) -> tuple[int, int]:
    found = _SIZE.fullmatch(str(size))
    if found is None:
        raise Wrong(status, f"size must be WIDTHxHEIGHT, not {size!r}", "size")
    return int(found[1]), int(found[2])


def _openai(fields: dict[str, Any], form: str) -> dict[str, Any]:
    for name in fields:
        if name not in OWN:
            raise Wrong(400, f"Unknown parameter: '{name}'.", name, "unknown_parameter")
    seconds = fields.get("seconds", "4")
    if not isinstance(seconds, str):
        message = "Invalid type for 'seconds': expected a string, but got an integer instead."
        raise Wrong(400, message, "seconds", "invalid_type")
    if not _DIGITS.fullmatch(seconds) or int(seconds) > 60:
        message = f"Invalid value: '{seconds}'. Supported values are: '1' to '60'."
        raise Wrong(400, message, "seconds", "invalid_value")
    width, height = _pair(fields.get("size", "1280x720"))
    return {"seconds": int(seconds), "width": width, "height": height}


def _vllm(fields: dict[str, Any], form: str) -> dict[str, Any]:
    seconds = fields.get("seconds")
    if seconds is not None and not _DIGITS.fullmatch(str(seconds)):
        raise Wrong(400, "1 validation error: seconds must be digits", "body.seconds")
    fps = float(fields.get("fps", 24))
    frames = int(fields["num_frames"]) if "num_frames" in fields else None
    if frames is None:
        frames = int(int(seconds) * fps) if seconds is not None else 1
    if int(fields.get("num_inference_steps", 50)) > 200:
        raise Wrong(400, "num_inference_steps must be at most 200", "body.num_inference_steps")
    size = fields.get("size") or f"{fields.get('width', 1280)}x{fields.get('height', 720)}"
    width, height = _pair(size)
    return {
        "seconds": _bounded(frames / fps),
        "width": width,
        "height": height,
        "seed": _whole(fields, "seed", 400),
    }


def _sglang(fields: dict[str, Any], form: str) -> dict[str, Any]:
    for name in ("seconds", "fps", "num_frames", "seed", "width", "height", "num_inference_steps"):
        _whole(fields, name, 422 if form == "multipart" else 400)
    seconds, fps = int(fields.get("seconds", 4)), int(fields.get("fps", 24))
    frames = int(fields.get("num_frames", seconds * fps))
    width, height = _pair(fields["size"]) if fields.get("size") else (1280, 720)
    if fields.get("input_reference") or fields.get("reference_url"):
        raise Wrong(400, "input_reference is not supported for T2V models.")
    return {
        "seconds": _bounded(frames / fps),
        "width": int(fields.get("width", width)),
        "height": int(fields.get("height", height)),
        "seed": int(fields.get("seed", 42)),
    }


def _dynamo(fields: dict[str, Any], form: str) -> dict[str, Any]:
    extra = fields.get("nvext") or {}
    seconds = fields.get("seconds", 4)
    if not isinstance(seconds, int):
        raise Wrong(400, "invalid type: string, expected i32 for seconds")
    width, height = _pair(fields.get("size", "832x480"))
    return {"seconds": seconds, "width": width, "height": height, "seed": extra.get("seed")}


def _bounded(seconds: float) -> int:
    if seconds > 60.5:
        raise Wrong(400, "num_frames is too large: at most 60 seconds", "num_frames")
    return max(1, round(seconds))


def _whole(fields: dict[str, Any], name: str, status: int) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise Wrong(status, message, name, "int_parsing") from None


def _base(job: Job, state: dict[str, Any]) -> dict[str, Any]:
    task = job.request
    return {
        "id": job.task_id,
        "object": "video",
        "model": job.model,
        "status": state["status"],
        "progress": state["progress"],
        "created_at": int(job.accepted_at),
        "seconds": str(task["duration"]),
        "size": f"{task['width']}x{task['height']}",
        **({"queue_position": state["place"]} if state["place"] is not None else {}),
    }


def _openai_record(job: Job, state: dict[str, Any]) -> dict[str, Any]:
    error = state["failure"]
    return _base(job, state) | {
        "prompt": job.request["positivePrompt"],
        "completed_at": state["completed_at"],
        "expires_at": int(time.time()) + 3600,
        "remixed_from_video_id": None,
        "error": error and {"code": error, "message": f"The generation failed ({error})."},
    }


def _vllm_record(job: Job, state: dict[str, Any]) -> dict[str, Any]:
    error = state["failure"]
    done = state["status"] == "completed"
    return _base(job, state) | {
        "prompt": job.request["positivePrompt"],
        "progress": 100 if done else 0,
        "completed_at": state["completed_at"],
        "error": error and {"code": 500, "message": f"The generation failed ({error})."},
        "media_type": "video/mp4",
        "file_name": f"{job.task_id}.mp4" if done else None,
        "inference_time_s": job.seconds if done else None,
        "stage_durations": {},
        "peak_memory_mb": 0.0,
    }


def _sglang_record(job: Job, state: dict[str, Any]) -> dict[str, Any]:
    error = state["failure"]
    return _base(job, state) | {
        "quality": "standard",
        "url": None,
        "urls": None,
        "completed_at": state["completed_at"],
        "expires_at": None,
        "error": error and {"message": f"The generation failed ({error})."},
        # Of the server's own disk: nobody else has that.
        "file_path": None if error else f"/etc/passwd-{job.task_id}",
        "peak_memory_mb": None,
        "inference_time_s": None,
    }


def _listed(name: str, owner: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1, "owned_by": owner, **more}


DIALECTS: Mapping[str, Dialect] = {
    each.name: each
    for each in (
        Dialect(
            name="openai",
            forms=("json", "multipart"),
            model=_listed("open-video-1", "system"),
            new_id=lambda: f"video_{uuid.uuid4().hex}",
            told=openai_error,
            check=_openai,
            record=_openai_record,
            cancels="finished",
        ),
        Dialect(
            name="vllm-omni",
            forms=("multipart", "urlencoded"),
            model=_listed("Wan-AI/Wan2.2-T2V-A14B-Diffusers", "vllm", max_model_len=0),
            new_id=lambda: f"video_gen_{uuid.uuid4().hex}",
            told=vllm_error,
            check=_vllm,
            record=_vllm_record,
            cancels="abort",
            failed_status=500,
        ),
        Dialect(
            name="sglang",
            forms=("json", "multipart"),
            model=_listed(
                "FastVideo/FastWan2.1-T2V-1.3B-Diffusers",
                "sglang",
                task_type="T2V",
                supported_task_types=["T2V"],
            ),
            new_id=lambda: str(uuid.uuid4()),
            told=fastapi_error,
            check=_sglang,
            record=_sglang_record,
            cancels="drop",
            keyed=False,
        ),
        Dialect(
            name="dynamo",
            forms=("json",),
            model=_listed("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "nvidia"),
            new_id=lambda: str(uuid.uuid4()),
            told=dynamo_error,
            check=_dynamo,
            record=_openai_record,
            cancels="none",
            keyed=False,
        ),
    )
}
