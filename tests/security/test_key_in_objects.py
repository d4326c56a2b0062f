"""No object of the API shows the key, whatever is asked of it, and none is copied with it."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport.auth import BearerAuth
from tests.security.canary import KEY, attributes, places, shown_by


@pytest.fixture
def objects(client: LLMKitClient) -> dict[str, object]:
    """All that a person gets to hold, and what works behind it."""
    job = client.submit_video(VideoGenerationRequest("A cat"))
    response = job.result()
    provider = client._providers[client.provider]
    return {
        "client": client,
        "settings": client.settings,
        "sources": client.settings.sources,
        "request": job.request,
        "job": job,
        "response": response,
        "models": client.models(),
        "jobs": client.jobs(),
        "provider": provider,
        **{f"provider.{name}": value for name, value in attributes(provider).items()},
    }


def test_nothing_that_a_person_holds_shows_the_key(objects):
    held = [part for each in objects.values() for part in (each, *attributes(each).values())]
    assert sum(isinstance(part, (Secret, BearerAuth)) for part in held) >= 2
    told = {name: places("\n".join(shown_by(each))) for name, each in objects.items()}
    assert {name: found for name, found in told.items() if found} == {}


def test_nothing_is_copied_or_pickled_with_the_key(objects):
    refused = set()
    for name, each in objects.items():
        for how in (pickle.dumps, copy.deepcopy, _as_dictionary):
            try:
                made = how(each)
            except (TypeError, AttributeError, pickle.PicklingError):
                refused.add(name)
                continue
            text = made.decode("latin-1") if isinstance(made, bytes) else "\n".join(shown_by(made))
            assert places(text) == [], (name, how)
    assert {"client", "settings", "provider"} <= refused


def _as_dictionary(value: object) -> object:
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else repr(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickle.dumps, json.dumps, list, bytes])
def test_a_secret_refuses_to_be_taken_along(how):
    with pytest.raises(TypeError):
        how(Secret(KEY))


def test_a_key_that_is_typed_in_is_in_no_history_and_no_environment(shell, monkeypatch, capsys):
    monkeypatch.setattr("getpass.getpass", lambda _prompt: KEY)
    for cell in ("%llmkit login", "%llmkit config all", "_ = 1", "%xmode Verbose", "%llmkit foo"):
        shell.run_cell(cell, store_history=True)
    assert settings_module.load().api_key == Secret(KEY)
    held = shell.user_ns
    told = [repr(held[name]) for name in ("In", "Out", "_ih", "_oh")]
    told += [repr(shell.history_manager.input_hist_raw), *capsys.readouterr()]
    # What a program that is started from the notebook gets.
    told.append(repr(dict(os.environ)))
    assert "login" in told[0]
    assert places("\n".join(told)) == []
    settings_module.remember_key(None)


def test_a_key_on_the_line_of_a_magic_is_not_repeated(shell, capsys):
    for cell in (f"%llmkit login {KEY}", f"%video --api-key {KEY} A cat"):
        result = shell.run_cell(cell)
        assert result.error_in_exec is not None
        assert places(f"{result.error_in_exec!r}") == []
    assert places("".join(capsys.readouterr())) == []
