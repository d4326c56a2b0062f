"""What comes back is the same from all providers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitError, OutputExistsError
from tests.engine.waiting import until
from tests.processes import Child
from tests.sides import PROMPTS, Side
from tests.videos import pictures


def test_a_response_before_and_after_the_end(side: Side):
    before = side.client.generate_video(side.late, wait=False)
    assert (before.status, before.size, before.format) == ("processing", 0, "mp4")
    assert (before.video_url, before.video_bytes, before.path) == (None, None, None)
    # Never what was asked for in place of what was measured.
    assert (before.duration, before.width, before.height) == (None, None, None)
    assert before.request == side.late
    with pytest.raises(LLMKitError, match="no video yet") as caught:
        before.save("x.mp4")
    assert (caught.value.code, caught.value.task_id) == ("no_video", before.task_id)

    assert before.task_id is not None
    job = side.client.job(before.task_id)
    until(lambda: job.phase not in ("queued", "submitting"))
    side.let_end()
    after = job.result()
    assert (after.status, after.phase, after.progress) == ("completed", "done", 1.0)
    measured = pictures(after)
    assert (after.width, after.height) == (measured.width, measured.height)
    assert after.duration == measured.seconds
    assert after.video_bytes is not None
    assert after.size == len(after.video_bytes) > 0
    default = side.client.validate(side.late).model
    assert (after.provider, after.model) == (side.name, side.late.model or default)
    assert after.cost == side.cost
    assert (after.seed is not None) == side.seeded
    assert after.error is None
    assert before.status == "processing"
    assert side.client.poll_video(before.task_id).path == after.path
    assert side.charged_once(1)


def test_every_prompt_arrives_byte_exact_and_is_found_so_by_another_process(side: Side):
    jobs = side.client.submit_videos([replace(side.soon, prompt=p) for p in PROMPTS], confirm=True)
    responses = side.client.wait(jobs)
    assert [response.request.prompt for response in responses] == PROMPTS
    if side.emulator:
        assert sorted(side.sent()) == sorted(PROMPTS)
    code = (
        "import json\nfrom llmkit_jupyter import LLMKitClient\nclient = LLMKitClient()\n"
        "found = [client.poll_video(task_id) for task_id in json.loads(input())]\n"
        "print(json.dumps([[r.request.prompt, r.status, r.seed, str(r.path)] for r in found]))"
    )
    with Child(code) as child:
        child.say(json.dumps([job.task_id for job in jobs]))
        status, out, err = child.end()
    assert (status, err) == (0, "")
    assert json.loads(out) == [
        [prompt, "completed", response.seed, str(response.path)]
        for prompt, response in zip(PROMPTS, responses, strict=True)
    ]


def test_the_same_seed_gives_the_same_frames_and_another_one_others(side: Side):
    if not side.seeded:
        with pytest.raises(LLMKitError, match="seed is 7; allowed: none"):
            side.client.generate_video(side.drawn.with_seed(7))
        return
    seeds = (7, 7, 8)
    first, second, other = side.client.wait(
        side.client.submit_videos([side.drawn.with_seed(seed) for seed in seeds], reuse=False)
    )
    assert (first.seed, second.seed, other.seed) == seeds
    assert first.task_id != second.task_id
    assert len(pictures(first).frames) == 24
    assert pictures(first).frames == pictures(second).frames
    assert pictures(first).frames != pictures(other).frames
    # A seed that was chosen for you is told, and can be given again.
    chosen = side.client.generate_video(side.drawn)
    assert chosen.seed is not None
    again = side.client.generate_video(side.drawn.with_seed(chosen.seed), reuse=False)
    assert pictures(again).frames == pictures(chosen).frames


def test_many_at_once_are_different_videos_in_a_list(side: Side):
    responses = side.client.generate_video(side.soon, count=3)
    assert len({r.task_id for r in responses}) == len({r.path for r in responses}) == 3
    assert len({r.seed for r in responses}) == (3 if side.seeded else 1)
    assert [r.status for r in responses] == ["completed"] * 3
    assert side.charged_once(3)
    assert [r.status for r in side.client.generate_video(side.soon, count=1)] == ["completed"]


def test_saving_names_the_file_after_the_prompt(side: Side, tmp_path: Path, monkeypatch):
    response = side.client.generate_video(replace(side.soon, prompt="A red balloon by the sea"))
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    saved = response.save()
    assert saved.resolve() == desk / "a-red-balloon-by-the-sea.mp4"
    assert saved.read_bytes() == response.video_bytes
    with pytest.raises(OutputExistsError):
        response.save(saved)
    assert response.save(saved, overwrite=True) == saved


def test_a_file_that_somebody_removed_is_told_as_such_and_fetched_again(side: Side, tmp_path: Path):
    response = side.client.generate_video(side.soon)
    assert response.path is not None
    data = response.path.read_bytes()
    response.path.unlink()
    [listed] = side.client.jobs(1)
    for gone in (response, listed.response):
        assert (gone.status, gone.size) == ("completed", 0)
        with pytest.raises(LLMKitError, match="was removed from the library") as caught:
            _ = gone.video_bytes
        assert (caught.value.code, caught.value.task_id) == ("file_gone", response.task_id)
        with pytest.raises(LLMKitError, match="was removed from the library"):
            gone.save(tmp_path / "x.mp4")
    assert not (tmp_path / "x.mp4").exists()
    job = side.client.job(str(response.task_id))
    assert job.status == "processing"
    again = job.result(60)
    assert again.video_bytes == response.video_bytes == data
    same = ("cost", "seed", "elapsed", "duration", "width", "height", "format", "path")
    assert [getattr(again, name) for name in same] == [getattr(response, name) for name in same]
    assert side.charged_once(1)
