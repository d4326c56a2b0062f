from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from llmkit_jupyter.client import default_client
from llmkit_jupyter.errors import JobCancelledError
from llmkit_jupyter.notebook import extension, live
from tests.engine.waiting import until
from tests.notebook.fakes import FakeJob, a_response


def state(shell):
    """Everything of a shell that an extension could leave something in."""
    manager = shell.magics_manager
    return {
        "line": set(manager.magics["line"]),
        "cell": set(manager.magics["cell"]),
        "registry": set(manager.registry),
        "matchers": len(shell.Completer.custom_matchers),
        "tokens": list(shell.input_transformer_manager.token_transformers),
        "lines": list(shell.input_transformer_manager.line_transforms),
        "cleanup": list(shell.input_transformers_cleanup),
        "events": {name: list(calls) for name, calls in shell.events.callbacks.items()},
        "names": {name for name in shell.user_ns if not name.startswith("_")},
    }


@pytest.fixture
def bare(bare_shell):
    # IPython registers its own magics for extensions when they are first used.
    bare_shell.run_cell("%unload_ext of_no_such_name")
    return bare_shell


def test_loading_brings_the_magics_and_unloading_takes_all_away(bare):
    before = state(bare)
    bare.run_cell("%load_ext llmkit_jupyter")
    assert {"video", "llmkit"} <= set(bare.magics_manager.magics["line"])
    assert "video" in bare.magics_manager.magics["cell"]
    assert state(bare)["matchers"] == before["matchers"] + 1
    bare.run_cell("%unload_ext llmkit_jupyter")
    assert state(bare) == before


def test_it_loads_again_and_reloads(bare):
    bare.run_cell("%load_ext llmkit_jupyter")
    once = state(bare)
    bare.run_cell("%reload_ext llmkit_jupyter")
    extension.load(bare)
    assert state(bare) == once
    bare.run_cell("%unload_ext llmkit_jupyter")
    assert bare.run_cell("%load_ext llmkit_jupyter").success
    assert bare.run_cell("%video -d 1 -s 64x64 -o clip hills").success
    assert bare.user_ns["clip"].status == "completed"


def test_loading_once_more_and_unloading_leave_running_jobs_their_cards(bare):
    before = state(bare)
    extension.load(bare)
    job = FakeJob(a_response())
    seen: list[str] = []
    place = SimpleNamespace(
        update=lambda card: seen.append(card.state), finish=lambda *_: seen.append("end")
    )
    card = live.keep_current(job, place)
    extension.load(bare)
    extension.unload(bare)
    assert live.cards.following() == [card]
    job.become(status="completed")
    until(lambda: seen and seen[-1] == "end")
    # The next cell finds nothing to look after.
    bare.run_cell("pass")
    bare.run_cell("pass")
    assert state(bare) == before


def test_somebody_elses_magic_of_that_name_stays(bare):
    extension.load(bare)
    bare.register_magic_function(lambda line: "theirs", magic_name="video")
    extension.unload(bare)
    assert bare.run_line_magic("video", "") == "theirs"


def test_unfinished_jobs_of_an_earlier_process_are_resumed_and_told(bare, capsys):
    script = (
        "import os\n"
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "r = VideoGenerationRequest('A city', duration=30, width=1280, height=720, seed=1)\n"
        "print(LLMKitClient().submit_video(r).task_id, flush=True)\n"
        "os._exit(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    task_id = done.stdout.strip()
    extension.load(bare)
    told = capsys.readouterr()
    assert "Resumed 1 unfinished job of an earlier session" in told.out + told.err
    job = default_client().job(task_id)
    job.cancel()
    with pytest.raises(JobCancelledError):
        job.result(20)


@pytest.mark.parametrize("breakage", ["config", "journal", "home"])
def test_what_is_broken_does_not_keep_it_from_loading(bare, home, breakage, capsys):
    home.parent.mkdir(exist_ok=True)
    if breakage == "home":
        home.write_text("a file where the folder should be")
    else:
        home.mkdir()
        name = "config.toml" if breakage == "config" else "jobs.db"
        (home / name).write_text("[[ no toml, and no database")
    assert bare.run_cell("%load_ext llmkit_jupyter").success
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    if breakage == "config":
        assert "config.toml is not valid TOML" in told.out
        assert len(told.out.strip().splitlines()) == 1
    assert "video" in bare.magics_manager.magics["line"]


def test_loading_is_light(home):
    script = (
        "import json, sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "before = set(sys.modules)\n"
        "shell.run_cell('%load_ext llmkit_jupyter')\n"
        "assert 'video' in shell.magics_manager.magics['cell']\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = json.loads(done.stdout.strip().splitlines()[-1])
    assert "llmkit_jupyter.notebook.magics" in loaded
    heavy = {"av", "numpy", "httpx", "anywidget", "ipywidgets", "PIL", "nest_asyncio2", "keyring"}
    heavy |= {"llmkit_jupyter.client", "llmkit_jupyter.engine.engine", "jsonschema"}
    assert not heavy & set(loaded)
    assert not home.exists()
