from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import pytest

from llmkit_jupyter import ConfigurationError, LLMKitClient, LLMKitError, settings
from llmkit_jupyter.settings import Secret


def load(env: dict[str, str] | None = None, config: str | None = None, **arguments):
    home = arguments.pop("home")
    if config is not None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(config, encoding="utf-8")
    return settings.load({"LLMKIT_HOME": str(home), **(env or {})}, **arguments)


def test_an_argument_beats_the_environment_which_beats_the_file(home: Path):
    config = 'timeout = 1\nmodel = "from-file"\nprovider = "from-file"'
    env = {"LLMKIT_VIDEO_TIMEOUT": "2", "LLMKIT_VIDEO_MODEL": "from-environment"}
    found = load(env, config, home=home, timeout=3)
    assert (found.timeout, found.model, found.provider) == (3, "from-environment", "from-file")
    assert found.sources["timeout"] == "argument timeout"
    assert found.sources["model"] == "LLMKIT_VIDEO_MODEL"
    assert found.sources["provider"].endswith("config.toml")


def test_the_page_s_default_wait_is_ten_minutes(home: Path):
    assert load(home=home).timeout == 600
    assert load({"LLMKIT_VIDEO_TIMEOUT": "600"}, home=home).timeout == 600
    assert load({"LLMKIT_VIDEO_TIMEOUT": " 2.5 "}, home=home).timeout == 2.5


@pytest.mark.parametrize("text", ["0", "-5", "soon", "nan", "inf", "1e400"])
def test_a_bad_number_names_the_variable_and_what_is_allowed(home: Path, text: str):
    with pytest.raises(ConfigurationError, match=r"LLMKIT_VIDEO_TIMEOUT.*greater than 0"):
        load({"LLMKIT_VIDEO_TIMEOUT": text}, home=home)


@pytest.mark.parametrize("folder", ["~no-such-user-here/x", "a\0b"])
def test_a_folder_that_cannot_be_is_named(folder: str):
    with pytest.raises(ConfigurationError, match=r"argument home.*a folder"):
        settings.load({}, home=folder)


def test_an_empty_variable_counts_as_not_set(home: Path):
    assert load({"LLMKIT_VIDEO_PROVIDER": " "}, home=home).provider is None


def test_either_key_variable_serves_and_ours_goes_first(home: Path):
    env = {"RUNWARE_API_KEY": "theirs"}
    found = load(env, home=home).api_key
    assert found is not None
    assert found.reveal() == "theirs"
    found = load({**env, "LLMKIT_API_KEY": "ours"}, home=home).api_key
    assert found is not None
    assert found.reveal() == "ours"


def test_a_key_shows_itself_nowhere(home: Path):
    canary = "sk-canary-4711"
    found = load({"LLMKIT_API_KEY": canary}, home=home)
    shown = [repr(found), str(found.api_key), f"{found.api_key}", f"{found.api_key!r}"]
    assert not any(canary in text for text in shown)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(found.api_key)


def test_a_key_that_cannot_be_a_header_is_refused_without_being_shown(home: Path):
    with pytest.raises(ConfigurationError) as caught:
        load({"LLMKIT_API_KEY": "sch\u00fcssel-canary"}, home=home)
    assert "LLMKIT_API_KEY" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-can\nary", "sk-can\tary", "sk-can\x7fary"])
def test_a_key_with_a_line_break_is_told_with_its_setting(home: Path, key: str):
    with pytest.raises(ConfigurationError) as caught:
        load({"LLMKIT_DIFFUSION_ROUTER_API_KEY": key}, home=home)
    assert "LLMKIT_DIFFUSION_ROUTER_API_KEY" in str(caught.value)
    assert "ary" not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:30000", "gpu-box", "127.0.0.1:30000"])
def test_an_address_without_its_beginning_is_told_as_such(home: Path, url: str):
    with pytest.raises(ConfigurationError, match=r"without http:// or https:// before it"):
        load({"LLMKIT_DIFFUSION_ROUTER_URL": url}, home=home)


def test_a_key_does_not_belong_in_the_file(home: Path):
    with pytest.raises(ConfigurationError, match="does not belong in a file") as caught:
        load(config='api_key = "sk-canary"', home=home)
    assert "canary" not in str(caught.value)


def test_a_remembered_key_serves_until_it_is_forgotten(home: Path):
    settings.remember_key(Secret("typed"))
    try:
        found = load(home=home)
        assert found.api_key == Secret("typed")
        assert found.sources["api_key"] == "%llmkit login"
        assert load({"LLMKIT_API_KEY": "env"}, home=home).api_key == Secret("env")
    finally:
        settings.remember_key(None)
    assert load(home=home).api_key is None


def test_an_unknown_setting_is_told_with_the_nearest(home: Path):
    with pytest.warns(UserWarning, match=r"timeoutt.*did you mean timeout"):
        assert load(config="timeoutt = 5", home=home).timeout == 600
    with pytest.raises(ConfigurationError, match="did you mean timeout"):
        load(home=home, timeoutt=5)


def test_a_file_that_is_no_toml_is_named(home: Path):
    with pytest.raises(ConfigurationError, match=r"config\.toml is not valid TOML"):
        load(config="timeout = ", home=home)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b"])
def test_the_media_folder_stays_visible_and_beside_the_notebook(home: Path, name: str):
    with pytest.raises(ConfigurationError, match=r"visible folder|a text"):
        load(config=f"media_folder = '{name}'", home=home)


KEY = "sk-canary-0123456789abcdef"


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": {"LLMKIT_BUDGET": "abc"}},
        {"environment": {"LLMKIT_RUNWARE_URL": "ftp://x"}},
        {"arguments": {"timeout": -1}},
        {"arguments": {"budget": -1}},
        {"arguments": {"provider": "nope"}},
        {"arguments": {"api_key": f"{KEY}\u00e9"}},
    ],
    ids=str,
)
def test_a_traceback_that_shows_all_variables_shows_no_key(monkeypatch, wrong):
    arguments = wrong.get("arguments", {})
    if arguments:
        arguments = {"api_key": KEY, **arguments}
    else:
        monkeypatch.setenv("LLMKIT_API_KEY", KEY)
    for name, value in wrong.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LLMKitError) as caught:
        LLMKitClient(**arguments)
    assert caught.tb.tb_next is not None
    # This function's own frame holds the key; those of the package must not.
    shown = traceback.TracebackException(
        caught.type, caught.value, caught.tb.tb_next, capture_locals=True
    )
    assert "Secret('***')" in "".join(shown.format())
    assert KEY not in "".join(shown.format())
