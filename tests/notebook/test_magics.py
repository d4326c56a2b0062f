from __future__ import annotations

import threading
import time

import pytest

from llmkit_jupyter import LLMKitClient, errors, rendering
from llmkit_jupyter.caution import ModelSubstitutionWarning, caution
from llmkit_jupyter.client import default_client
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import live, surfaces
from llmkit_jupyter.providers.preview.provider import PreviewProvider
from llmkit_jupyter.response import VideoGenerationResponse
from tests.notebook.fakes import stop

SMALL = "-d 1 -s 64x64 --seed 1"


def run(shell, cell):
    return shell.run_cell(cell)


def failure(shell, cell, capsys):
    """Run a cell that must fail; give its error and what was printed for it."""
    capsys.readouterr()
    result = run(shell, cell)
    assert result.success is False
    told = capsys.readouterr()
    return result.error_in_exec, told.out + told.err


def prompts():
    return [job.request.prompt for job in LLMKitClient().jobs()]


def test_a_line_makes_a_video_and_binds_the_response(shell):
    assert run(shell, f"%video {SMALL} -o clip A cat's toy {{1/0}} $x \\n").success
    clip = shell.user_ns["clip"]
    assert isinstance(clip, VideoGenerationResponse)
    assert (clip.status, clip.width, clip.height, clip.duration) == ("completed", 64, 64, 1.0)
    assert clip.request.prompt == "A cat's toy {1/0} $x \\n"
    assert clip.request.seed == 1


@pytest.mark.parametrize(
    "prompt",
    [
        "What is love?",
        "What??",
        "a trailing backslash \\",
        "unbalanced \" ' ''' quotes (and [brackets",
        "<b>bold</b> & \u0634\u0645\u0633 \U0001f388 # no comment",
        "%video %%video !ls ?x",
    ],
)
def test_the_line_is_no_code(shell, prompt):
    assert run(shell, f"x = 1\nif x:\n    %video {SMALL} -b -o job {prompt}\ny = 2").success
    assert shell.user_ns["job"].request.prompt == prompt
    assert shell.user_ns["y"] == 2
    shell.user_ns["job"].result()


def test_the_body_of_a_cell_is_the_prompt(shell):
    body = "  A cat's toy\n\n{1/0} $x %video ? \\\n>> end  "
    assert run(shell, f"%%video {SMALL} -o clip\n\n{body}\n\n").success
    assert shell.user_ns["clip"].request.prompt == body


def test_five_thousand_characters(shell):
    prompt = "\U0001f388a{" * 1667
    assert run(shell, f"%%video {SMALL} -o clip\n{prompt}").success
    assert shell.user_ns["clip"].request.prompt == prompt


def test_expressions_in_the_line_are_never_run(shell):
    shell.user_ns["ran"] = ran = []
    run(shell, f"%video {SMALL} -b -o job {{ran.append(1)}} {{ran}}")
    run(shell, f"%%video {SMALL} --vars -b -o job2\n{{ran.append(1)}} {{ran[0]}}")
    assert ran == []
    assert shell.user_ns["job"].result().request.prompt == "{ran.append(1)} {ran}"
    shell.user_ns["job2"].result()
    assert shell.user_ns["job2"].request.prompt == "{ran.append(1)} {ran[0]}"


def test_variables_on_request(shell):
    shell.user_ns["season"] = "autumn"
    run(shell, f"%video {SMALL} --vars -o clip A forest in {{season}}")
    assert shell.user_ns["clip"].request.prompt == "A forest in autumn"


def test_count_gives_a_list(shell):
    run(shell, f"%video {SMALL} -n 2 -o clips hills")
    assert [c.status for c in shell.user_ns["clips"]] == ["completed"] * 2
    assert len({c.task_id for c in shell.user_ns["clips"]}) == 2
    run(shell, f"%video {SMALL} -n 1 -o clips hills")
    assert len(shell.user_ns["clips"]) == 1


def test_background_gives_the_job(shell, capsys):
    run(shell, f"%video {SMALL} -b -o job hills")
    job = shell.user_ns["job"]
    assert isinstance(job, VideoJob)
    assert job.task_id in capsys.readouterr().out
    assert job.result().status == "completed"


def test_a_magic_returns_nothing_and_shows_itself_once(shell, capsys):
    result = run(shell, f"%video {SMALL} hills")
    assert result.result is None
    assert capsys.readouterr().out.count("Video 'hills'") == 1


def test_options_go_before_settings(shell, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "runware")
    monkeypatch.setenv("LLMKIT_VIDEO_MODEL", "pika-1.0")
    run(shell, f"%video {SMALL} -p preview -m kling-2.0 -o clip hills")
    assert (shell.user_ns["clip"].provider, shell.user_ns["clip"].model) == ("preview", "kling-2.0")
    run(shell, f"%video {SMALL} -p preview -o clip hills")
    assert shell.user_ns["clip"].model == "pika-1.0"


@pytest.mark.parametrize(
    ("cell", "error", "told"),
    [
        ("%video -d 50 sea", errors.InvalidRequestError, "duration is 50; allowed: 1 to 30"),
        ("%video -m pica-1.0 sea", errors.ModelNotFoundError, "did you mean pika-1.0"),
        ("%video -p previw sea", errors.ProviderNotFoundError, "preview"),
        ("%video -p runware sea", errors.AuthenticationError, "LLMKIT_API_KEY"),
        ("%video --modle x sea", errors.LLMKitError, "did you mean --model?"),
        ("%video -s 64x64", errors.InvalidRequestError, "prompt is ''"),
        ("%%video -s 64x64\n  \n", errors.InvalidRequestError, "prompt is"),
        ("%%video sea\nbody", errors.LLMKitError, "takes options only"),
        ("%video --vars {nowhere}", errors.InvalidRequestError, "no variable nowhere"),
        ("%video -o in sea", errors.InvalidRequestError, "output is 'in'"),
        ("%llmkit jbos", errors.LLMKitError, "did you mean jobs"),
    ],
)
def test_bad_input_is_a_typed_error_without_a_traceback(shell, cell, error, told, capsys):
    raised, text = failure(shell, cell, capsys)
    assert isinstance(raised, error)
    assert told in text
    assert f"{type(raised).__name__}: " in text
    assert "Traceback" not in text
    assert "File" not in text
    assert prompts() == []


def test_a_failed_magic_stops_the_cell(shell, capsys):
    failure(shell, "before = 1\n%video -d 50 sea\nafter = 1", capsys)
    assert "before" in shell.user_ns
    assert "after" not in shell.user_ns


def test_a_failed_generation_raises_and_keeps_the_job(shell, capsys):
    def cancel():
        while not (jobs := default_client().jobs(unfinished=True)):
            time.sleep(0.01)
        jobs[0].cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    raised, text = failure(shell, "%video -d 30 -o clip A city at night", capsys)
    thread.join()
    assert isinstance(raised, errors.JobCancelledError)
    assert "Traceback" not in text
    assert shell.user_ns["clip"].error.code == "cancelled"


def test_a_wait_that_runs_out_keeps_the_job(shell, capsys, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_TIMEOUT", "0.05")
    raised, text = failure(shell, "%video -d 30 -o clip A city at night", capsys)
    assert isinstance(raised, errors.VideoTimeoutError)
    job = shell.user_ns["clip"]
    assert job.status == "processing"
    assert job.task_id in text
    stop(job)


def test_an_interrupt_keeps_the_job_and_says_how_to_get_it_back(shell, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("llmkit_jupyter.job.wait_all", interrupted)
    capsys.readouterr()
    result = run(shell, "%video -d 30 -o clip A city at night")
    told = "".join(capsys.readouterr())
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    job = shell.user_ns["clip"]
    assert job.status == "processing"
    assert "clip is the job now." in told
    assert f"%llmkit job {job.task_id} shows it again." in told
    assert "Traceback" not in told
    stop(job)


def test_each_job_has_one_card(shell, monkeypatch):
    # As in a kernel, where the client's own waiting shows cards too.
    monkeypatch.setattr(rendering, "_waiting", live.waiting)
    shown = []
    place = surfaces.TerminalSurface.place
    monkeypatch.setattr(
        surfaces.TerminalSurface,
        "place",
        lambda self, card, job: shown.append(card) or place(self, card, job),
    )
    run(shell, f"%video {SMALL} -n 2 hills")
    assert len(shown) == 2
    run(shell, "from llmkit_jupyter import LLMKitClient; c = LLMKitClient()")
    run(shell, "c.wait(c.jobs(2)); c.generate_video(c.jobs(1)[0].request)")
    assert len(shown) == 5


def test_an_interrupt_of_several_says_that_the_list_holds_them(shell, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("llmkit_jupyter.job.wait_all", interrupted)
    capsys.readouterr()
    run(shell, "%video -d 30 -n 2 -o many A city at night")
    told = "".join(capsys.readouterr())
    assert told.count("many is the list of the 2 jobs now.") == 1
    assert "the 2 jobs go on" in told
    for job in shell.user_ns["many"]:
        stop(job)


def test_interrupting_a_job_in_a_cell_is_one_line(shell, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    run(shell, "%video -d 30 -b -o job A city at night")
    job = shell.user_ns["job"]
    with monkeypatch.context() as patched:
        patched.setattr(type(job._live.ended), "result", interrupted)
        capsys.readouterr()
        run(shell, "job.result()")
    told = "".join(capsys.readouterr()).strip()
    assert told.startswith("KeyboardInterrupt: Stopped waiting; the job goes on.")
    assert len(told.splitlines()) == 1
    stop(job)


def test_a_seed_and_a_count_make_different_videos(shell):
    run(shell, "%video -d 1 -s 64x64 --seed 7 -n 3 -o clips hills")
    assert [clip.seed for clip in shell.user_ns["clips"]] == [7, 8, 9]


def test_a_warning_is_its_sentence_and_no_more(shell, capsys, monkeypatch):
    checked = PreviewProvider.validate

    def warned(self, request):
        caution("Another model makes it.", ModelSubstitutionWarning)
        return checked(self, request)

    monkeypatch.setattr(PreviewProvider, "validate", warned)
    for _ in range(2):
        capsys.readouterr()
        run(shell, f"%video {SMALL} -n 2 hills")
        told = capsys.readouterr()
        assert told.out.splitlines().count("Another model makes it.") == 1
        assert told.err == ""
    # A line of Python is told where it stands, as Python does.
    run(shell, "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest as R")
    with pytest.warns(ModelSubstitutionWarning, match="Another model makes it"):
        run(shell, "job = LLMKitClient().submit_video(R('hills', duration=1, width=64, height=64))")
    shell.user_ns["job"].result()


def test_a_model_of_runwares_says_that_a_key_is_missing(shell, capsys):
    raised, text = failure(shell, "%video -m pixverse-v6 A cat", capsys)
    assert isinstance(raised, errors.ModelNotFoundError)
    assert "it is one of Runware's models (PixVerse v6): set LLMKIT_API_KEY or %llmkit" in text
    assert "it is one of Runware's models: " in failure(shell, "%video -m a:1@2 A cat", capsys)[1]


def test_an_error_of_ours_that_was_not_foreseen_keeps_its_traceback(shell, capsys, monkeypatch):
    monkeypatch.setattr(LLMKitClient, "submit_videos", lambda *_: 1 / 0)
    _, text = failure(shell, "%video sea", capsys)
    assert "Traceback" in text


@pytest.mark.parametrize("cell", ["%video", "%video --help", "%%video -h\nx"])
def test_help(shell, cell, capsys):
    assert run(shell, cell).success
    assert "%%video [options]" in capsys.readouterr().out


@pytest.mark.parametrize("cell", ["%video?", "%%video?", "%video ?", "?%video"])
def test_a_question_mark_explains(shell, cell, capsys, monkeypatch):
    pages = []
    monkeypatch.setattr("IPython.core.page.page", lambda text, **_: pages.append(str(text)))
    assert run(shell, cell).success
    assert "Make a video from a prompt" in "".join(pages) + capsys.readouterr().out
