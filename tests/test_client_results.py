"""What comes back: the response before and after its end, its file, and its words."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest

from llmkit_jupyter import LLMKitClient, LLMKitError, OutputExistsError, VideoGenerationRequest
from llmkit_jupyter.providers.base import Submission, Ticket
from tests.processes import Child, Gate, hold_drawing
from tests.scripted import ScriptedProvider

PROMPTS = [
    "She said \"it's\" \\ and 'why' `now`",
    "{prompt} {{0}} %s %(x)s ${HOME} $PATH $$",
    "<script>alert(1)</script> &amp; <b>",
    "A \U0001f98a on a \U0001f3f3\ufe0f\u200d\U0001f308 \u732b",
    "\u05d7\u05ea\u05d5\u05dc \u202e\u0642\u0637\u0629\u202c in the sun",
    "  two lines\r\nand\ta tab, with blanks around  ",
    ("words and \u00fcmlauts " * 300)[:5000],
]


@pytest.fixture
def held(monkeypatch):
    """Previews that draw nothing until they are told to."""
    from llmkit_jupyter.providers.preview import render

    monkeypatch.setattr(render, "render", render.render)
    gate = hold_drawing()
    yield gate
    gate.open()


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


def test_a_response_before_and_after_the_end(client: LLMKitClient, small, held: Gate):
    before = client.generate_video(small, wait=False)
    assert (before.status, before.size, before.format) == ("processing", 0, "mp4")
    assert (before.video_url, before.video_bytes, before.path) == (None, None, None)
    # Never what was asked for in place of what was measured.
    assert (before.duration, before.width, before.height) == (None, None, None)
    assert before.request == small
    with pytest.raises(LLMKitError, match="no video yet") as caught:
        before.save("x.mp4")
    assert (caught.value.code, caught.value.task_id) == ("no_video", before.task_id)

    held.open()
    assert before.task_id is not None
    after = client.job(before.task_id).result()
    assert (after.status, after.phase, after.progress) == ("completed", "done", 1.0)
    assert (after.duration, after.width, after.height) == (1.0, 96, 64)
    assert after.video_bytes is not None
    assert after.size == len(after.video_bytes) > 0
    assert (after.provider, after.model, after.cost) == ("preview", "runway-gen-4", 0.0)
    assert after.seed is not None
    assert after.error is None
    assert before.status == "processing"
    assert client.poll_video(before.task_id).path == after.path


def test_every_prompt_arrives_byte_exact_and_is_found_so_by_another_process(client: LLMKitClient):
    requests = [VideoGenerationRequest(p, duration=1, width=96, height=64) for p in PROMPTS]
    jobs = client.submit_videos(requests)
    assert [response.request.prompt for response in client.wait(jobs)] == PROMPTS
    code = (
        "import json, sys\nfrom llmkit_jupyter import LLMKitClient\nclient = LLMKitClient()\n"
        "responses = [client.poll_video(task_id) for task_id in json.loads(input())]\n"
        "print(json.dumps([[r.request.prompt, r.status, r.seed, str(r.path)] for r in responses]))"
    )
    with Child(code) as child:
        child.say(json.dumps([job.task_id for job in jobs]))
        code, out, err = child.end()
    assert (code, err) == (0, "")
    expected = [[job.request.prompt, "completed", job.seed, str(job.response.path)] for job in jobs]
    assert json.loads(out) == expected
    assert [prompt.encode() for prompt, *_ in expected] == [prompt.encode() for prompt in PROMPTS]


def test_every_prompt_is_sent_byte_exact(video_bytes: bytes):
    sent: list[str] = []

    def take(submission: Submission) -> Ticket:
        sent.append(submission.request.prompt)
        return Ticket(submission.task_id, submission.task_id)

    client = LLMKitClient(ScriptedProvider(video=video_bytes, on_submit=take))
    client.wait(client.submit_videos([VideoGenerationRequest(prompt) for prompt in PROMPTS]))
    assert sent == PROMPTS


def test_the_same_seed_gives_the_same_frames_and_another_one_others(client: LLMKitClient, small):
    first, second, other = client.wait(
        client.submit_videos([small.with_seed(7), small.with_seed(7), small.with_seed(8)])
    )
    assert first.task_id != second.task_id
    assert first.path is not None
    assert second.path is not None
    assert other.path is not None
    assert len(pictures(first.path)) == 24
    assert pictures(first.path) == pictures(second.path)
    assert pictures(first.path) != pictures(other.path)
    # A seed that was chosen for you is told, and can be given again.
    chosen = client.generate_video(small)
    assert chosen.seed is not None
    again = client.generate_video(small.with_seed(chosen.seed))
    assert chosen.path is not None
    assert again.path is not None
    assert pictures(again.path) == pictures(chosen.path)


def test_many_at_once_are_different_videos_in_a_list(client: LLMKitClient, small):
    responses = client.generate_video(small, count=3)
    assert len({r.task_id for r in responses}) == len({r.seed for r in responses}) == 3
    assert [r.status for r in client.generate_video(small, count=1)] == ["completed"]


def test_saving_names_the_file_after_the_prompt(client: LLMKitClient, small, tmp_path, monkeypatch):
    response = client.generate_video(small)
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    saved = response.save()
    assert saved.resolve() == desk / "a-red-balloon-over-the-sea.mp4"
    assert saved.read_bytes() == response.video_bytes
    with pytest.raises(OutputExistsError):
        response.save(saved)
    assert response.save(saved, overwrite=True) == saved


def test_a_file_that_somebody_removed_is_told_as_such(client: LLMKitClient, small, tmp_path: Path):
    response = client.generate_video(small)
    assert response.path is not None
    response.path.unlink()
    again = client.poll_video(str(response.task_id))
    for gone in (response, again):
        assert (gone.status, gone.size) == ("completed", 0)
        with pytest.raises(LLMKitError, match="was removed from the library") as caught:
            _ = gone.video_bytes
        assert (caught.value.code, caught.value.task_id) == ("file_gone", response.task_id)
        with pytest.raises(LLMKitError, match="was removed from the library"):
            gone.save(tmp_path / "x.mp4")
    assert not (tmp_path / "x.mp4").exists()
