"""What is there already, or under way, is not made and paid for once more."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from llmkit_jupyter import (
    BudgetExceededError,
    ConfirmationRequiredError,
    GenerationFailedError,
    InvalidRequestError,
    LLMKitClient,
    VideoGenerationRequest,
)
from llmkit_jupyter.engine.record import likenesses
from tests.durability.journals import alter
from tests.engine.waiting import until
from tests.processes import Child
from tests.scripted import ScriptedProvider

REQUEST = VideoGenerationRequest("hills", duration=5)
SEEDED = REQUEST.with_seed(7)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


def test_a_request_with_a_seed_is_answered_from_the_library(client, provider):
    made = client.generate_video(SEEDED)
    again = client.generate_video(SEEDED)
    assert provider.submitted == [made.task_id]
    assert (made.reused, again.reused) == (False, True)
    # What it cost when it was made; nothing is added to what was spent.
    assert replace(again, reused=False) == made
    assert client.spending().spent == made.cost == 0.5
    assert client.poll_video(made.task_id).reused is False


@pytest.mark.parametrize(
    "other",
    [
        SEEDED.with_seed(8),
        SEEDED.with_duration(6),
        replace(SEEDED, prompt="hills "),
        SEEDED.with_model("other"),
        SEEDED.with_width(640).with_height(480),
        SEEDED.with_negative_prompt("rain"),
        SEEDED.with_image(PNG),
        SEEDED.with_fps(30),
        SEEDED.with_option("a", 1),
    ],
)
def test_every_field_counts(client, provider, other):
    client.generate_video(SEEDED)
    assert client.generate_video(other).reused is False
    assert client.generate_video(other).reused is True
    assert len(provider.submitted) == 2


def test_it_is_the_model_that_runs_which_counts(client, provider):
    client.generate_video(SEEDED)
    # By the name that the provider gives where none is given.
    assert client.generate_video(SEEDED.with_model("any-model")).reused
    assert len(provider.submitted) == 1


def test_a_picture_counts_as_what_it_shows(client, provider, tmp_path):
    path = tmp_path / "sketch.png"
    path.write_bytes(PNG)
    client.generate_video(SEEDED.with_image(PNG))
    assert client.generate_video(SEEDED.with_image(path)).reused
    assert len(provider.submitted) == 1


def test_without_a_seed_another_video_is_made_unless_one_agrees(client, provider):
    first, second = client.generate_video(REQUEST), client.generate_video(REQUEST)
    assert (first.reused, second.reused) == (False, False)
    third = client.generate_video(REQUEST, reuse=True)
    assert (third.task_id, third.reused) == (second.task_id, True)
    # A seed that was chosen for the job is no other request: it may be asked for by name.
    assert len(provider.submitted) == 2


def test_several_of_a_request_without_a_seed_are_several_videos(client, provider):
    made = client.generate_video(REQUEST, count=2)
    again = client.generate_video(REQUEST, count=3, reuse=True)
    assert [response.reused for response in again] == [True, True, False]
    assert {r.task_id for r in made} < {r.task_id for r in again}
    assert len({r.task_id for r in again}) == 3
    assert len(provider.submitted) == 3


def test_it_may_be_refused(client, provider):
    made = client.generate_video(SEEDED)
    assert client.generate_video(SEEDED, reuse=False).task_id != made.task_id
    assert len(provider.submitted) == 2


def test_the_rule_of_the_session_holds_for_all_clients_of_a_home(client, provider):
    assert client.reuse is None
    made = client.generate_video(REQUEST)
    client.reuse = True
    other = LLMKitClient(provider)
    assert other.reuse is True
    assert other.generate_video(REQUEST).task_id == made.task_id
    other.reuse = False
    assert client.generate_video(SEEDED).reused is False
    assert client.generate_video(SEEDED).reused is False
    # What is given with the call counts more.
    assert client.generate_video(SEEDED, reuse=True).reused is True
    client.reuse = None
    assert client.generate_video(SEEDED).reused is True


@pytest.mark.parametrize(("word", "rule"), [("on", True), ("OFF", False), ("seeded", None)])
def test_the_rule_is_a_setting(monkeypatch, provider, word, rule):
    monkeypatch.setenv("LLMKIT_REUSE", word)
    assert LLMKitClient(provider).reuse is rule


@pytest.mark.parametrize("reuse", ["yes", 1, 0.0, []])
def test_a_rule_that_is_none_is_refused(client, provider, reuse):
    with pytest.raises(InvalidRequestError, match="reuse is"):
        client.generate_video(SEEDED, reuse=reuse)
    with pytest.raises(InvalidRequestError, match="reuse is"):
        client.reuse = reuse
    assert provider.submitted == []


def test_the_same_request_that_runs_already_shares_its_job(client, provider):
    provider.polls = 10**9
    job = client.submit_video(SEEDED)
    again = client.submit_video(SEEDED)
    assert (again.task_id, again.reused, job.reused) == (job.task_id, True, False)
    loose = client.submit_video(REQUEST)
    assert client.submit_video(REQUEST, reuse=True).task_id == loose.task_id
    provider.polls = 1
    assert again.result(20).video_bytes == job.result(20).video_bytes
    assert provider.submitted == [job.task_id, loose.task_id]


def test_the_same_seed_twice_in_one_call_is_one_job(client, provider):
    first, other, second = client.submit_videos([SEEDED, SEEDED.with_seed(8), SEEDED])
    assert first.task_id == second.task_id != other.task_id
    assert [job.reused for job in (first, other, second)] == [False, False, True]
    assert client.wait([first, other, second])
    assert len(provider.submitted) == 2


def test_threads_that_ask_for_the_same_at_once_share_a_job(client, provider):
    provider.polls = 10**9
    begin = threading.Barrier(8)

    def submit(_: int) -> str:
        begin.wait()
        return client.submit_video(SEEDED).task_id

    with ThreadPoolExecutor(8) as threads:
        [task_id] = set(threads.map(submit, range(8)))
    provider.polls = 1
    assert client.job(task_id).result(20)
    assert provider.submitted == [task_id]


def test_processes_that_ask_for_the_same_at_once_share_a_job(emulator):
    code = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "client = LLMKitClient('runware')\n"
        "request = VideoGenerationRequest('hills [emulator: seconds=2]', model='pixverse-v6',"
        " seed=7)\n"
        "client.resume_once(); print('ready', flush=True); input()\n"
        "job = client.submit_video(request)\n"
        "print(job.task_id, job.reused, job.result(60).status, flush=True)\n"
    )
    with Child(code) as one, Child(code) as two:
        assert [one.line(), two.line()] == ["ready", "ready"]
        one.say()
        two.say()
        told = [one.line().split(), two.line().split()]
    assert told[0][0] == told[1][0]
    assert sorted(each[1] for each in told) == ["False", "True"]
    assert [each[2] for each in told] == ["completed", "completed"]
    assert len(emulator.ledger()) == 1


def test_what_failed_is_made_anew(client, provider):
    provider.on_submit = lambda _: GenerationFailedError("no")
    assert client.generate_video(SEEDED, wait=False).task_id
    [job] = client.jobs()
    with pytest.raises(GenerationFailedError):
        job.result(20)
    provider.on_submit = None
    assert client.generate_video(SEEDED).reused is False


@pytest.mark.parametrize("how", ["purged", "forgotten", "deleted"])
def test_what_is_gone_is_made_anew(client, provider, how):
    made = client.generate_video(SEEDED)
    if how == "purged":
        client.engine.purge(made.elapsed + 10**11, dry_run=False)
    elif how == "forgotten":
        client.forget(made.task_id)
    else:
        made.path.unlink()
    again = client.generate_video(SEEDED)
    assert again.reused is False
    assert again.video_bytes
    assert len(provider.submitted) == 2


def test_a_job_of_another_key_is_not_waited_for(provider, video_bytes):
    class Keyed(ScriptedProvider):
        key = "one"

        @property
        def credential(self):
            from llmkit_jupyter.settings import Secret

            return Secret(self.key)

    one, two = Keyed(video=video_bytes, polls=10**9), Keyed(video=video_bytes)
    two.key = "two"
    job = LLMKitClient(one).submit_video(SEEDED)
    made = LLMKitClient(two).generate_video(SEEDED)
    assert made.task_id != job.task_id
    # Its video is one's own all the same, whichever key has paid for it.
    one.polls = 1
    assert LLMKitClient(one).generate_video(SEEDED).task_id == made.task_id
    assert job.result(20)


def test_what_is_reused_needs_neither_a_price_nor_a_yes_nor_a_budget(client, provider):
    provider.price = 0.9
    client.generate_video(SEEDED)
    client.budget = 0.0
    assert client.generate_video(SEEDED).reused
    assert len(provider.estimated) == 1
    client.budget = None
    # Two that are new and one that is there: the sum is that of the two.
    several = [SEEDED, SEEDED.with_seed(8), SEEDED.with_seed(9), SEEDED.with_seed(9)]
    with pytest.raises(ConfirmationRequiredError) as refused:
        client.submit_videos(several)
    assert refused.value.estimate == pytest.approx(1.8)
    assert client.prices(several) == [0.0, 0.9, 0.9, 0.0]
    client.budget = 1.0
    with pytest.raises(BudgetExceededError):
        client.submit_videos(several, confirm=True)
    assert len(provider.submitted) == 1


def test_where_it_goes_while_its_price_is_looked_at_the_price_is_asked_again(
    client, provider, monkeypatch
):
    made = client.generate_video(SEEDED)
    provider.price = 5.0
    draft = type(client.engine).draft

    def draft_and_forget(*given, **more):
        found = draft(*given, **more)
        if client.jobs():
            client.forget(made.task_id)
        return found

    monkeypatch.setattr(type(client.engine), "draft", draft_and_forget)
    client._prices._told.clear()
    with pytest.raises(ConfirmationRequiredError):
        client.submit_video(SEEDED)
    assert len(provider.submitted) == 1


def test_a_row_that_somebody_has_altered_answers_nothing(client, provider, home):
    made, other = client.generate_video(SEEDED), client.generate_video(SEEDED.with_seed(8))
    sent = client.validate(SEEDED)
    key = likenesses("scripted", "", sent)[0]
    alter(
        home,
        f"UPDATE jobs SET likeness = 'x' WHERE task_id = '{made.task_id}'",
        f"UPDATE jobs SET likeness = '{key}' WHERE task_id = '{other.task_id}'",
    )
    assert client.generate_video(SEEDED).reused is False


def test_a_resting_job_is_taken_up_by_who_asks_for_the_same(client, provider):
    client.engine._runner._polling_seconds = 0.1  # the time after which a job is put to rest
    provider.polls = 10**9
    job = client.submit_video(SEEDED)
    until(lambda: job.notice is not None)
    assert not job.done()
    provider.polls = 1
    client.engine._runner._polling_seconds = 60.0
    again = client.submit_video(SEEDED)
    assert again.task_id == job.task_id
    assert again.result(20).status == "completed"


def test_a_journal_of_an_older_version_knows_what_is_alike(provider, home, video_bytes):
    client = LLMKitClient(provider)
    client.generate_video(SEEDED)
    alter(
        home,
        "DROP TABLE sweeps",
        "DROP TABLE sweep_rows",
        "DROP INDEX jobs_alike",
        "DROP INDEX jobs_alike_any",
        "DROP INDEX jobs_history",
        "ALTER TABLE jobs DROP COLUMN rating",
        "ALTER TABLE jobs DROP COLUMN likeness",
        "ALTER TABLE jobs DROP COLUMN likeness_any",
        "PRAGMA user_version = 4",
    )
    client.engine.journal.close()
    assert client.generate_video(SEEDED).reused
    assert len(provider.submitted) == 1
