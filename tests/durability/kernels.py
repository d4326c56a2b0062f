"""Rounds on real kernels: each resumes what the killed one before it left, and is killed too."""

from __future__ import annotations

import queue
import random
import time
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient  # noqa: TC002
from jupyter_client.manager import KernelManager

from tests.durability.life import LONGEST
from tests.durability.rounds import Report, Story
from tests.emulator.process import Emulator
from tests.processes import ROOT

AFTERWARDS = 0.4  # seconds, from the moment at which the ids are shown
_LOAD = "%load_ext llmkit_jupyter\nfrom tests.durability import life\nlife.hurry()"
_ORDER = """
from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
for job in LLMKitClient().submit_videos(
    [VideoGenerationRequest(prompt, model="runway:1@2") for prompt in {prompts!r}]
):
    print(job.task_id, flush=True)
import time
time.sleep(60)
"""


def kill_kernels(folder: Path, emulator: Emulator, seed: int, rounds: int) -> Report:
    """Kill so many kernels, each at a moment of its own; then recover, and look."""
    story = Story(folder, emulator, seed)
    chance = random.Random(seed)
    for _ in range(rounds):
        _kill_one(story, chance)
    story.recover()
    return story.leave()


def _kill_one(story: Story, chance: random.Random) -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(ROOT), env=story.environment)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LONGEST)
        client.execute_interactive(_LOAD, timeout=LONGEST, output_hook=lambda _: None)
        orders = story.orders()
        client.execute(_ORDER.format(prompts=orders))
        if chance.random() < 0.8:
            story.tell(_shown(client, len(orders)))
            time.sleep(chance.uniform(0.0, AFTERWARDS))
        else:
            time.sleep(chance.uniform(0.0, AFTERWARDS))
            # What was shown until then has been seen.
            story.tell(_shown(client, len(orders), seconds=0.0))
    finally:
        manager.shutdown_kernel(now=True)
        client.stop_channels()
    story.look_after_a_kill()


def _shown(client: BlockingKernelClient, count: int, seconds: float = LONGEST) -> list[str]:
    """Read ids from the cell's output, as a person does."""
    text = ""
    deadline = time.monotonic() + seconds
    while len(text.split()) < count:
        try:
            message = client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if message["msg_type"] == "error":
            raise RuntimeError(message["content"]["evalue"])
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            text += message["content"]["text"]
    return [word for word in text.split() if len(word) == 36]
