from __future__ import annotations

import getpass
import re
import sys
from types import SimpleNamespace

import pytest

from llmkit_jupyter import rendering, settings
from llmkit_jupyter.errors import (
    ConfigurationError,
    InvalidRequestError,
    JobCancelledError,
    JobNotFoundError,
)
from llmkit_jupyter.notebook import commands, tables
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table
from tests.notebook.fakes import NASTY, stop

KEY = "sk-canary-0123456789"


@pytest.fixture
def shown(monkeypatch):
    """What the subcommands show, as (html, text)."""
    bundles = []
    monkeypatch.setattr(
        tables, "publish", lambda b: bundles.append((b["text/html"], b["text/plain"]))
    )
    return bundles


def run(line, shown):
    commands.run(line)
    return shown[-1]


def test_models(shown):
    html, text = run("models", shown)
    for part in ("runway-gen-4", "1 to 30", "photorealistic", "preview"):
        assert part in html
        assert part in text


def test_jobs_newest_first(client, small, shown):
    first = client.submit_video(small)
    second = client.submit_video(small)
    client.wait([first, second])
    html, text = run("jobs", shown)
    assert text.index(second.task_id) < text.index(first.task_id)
    assert "A red balloon over the sea" in html
    assert "completed" in text
    assert second.task_id in run("jobs 1", shown)[1]
    assert first.task_id not in shown[-1][1]


def test_no_jobs_yet(shown):
    assert "No jobs yet" in run("jobs", shown)[1]
    assert "No unfinished jobs" in run("resume", shown)[1]


@pytest.mark.parametrize("line", ["jobs 0", "jobs many", "jobs 1 2", "jobs -1"])
def test_jobs_refuses(line):
    with pytest.raises(InvalidRequestError, match="how many to list"):
        commands.run(line)


def test_a_cancelled_job_is_called_so(client, long, shown):
    job = client.submit_video(long)
    job.cancel()
    with pytest.raises(Exception, match=r"(?i)cancel"):
        job.result()
    assert "cancelled" in run("jobs", shown)[1]


def test_job_shows_its_video(client, small, capsys):
    job = client.submit_video(small)
    job.result()
    commands.run(f"job {job.task_id}")
    assert "Video 'A red balloon" in capsys.readouterr().out
    commands.run(f"job '{job.task_id}'")
    assert "Video 'A red balloon" in capsys.readouterr().out


def test_resume_shows_what_is_unfinished(client, long, capsys):
    job = client.submit_video(long)
    commands.run("resume")
    assert job.task_id in capsys.readouterr().out
    stop(job)


@pytest.mark.parametrize("name", ["job", "cancel"])
def test_an_unknown_job_is_told(name):
    with pytest.raises(JobNotFoundError):
        commands.run(f"{name} 123")


def test_cancel_stops_a_job_and_shows_it(client, long, shown, capsys):
    job = client.submit_video(long)
    commands.run(f"cancel {job.task_id}")
    assert job.task_id in capsys.readouterr().out
    with pytest.raises(JobCancelledError):
        job.result(20)
    commands.run(f"cancel {job.task_id}")
    assert "nothing to cancel: the job has ended (cancelled)" in shown[-1][1]


def test_the_table_of_jobs_has_titles_and_whole_ids_below_the_prompts(client, small, shown):
    job = client.submit_video(small)
    job.result()
    html, text = run("jobs", shown)
    assert re.search(rf"A red balloon over the sea<br><code[^>]*>{job.task_id}</code>", html)
    assert re.search(r"\d+ \w+, \d\d:\d\d", html)
    assert text.splitlines()[0].split() == [
        *("prompt", "model", "status", "took", "cost", "begun", "task", "id")
    ]


def test_config_tells_values_and_sources_but_no_keys(shown, monkeypatch, home):
    home.mkdir()
    (home / "config.toml").write_text("timeout = 33\n")
    monkeypatch.setenv("LLMKIT_API_KEY", KEY)
    html, text = run("config all", shown)
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()[1:-1]}
    assert rows["api_key"] == ["set", "LLMKIT_API_KEY"]
    assert rows["diffusion_router_api_key"] == ["not", "set", "default"]
    assert rows["provider"] == ["preview", "LLMKIT_VIDEO_PROVIDER"]
    assert rows["timeout"] == ["33", str(home / "config.toml")]
    assert "Videos are made by: preview." in text
    assert KEY not in html + text
    assert "***" not in html


def test_config_shows_what_matters_and_what_was_set(shown, home):
    home.mkdir()
    (home / "config.toml").write_text("result_days = 3\n")
    text = run("config", shown)[1]
    names = [line.split()[0] for line in text.splitlines()[1:-1]]
    assert names == [
        *("provider", "model", "api_key", "budget", "confirm_above", "timeout", "home"),
        "result_days",
    ]
    assert "%llmkit config all shows" in text


def test_a_sentence_about_a_bad_setting_ends_once(shown, monkeypatch):
    def broken():
        raise ConfigurationError("It is broken.")

    monkeypatch.setattr("llmkit_jupyter.client.default_client", broken)
    assert "No provider can be used: It is broken. Argument >" in run("config", shown)[1]


def test_config_with_a_provider_that_cannot_be_used(shown, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "runware")
    assert "No provider can be used: provider 'runware' needs" in run("config", shown)[1]


@pytest.mark.parametrize("line", ["", "help", "--help", "  help  "])
def test_help_lists_all(line, shown):
    text = run(line, shown)[1]
    assert all(f"%llmkit {name}" in text for name in commands.COMMANDS)


@pytest.mark.parametrize("line", ["help jobs", "jobs --help"])
def test_help_of_one(line, shown):
    assert run(line, shown)[1].startswith("%llmkit jobs [HOW_MANY]")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("jbos", "did you mean jobs"),
        ("models -x", "has no option '-x'; known: -d SECONDS, -s SIZE"),
        ("models -d", "-d needs a value"),
        ("budget 5 6", "takes one amount or off"),
        ("budget much", "takes US dollars, such as 5, or off, and got 'much'"),
        ("config x", "takes all or nothing, and got 'x'"),
        ("resume a", "takes nothing after it"),
        ("job", "takes one task id, and got nothing; %llmkit jobs lists them"),
        ("cancel a b", "takes one task id, and got 2 words"),
        ("nested maybe", "takes on, off or status"),
    ],
)
def test_usage_errors(line, told):
    with pytest.raises(UsageError, match=told):
        commands.run(line)


def test_nested_status(shown):
    assert "asyncio.run()" in run("nested", shown)[1]


@pytest.mark.parametrize("payload", NASTY)
def test_a_table_escapes(payload):
    table = Table(("a", "b"), [(payload, payload)], caption=payload, below=1, code=True)
    plain = Table(("a", "b"), [("x", "x")], caption="x", below=1, code=True)
    assert table.as_html().count("<") == plain.as_html().count("<")
    assert "\x1b" not in table.as_text()


def test_outside_a_shell_there_is_no_notebook():
    assert rendering.current_shell() is None
    assert not rendering.in_notebook()


class Keyring(SimpleNamespace):
    """The package `keyring` as far as we use it, in memory."""

    def __init__(self, error=None):
        super().__init__(kept={}, error=error)

    def _check(self):
        if self.error:
            raise self.error

    def get_password(self, service, account):
        self._check()
        return self.kept.get((service, account))

    def set_password(self, service, account, key):
        self._check()
        self.kept[service, account] = key

    def delete_password(self, service, account):
        del self.kept[service, account]


@pytest.fixture
def typed(monkeypatch):
    """Type the key when asked."""
    monkeypatch.setattr(getpass, "getpass", lambda prompt: f" {KEY}\n")


def known_key():
    key = settings.load().api_key
    return None if key is None else key.reveal()


def test_login_keeps_the_key_in_memory(typed, shown):
    html, text = run("login", shown)
    assert known_key() == KEY
    assert KEY not in html + text
    run("login --forget", shown)
    assert known_key() is None


def test_login_with_the_keyring(typed, shown, monkeypatch):
    ring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    run("login --keyring", shown)
    assert known_key() == KEY
    assert list(ring.kept.values()) == [KEY]

    settings.remember_key(None)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: pytest.fail("asked again"))
    assert "is in use" in run("login --keyring", shown)[1]
    assert known_key() == KEY

    assert "taken out" in run("login --forget", shown)[1]
    assert not ring.kept


def test_no_keyring_package(typed, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigurationError, match=r"llmkit-jupyter\[keyring\]"):
        commands.run("login --keyring")


def test_a_keyring_that_fails_does_not_repeat_the_key(typed, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", Keyring(RuntimeError(f"cannot keep {KEY}")))
    with pytest.raises(ConfigurationError, match=r"cannot be used here \(RuntimeError\)") as caught:
        commands.run("login --keyring")
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_key_on_the_line_is_refused_and_not_repeated():
    with pytest.raises(UsageError, match="history") as caught:
        commands.run(f"login {KEY}")
    assert KEY not in str(caught.value)
    assert known_key() is None


@pytest.mark.parametrize("answer", ["", "  ", "two words", "schl\u00fcssel", "a\x00b"])
def test_an_unusable_answer_changes_nothing(answer, monkeypatch):
    settings.remember_key(settings.Secret(KEY))
    monkeypatch.setattr(getpass, "getpass", lambda prompt: answer)
    with pytest.raises(ConfigurationError, match="not a usable key") as caught:
        commands.run("login")
    assert not answer.strip() or answer not in str(caught.value)
    assert known_key() == KEY
