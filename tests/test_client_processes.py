"""A job outlives whatever happens to the process that began it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from tests.engine.waiting import until
from tests.processes import Child, hold_drawing
from tests.videos import pictures

# What every child here begins with: a client, a small request, and previews that stop in their
# middle until `gate.open()`.
BEGIN = """
from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from tests.processes import hold_drawing
gate = hold_drawing(5)
client = LLMKitClient()
small = VideoGenerationRequest("A red balloon over the sea", duration=1, width=96, height=64)

def say(*words):
    print(*words, flush=True)

def until(condition):
    import time
    while not condition():
        time.sleep(0.01)
"""


def test_a_killed_process_s_video_is_made_by_the_next_from_the_same_seed(client: LLMKitClient):
    code = (
        "job = client.submit_video(small)\nuntil(lambda: job.progress)\nsay(job.task_id)\ninput()"
    )
    with Child(BEGIN + code) as child:
        task_id = child.line()
        child.kill()
    assert [job.task_id for job in client.resume()] == [task_id]
    job = client.job(task_id)
    seed = job.seed
    resumed = job.result()
    assert (resumed.status, resumed.task_id) == ("completed", task_id)
    assert resumed.seed == seed
    assert resumed.seed is not None
    assert resumed.request is not None
    again = resumed.request.with_seed(resumed.seed)
    undisturbed = client.generate_video(again, reuse=False)
    assert resumed.path is not None
    assert undisturbed.path is not None
    assert pictures(resumed).frames == pictures(undisturbed).frames
    assert len(client.jobs()) == 2


def test_the_next_session_says_that_it_resumed(small, capsys):
    code = (
        "job = client.submit_video(small)\nuntil(lambda: job.progress)\nsay(job.task_id)\ninput()"
    )
    with Child(BEGIN + code) as child:
        task_id = child.line()
        child.kill()
    client = LLMKitClient()
    assert client.job(task_id).result().status == "completed"
    captured = capsys.readouterr()
    assert "Resumed 1 unfinished job" in captured.out + captured.err
    LLMKitClient().jobs()
    captured = capsys.readouterr()
    assert "Resumed" not in captured.out + captured.err


def test_a_job_of_another_living_process_is_followed_and_left_to_it(client: LLMKitClient):
    code = (
        "job = client.submit_video(small)\nuntil(lambda: job.progress)\nsay(job.task_id)\n"
        "input()\ngate.open()\nsay(job.result().path)\ninput()"
    )
    with Child(BEGIN + code) as child:
        task_id = child.line()
        assert client.resume() == []
        job = client.job(task_id)
        assert client.poll_video(task_id).status == "processing"
        assert client.jobs(unfinished=True) == [job]
        child.say()
        path = child.line()
        # Nobody here drew it, nor asks for it again; the wait ends all the same.
        assert str(job.result(60).path) == path
        assert client.poll_video(task_id).status == "completed"
        assert job.response == client.poll_video(task_id)


def test_a_finished_job_is_known_to_every_later_process(client: LLMKitClient, small):
    response = client.generate_video(small)
    code = (
        "import dataclasses, json\nresponse = client.poll_video(input())\n"
        "print(json.dumps({**vars(response), 'request': response.request.to_dict()}, default=str))"
    )
    with Child(BEGIN + code) as child:
        child.say(str(response.task_id))
        exit_code, out, err = child.end()
    assert (exit_code, err) == (0, "")
    found = json.loads(out)
    for name in ("status", "task_id", "duration", "width", "height", "format", "seed", "cost"):
        assert found[name] == getattr(response, name), name
    assert found["path"] == str(response.path)
    assert found["request"] == small.to_dict()


def test_interrupting_the_wait_keeps_the_job():
    code = """
job = client.submit_video(small)
try:
    say("waiting")
    job.result()
except KeyboardInterrupt:
    say(job.status)
gate.open()
say(job.result().status)
"""
    with Child(BEGIN + code) as child:
        assert child.line() == "waiting"
        child.interrupt()
        assert child.line() == "processing"
        assert child.line() == "completed"
        exit_code, _, err = child.end()
    assert (exit_code, err) == (0, "")


@pytest.mark.parametrize("state", ["in the middle", "just begun", "waiting"])
def test_a_program_that_ends_does_not_wait_for_its_job_nor_complain(state: str, home: Path):
    begin = BEGIN.replace("gate = hold_drawing(5)", "")
    code = (
        'city = VideoGenerationRequest("A city", duration=30, width=3840, height=2160)\n'
        "client.submit_video(city)"
    )
    code += {
        "in the middle": "\nuntil(lambda: client.jobs()[0].progress)",
        "just begun": "",
        "waiting": "\ntry:\n    client.jobs()[0].result(0.5)\nexcept TimeoutError: pass",
    }[state]
    with Child(begin + code) as child:
        assert child.end() == (0, "", "")
    client = LLMKitClient()
    job = client.jobs()[0]
    assert job.status == "processing"
    job.cancel()
    deadline = time.monotonic() + 60
    while not job.done() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert job.error is not None
    assert job.error.code == "cancelled"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_may_go_on_with_its_parent_s_client(client: LLMKitClient, small):
    assert client.generate_video(small).status == "completed"
    folder = client._providers["preview"]._workshop._folder  # type: ignore[attr-defined]
    pid = os.fork()
    if pid == 0:
        ok = False
        try:
            ok = client.generate_video(small, timeout=60).status == "completed"
            # What runs at a child's end must leave its parent's files alone.
            client._providers["preview"]._workshop._close()  # type: ignore[attr-defined]
        finally:
            os._exit(0 if ok else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert folder.exists()
    assert len(client.jobs()) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_job_that_is_under_way_is_followed_by_a_forked_child(client: LLMKitClient, small):
    gate = hold_drawing(5)
    try:
        job = client.submit_video(small)
        until(lambda: job.progress)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            ok = False
            try:
                os.write(writer, job.status.encode())
                ok = job.result(60).status == "completed"
            finally:
                os._exit(0 if ok else 1)
        assert os.read(reader, 100) == b"processing"
    finally:
        gate.open()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert job.result().status == "completed"
    assert len(client.jobs()) == 1
