"""What can be set when the emulator starts, and changed while it runs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

DIALECTS = ("openai", "vllm-omni", "sglang", "dynamo")  # of /v1/videos


@dataclass(slots=True)
class Options:
    """Every value is JSON, so that the command line, the control API and Python speak alike."""

    seconds: float | list[float] = 2.0  # a job's time; [low, high] draws one for each job
    hidden: float = 0.0  # seconds after acceptance in which getResponse does not show the id
    progress: bool = False  # a percentage with every "processing"
    balance: float = 10_000.0  # USD at the start; charges are taken off it
    price_per_second: float = 0.05  # USD at 1280x720
    latency: float = 0.0  # seconds before every answer of /v1
    max_array: int | None = None  # longer arrays are refused as a whole
    answer_only: int | None = None  # tasks after the first so many are ignored without a word
    refuse_ttl: bool = False  # `ttl` is an unsupported parameter, as on some models
    file_size: int | None = None  # bytes; files are padded to it
    file_lifetime: float | None = None  # seconds after completion, whatever `ttl` was asked for
    gone_status: int = 404  # of a file whose time is over
    stale_addresses: int = 0  # the first so many addresses that are told of a file have expired
    models: dict[str, dict[str, Any]] = field(default_factory=dict)  # `catalogue.changed`
    render: bool = False  # draw each prompt in its size and duration, not one small clip for all
    dialect: str = "openai"  # one of DIALECTS
    hosted: list[dict[str, Any]] = field(default_factory=list)  # entries of /v1/models
    key: str | None = None  # the only one that /v1/videos takes, where its dialect has keys
    queue: float = 0.0  # seconds that a job of /v1/videos is "queued" before it begins
    queue_position: bool = False  # told while it is
    without_list: bool = False  # GET /v1/videos is not there
    no_video: bool = False  # nor is POST
    in_cloud: bool = False  # the content is somewhere else, and the record's `url` says where
    random_seed: int = 0  # of job times, seeds and faults with a probability

    def change(self, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            if name not in Options.__slots__:
                known = ", ".join(Options.__slots__)
                raise ValueError(f"No option {name!r}; there are {known}.")
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
