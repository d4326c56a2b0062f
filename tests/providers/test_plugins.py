"""Providers of other packages: found by their entry points, chosen by name, used like ours."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llmkit_jupyter import ConfigurationError, LLMKitClient, ProviderNotFoundError
from llmkit_jupyter.providers import plugins, registry
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.settings import load
from tests.processes import told_by

PACKAGE = Path(__file__).with_name("plugin")
USE = """
import json, os, sys
from llmkit_jupyter import ConfigurationError, LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.providers import registry

wanted = VideoGenerationRequest("A red wall", duration=2)
told = {"names": registry.names()}
try:
    LLMKitClient("one-colour")
except ConfigurationError as error:
    told["without"] = str(error)
told["not chosen by itself"] = LLMKitClient().provider
os.environ["ONE_COLOUR"] = "1"
told["providers"] = LLMKitClient().video_providers()
for way in ("argument", "model", "environment"):
    client, request = LLMKitClient("preview"), wanted
    if way == "argument":
        client = LLMKitClient("one_colour")
    elif way == "model":
        request = wanted.with_model("one-colour/flat")
    else:
        os.environ["LLMKIT_VIDEO_PROVIDER"] = "one-colour"
        client = LLMKitClient()
    response = client.generate_video(request)
    told[way] = [response.status, response.provider, response.model, response.duration]
told["models"] = [model.id for model in client.models() if model.provider == "one-colour"]
job = LLMKitClient("preview").job(response.task_id)
told["later"] = [job.status, job.provider, len(job.response.video_bytes) > 500]
try:
    client.generate_video(wanted.with_duration(11))
except Exception as error:
    told["refused"] = str(error)
print(json.dumps(told))
"""


def test_a_package_is_installed_chosen_and_used(tmp_path: Path, home: Path):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--target", str(tmp_path / "packages"), str(PACKAGE)]
    subprocess.run(command, check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "packages"), "LLMKIT_HOME": str(home)}
    environment.pop("LLMKIT_VIDEO_PROVIDER")
    told = told_by([sys.executable, "-c", USE], environment=environment)
    assert told["names"] == ["runware", "diffusion-router", "preview", "one-colour"]
    assert told["without"] == "provider 'one-colour' cannot be used: set ONE_COLOUR to anything"
    assert told["not chosen by itself"] == "preview"
    assert told["providers"] == ["preview", "one-colour"]
    for way in ("argument", "model", "environment"):
        assert told[way] == ["completed", "one-colour", "flat", 2.0]
    assert told["models"] == ["flat"]
    assert told["later"] == ["completed", "one-colour", True]
    assert told["refused"] == "duration is 11; allowed: 1 to 10 seconds for flat"


@pytest.fixture
def package(tmp_path: Path, monkeypatch):
    """Install a module under an entry point's name, as a package of the same name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "_found", None)
    monkeypatch.setattr(plugins, "_told", set())

    def install(name: str, code: str, value: str = "") -> None:
        module = f"plugin_{name.replace('-', '_')}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        importlib.invalidate_caches()
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
        entry = f"[{plugins.GROUP}]\n{name} = {value or module + ':Their'}\n"
        (info / "entry_points.txt").write_text(entry)

    yield install
    plugins._found = None


THEIRS = """
from tests.scripted import ScriptedProvider
class Their(ScriptedProvider):
    name = "{name}"
"""


def test_one_that_was_installed_while_the_process_runs_is_found(package, home):
    with pytest.raises(ProviderNotFoundError, match="'late' not found"):
        LLMKitClient("late")
    package("late", THEIRS.format(name="late"))
    assert LLMKitClient("late").provider == "late"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import nothing_of_that_name", "cannot be loaded: ModuleNotFoundError"),
        ("class Other: pass", "cannot be loaded: AttributeError"),
        ("raise SystemError('no licence')", "cannot be loaded: SystemError: no licence"),
        ("import sys; sys.exit('no licence')", "cannot be loaded: SystemExit: no licence"),
        ("Their = 5", "is no class of llmkit_jupyter's Provider"),
        ("class Their: pass", "is no class of llmkit_jupyter's Provider"),
        (THEIRS.format(name="another"), "calls itself 'another'"),
    ],
    ids=["import", "class", "raises", "ends", "number", "no provider", "name"],
)
def test_a_broken_one_is_named_and_is_in_nobody_else_s_way(package, home, caplog, code, words):
    package("broken", code)
    with pytest.raises(ConfigurationError) as caught:
        LLMKitClient("broken")
    assert words in str(caught.value)
    assert "provider 'broken' of the package plugin_broken" in str(caught.value)
    for _ in range(2):
        client = LLMKitClient()
        assert client.video_providers() == ["preview"]
        assert client.jobs() == []
    assert caplog.text.count("WARNING") == 1


def test_one_that_cannot_be_made_is_in_nobody_s_way_either(package, home, caplog):
    method = "    @classmethod\n    def from_settings(cls, settings):\n"
    code = THEIRS.format(name="moody") + method + "        raise OSError('no disk')\n"
    package("moody", code)
    assert LLMKitClient().jobs() == []
    assert "moody cannot be used" in caplog.text
    with pytest.raises(OSError, match="no disk"):
        LLMKitClient("moody")


def test_a_key_that_is_given_for_one_does_not_become_another_s(package, home):
    package("theirs", THEIRS.format(name="theirs"))
    with pytest.raises(ConfigurationError, match="reads its own"):
        LLMKitClient("theirs", api_key="for-them-alone")


def test_a_name_of_ours_stays_ours(package, home, caplog):
    package("runware", THEIRS.format(name="runware"))
    assert registry.usable(load(home=home)) == ["preview"]
    assert "that name is ours" in caplog.text
    made = registry.create("runware", load(home=home, api_key="x"))
    assert type(made).__module__.startswith("llmkit_jupyter.")


def test_a_model_with_a_slash_is_split_at_a_plugin_s_name_only(package, home):
    package("stable", THEIRS.format(name="stable"))
    assert registry.split_model("stable/video") == ("stable", "video")
    assert registry.split_model("Wan-AI/Wan2.2") == (None, "Wan-AI/Wan2.2")


def test_the_example_is_what_the_page_for_developers_shows():
    page = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
    example = (PACKAGE / "pyproject.toml").read_text("utf-8")
    entry = next(part for part in example.split("\n\n") if plugins.GROUP in part)
    assert entry.partition("\n")[2] in page
    methods = {name for name in vars(Provider) if not name.startswith("_")}
    chapter = page.partition("## A provider of your own")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)", chapter, re.MULTILINE)
    assert set(named) <= methods
    assert {name for name in methods if name in Provider.__abstractmethods__} <= set(named)
