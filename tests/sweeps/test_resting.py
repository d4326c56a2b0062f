"""Jobs of a sweep that nobody asks for: they are neither lost nor waited for."""

from __future__ import annotations

from llmkit_jupyter import LLMKitClient, Sweep, sweep
from tests.processes import Child


def test_what_nobody_asks_for_any_more_holds_nothing_up(client, provider, home):
    """A job that was polled for long enough lies dormant; only a resume goes on with it."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("polling_minutes = 0.005\n")
    provider.open = False
    client = LLMKitClient(provider)
    found = sweep(["a cat", "a dog"], client=client, concurrency=1, timeout=60)
    assert [row.status for row in found] == ["processing"] * 2
    assert len(provider.submitted) == 2
    assert all(row.job.resting for row in found)
    assert found[:1].done()
    provider.open = True
    client.resume()
    assert len(found.wait(60).completed) == 2
    assert len(provider.submitted) == 2


def test_jobs_of_another_key_are_not_waited_for(emulator, monkeypatch):
    emulator.set(seconds=600.0)
    with Child(OF_ANOTHER_KEY) as child:
        assert child.line() == "begun"
        child.kill()
    monkeypatch.setenv("LLMKIT_API_KEY", "other")
    found = Sweep.load("study").wait(60)
    assert [row.status for row in found] == ["processing"]
    assert "another key" in found[0].job.notice


OF_ANOTHER_KEY = """
from llmkit_jupyter import sweep
from tests.engine.waiting import until
found = sweep("a cat", name="study", wait=False)
until(lambda: found.jobs and found[0].job.phase == "generating")
print("begun", flush=True)
input()
"""
