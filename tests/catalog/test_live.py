from __future__ import annotations

import asyncio
import json
import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.catalog import live
from llmkit_jupyter.catalog.facts import bundled
from llmkit_jupyter.catalog.live import LiveSchemas
from llmkit_jupyter.errors import NetworkError

MODEL, OTHER, SLUG = "klingai:6@1", "new:model@1", "klingai-2-5-turbo-pro"
REGISTRY = {
    "models": {
        MODEL: {"taskType": "videoInference", "id": SLUG},
        "a:b@1": {"taskType": "imageInference", "id": "picture"},
    }
}
SCHEMA = {"requestSchema": {"properties": {"duration": {"enum": [3]}, "positivePrompt": {}}}}


class Service:
    """Gives the answers in turn, the last one for ever; an exception is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def get(self, url, headers):
        self.asked.append((url, headers))
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def good(body=SCHEMA, etag='"1"'):
    return 200, {"ETag": etag}, body


@pytest.fixture
def clock(monkeypatch):
    """Both clocks, moved by hand."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(live.time, "time", lambda: now[0])
    monkeypatch.setattr(live.time, "monotonic", lambda: now[0])
    return now


def run(awaitable):
    return asyncio.run(awaitable)


def test_the_schema_of_a_model_is_asked_for_below_the_address():
    service = Service(good())
    facts = run(LiveSchemas("http://s", None, service.get).facts(MODEL))
    assert service.asked == [("http://s/resolve/klingai%3A6%401", {})]
    assert (facts.source, facts.durations, facts.sizes) == ("live", (3,), bundled(MODEL).sizes)


def test_the_registry_s_video_models(clock):
    service = Service(good(REGISTRY))
    schemas = LiveSchemas("http://s", None, service.get)
    assert schemas.cached_registry() is None
    assert run(schemas.registry()) == {MODEL: SLUG}
    assert schemas.cached_registry() == {MODEL: SLUG}
    clock[0] += live.REGISTRY_SECONDS - 1
    run(schemas.registry())
    assert len(service.asked) == 1
    clock[0] += 2
    run(schemas.registry())
    assert len(service.asked) == 2


def test_after_an_hour_the_tag_is_sent_and_not_modified_counts_as_new(clock):
    service = Service(good(), (304, {}, None))
    schemas = LiveSchemas("http://s", None, service.get)
    run(schemas.facts(MODEL))
    clock[0] += live.SCHEMA_SECONDS + 1
    assert run(schemas.facts(MODEL)).durations == (3,)
    run(schemas.facts(MODEL))
    assert [headers for _, headers in service.asked] == [{}, {"If-None-Match": '"1"'}]


def test_the_next_process_finds_it_on_disk(tmp_path, clock):
    run(LiveSchemas("http://s", tmp_path, Service(good()).get).facts(MODEL))
    silent = Service(NetworkError("down"))
    again = LiveSchemas("http://s", tmp_path, silent.get)
    assert run(again.facts(MODEL)).durations == (3,)
    assert silent.asked == []
    clock[0] += live.SCHEMA_SECONDS + 1
    # Stale is better than nothing.
    assert run(again.facts(MODEL)).durations == (3,)
    assert len(silent.asked) == 1
    assert {path.suffix for path in tmp_path.iterdir()} == {".json"}


def test_another_service_s_files_are_not_used(tmp_path):
    run(LiveSchemas("http://s", tmp_path, Service(good()).get).facts(MODEL))
    down = Service(NetworkError("down"))
    assert run(LiveSchemas("http://t", tmp_path, down.get).facts(MODEL)).source == "bundled"


def test_jobs_that_begin_together_ask_once():
    service = Service(good())
    schemas = LiveSchemas("http://s", None, service.get)

    async def many():
        return await asyncio.gather(*(schemas.facts(MODEL) for _ in range(50)))

    assert {facts.source for facts in run(many())} == {"live"}
    assert len(service.asked) == 1


def test_one_that_gives_up_does_not_take_the_answer_from_the_others():
    service = Service(good())
    schemas = LiveSchemas("http://s", None, service.get)

    async def two():
        first = asyncio.create_task(schemas.facts(MODEL))
        second = asyncio.create_task(schemas.facts(MODEL))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert run(two()).source == "live"


def test_the_loop_of_a_forked_child_does_not_wait_for_the_parent_s():
    async def never(_url, _headers):
        await asyncio.Event().wait()

    schemas = LiveSchemas("http://s", None, never)
    parent = asyncio.new_event_loop()
    left = parent.create_task(schemas.registry())
    parent.call_later(0.05, parent.stop)
    parent.run_forever()
    schemas._get = Service(good(REGISTRY)).get
    assert run(schemas.registry()) == {MODEL: SLUG}
    for task in asyncio.all_tasks(parent):
        task.cancel()
    parent.run_until_complete(asyncio.gather(left, return_exceptions=True))
    parent.close()


FAILURES = {
    "no network": NetworkError("down"),
    "a fault of the transport's": ValueError("odd"),
    "a fault of the system's": OSError("odd"),
    "a fault of theirs": (500, {}, {"requestSchema": {}}),
    "not there": (404, {}, None),
    "not modified, of nothing": (304, {}, None),
    "a proxy's page": (200, {}, {"please": "log in"}),
    "a list": (200, {}, []),
    "a schema that is none": (200, {}, {"requestSchema": {"properties": 5}}),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_without_an_answer_the_snapshot_serves(answer):
    schemas = LiveSchemas("http://s", None, Service(answer).get)
    assert run(schemas.facts(MODEL)) is bundled(MODEL)
    assert run(schemas.facts(OTHER)) is None
    assert run(schemas.registry()) is None


def test_a_strange_answer_does_not_take_the_place_of_a_good_one(clock):
    schemas = LiveSchemas(
        "http://s", None, Service(good(REGISTRY), (200, {}, {"please": "log in"})).get
    )
    run(schemas.registry())
    clock[0] += live.REGISTRY_SECONDS + 1
    assert run(schemas.registry()) == {MODEL: SLUG}


def test_after_a_failure_it_waits_and_says_so_once(clock, caplog):
    service = Service(NetworkError("down"))
    schemas = LiveSchemas("http://s", None, service.get)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            run(schemas.facts(MODEL))
        assert len(service.asked) == 1
        clock[0] += live.RETRY_SECONDS + 1
        run(schemas.facts(MODEL))
    assert len(service.asked) == 2
    assert caplog.text.count("cannot be had") == 1


def test_a_schema_that_cannot_be_had_is_no_warning(caplog):
    caplog.set_level(logging.INFO)
    schemas = LiveSchemas("http://s", None, Service(NetworkError("down")).get)
    for model in (MODEL, OTHER):
        run(schemas.facts(model))
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_a_model_that_is_not_published_is_no_reason_to_warn(caplog):
    run(LiveSchemas("http://s", None, Service((404, {}, None)).get).facts(MODEL))
    assert caplog.records == []


def test_a_folder_that_cannot_be_written_is_only_no_cache(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert (
        run(LiveSchemas("http://s", file / "x", Service(good()).get).facts(MODEL)).source == "live"
    )


KEPT = {"url": "http://s", "etag": '"1"', "checked": 0, "body": SCHEMA}
DAMAGED = {
    "empty": "",
    "half": json.dumps(KEPT)[:20],
    "no object": "[1]",
    "a text": '"x"',
    "no fields": "{}",
    "odd time": json.dumps({**KEPT, "checked": "soon"}),
    "endless time": json.dumps(KEPT).replace(": 0,", ": 1" + "0" * 400 + ","),
    "no time": json.dumps({**KEPT, "checked": math.nan}),
    "a time to come": json.dumps({**KEPT, "checked": 1e15}),
    "infinite schema": json.dumps(
        {**KEPT, "body": {"requestSchema": {"properties": {"duration": {"minimum": math.inf}}}}}
    ),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_no_reason_to_stop(tmp_path, text):
    schemas = LiveSchemas("http://s", tmp_path, Service(good()).get)
    schemas._place("resolve/klingai%3A6%401").write_text(text)
    assert run(schemas.facts(MODEL)).source == "live"


@pytest.mark.parametrize("tag", ["\u00e9", "a\r\nAuthorization: x", "x" * 1000, 5])
def test_a_tag_that_fits_no_header_is_not_sent(tmp_path, tag):
    service = Service(good())
    schemas = LiveSchemas("http://s", tmp_path, service.get)
    schemas._place("resolve/klingai%3A6%401").write_text(json.dumps({**KEPT, "etag": tag}))
    run(schemas.facts(MODEL))
    assert service.asked[0][1] == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(["models", "requestSchema", "properties", "taskType", "checked", "x"]),
            inside,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(status=st.sampled_from([200, 200, 304, 404, 503]), body=JSON)
def test_any_answer_gives_something_or_nothing(status, body):
    schemas = LiveSchemas("http://s", None, Service((status, {}, body)).get)
    assert isinstance(run(schemas.registry()), (dict, type(None)))
    assert run(schemas.facts(MODEL)) is not None


@given(body=JSON, checked=JSON, etag=JSON)
def test_any_file_gives_something_or_nothing(tmp_path_factory, body, checked, etag):
    folder = tmp_path_factory.mktemp("schemas")
    schemas = LiveSchemas("http://s", folder, Service(NetworkError("down")).get)
    kept = {"url": "http://s", "body": body, "checked": checked, "etag": etag}
    schemas._place("resolve/klingai%3A6%401").write_text(json.dumps(kept))
    schemas._place("registry.json").write_text(json.dumps(kept))
    assert isinstance(run(schemas.registry()), (dict, type(None)))
    assert run(schemas.facts(MODEL)) is not None


def test_what_is_too_large_for_the_disk_is_not_kept_there(tmp_path):
    large = {**SCHEMA, "documentation": "x" * live.MAX_KEPT}
    assert (
        run(LiveSchemas("http://s", tmp_path, Service(good(large)).get).facts(MODEL)).source
        == "live"
    )
    assert list(tmp_path.iterdir()) == []
