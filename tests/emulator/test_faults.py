"""Every fault does what its name says, as often as it was asked for."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.emulator.asking import Asker, video_task
from tests.emulator.process import Emulator

BROKEN = httpx.ReadError  # a reset; an orderly end would be a RemoteProtocolError


@pytest.fixture
def asker(emulator: Emulator) -> Iterator[Asker]:
    asker = Asker(emulator)
    yield asker
    asker.close()


@pytest.mark.parametrize("how", ["reset", "timeout", "502"])
def test_a_lost_reply_was_charged_all_the_same(asker, emulator, how) -> None:
    task = video_task(f"A cat [emulator: lost={how}]")
    asker._http.timeout = 0.5
    try:
        assert asker.submit(task).status_code == 502
    except httpx.TransportError as error:
        assert isinstance(error, httpx.ReadTimeout if how == "timeout" else BROKEN)  # noqa: PT017
    assert [row.task_id for row in emulator.ledger()] == [task["taskUUID"]]
    assert asker.submit(task).json()["errors"][0]["code"] == "conflictTaskUUID"


@pytest.mark.parametrize("what", ["reset", "timeout", "500", "408"])
def test_a_refused_submission_was_not_charged(asker, emulator, what) -> None:
    emulator.fault("submit", what)
    asker._http.timeout = 0.5
    task = video_task()
    try:
        assert asker.submit(task).status_code == int(what)
    except httpx.TransportError:
        assert what in ("reset", "timeout")
    assert emulator.ledger() == []
    assert asker.submit(task).status_code == 200


def test_forgotten_ids_are_unknown_and_never_conflict(asker, emulator) -> None:
    task = video_task("A cat [emulator: forget]")
    asker.submit(task)
    assert asker.poll(task["taskUUID"]) == {"data": []}
    emulator.restart()
    assert asker.poll(task["taskUUID"]) == {"data": []}
    assert asker.submit(task).status_code == 200
    assert emulator.ledger()[0].times_charged == 2


def test_what_only_polls_forget_is_still_in_the_details(asker, emulator) -> None:
    task = video_task()
    asker.submit(task)
    emulator.forget(task["taskUUID"], how="poll")
    assert asker.poll(task["taskUUID"]) == {"data": []}
    response = asker.details(task["taskUUID"])["data"][0]["response"]
    assert response["data"][0]["status"] == "success"


@pytest.mark.parametrize("value", ["7", "-5", "1000000000", "soon", None])
def test_429_with_any_retry_after(asker, emulator, value) -> None:
    more = {} if value is None else {"retry_after": value}
    emulator.fault("poll", "429", **more)
    answer = asker.post([{"taskType": "getResponse", "taskUUID": video_task()["taskUUID"]}])
    assert answer.status_code == 429
    assert answer.headers.get("retry-after") == value
    assert answer.json()["errors"][0]["code"] == "rateLimitExceeded"


def test_faults_come_after_so_many_requests_and_end(asker, emulator) -> None:
    emulator.fault("poll", "503", times=2, after=1)
    question = [{"taskType": "getResponse", "taskUUID": video_task()["taskUUID"]}]
    assert [asker.post(question).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert emulator.stats()["faults"] == {"poll:503": 2}


def test_a_misspelt_fault_is_refused(asker, emulator) -> None:
    with pytest.raises(ValueError, match="No fault 'rest' of submit"):
        emulator.fault("submit", "rest")
    with pytest.raises(ValueError, match="No fault 'cut' of poll"):
        emulator.fault("poll", "cut:0.5")
    with pytest.raises(ValueError, match="No detail 'retry' of a fault"):
        emulator.fault("poll", "429", retry=7)
    answer = asker.submit(video_task("A cat [emulator: poll=429,retry=7]"))
    assert answer.json()["errors"][0]["code"] == "invalidMarker"
    answer = asker.submit(video_task("A cat [emulator: fial=x]"))
    assert answer.json()["errors"][0]["code"] == "invalidMarker"


@pytest.mark.parametrize(
    ("what", "media_type", "start"),
    [
        ("html", "text/html", b"<!doctype html>"),
        ("json-error", "application/json", b'{"errors":[{"code":"internalServerError"'),
        ("invalid-json", "application/json", b'{"data":[{"taskTy'),
        ("empty", "application/json", b""),
        ("huge:5000", "application/json", b'{"data":[],"padding":"xxxx'),
    ],
)
def test_another_body_in_a_200(asker, emulator, what, media_type, start) -> None:
    task = video_task()
    asker.submit(task)
    emulator.fault("poll", what)
    answer = asker.post([{"taskType": "getResponse", "taskUUID": task["taskUUID"]}])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.content.startswith(start)
    assert bool(answer.content) == bool(start)


@pytest.mark.parametrize(
    ("what", "check"),
    [
        ("foreign", lambda told, mine: told["data"][0]["taskUUID"] != mine),
        ("foreign-error", lambda told, mine: told["errors"][0]["taskUUID"] != mine),
        ("partial", lambda told, mine: len(told["data"]) == 1),
        ("no-data", lambda told, mine: told == {}),
        ("bare-list", lambda told, mine: told[0]["taskUUID"] == mine),
        ("status:dreaming", lambda told, mine: told["data"][0]["status"] == "dreaming"),
        ("item-error", lambda told, mine: told["data"][0]["error"]["taskUUID"] == mine),
        ("singular-error", lambda told, mine: told["error"]["taskUUID"] == mine),
        ("singular-error-list", lambda told, mine: told["error"][0]["taskUUID"] == mine),
        ("anonymous-error", lambda told, mine: "taskUUID" not in told["errors"][0]),
    ],
)
def test_odd_items(asker, emulator, what, check) -> None:
    tasks = video_task(), video_task()
    asker.submit(*tasks)
    emulator.fault("poll", what)
    assert check(asker.poll(*(task["taskUUID"] for task in tasks)), tasks[0]["taskUUID"])


def test_limits_of_arrays(asker, emulator) -> None:
    emulator.set(max_array=2)
    refused = asker.submit(*(video_task() for _ in range(3)))
    assert refused.status_code == 400
    assert "taskUUID" not in refused.json()["errors"][0]
    emulator.set(max_array=None, answer_only=1)
    assert len(asker.submit(video_task(), video_task()).json()["data"]) == 1
    assert len(emulator.ledger()) == 1
    emulator.set(refuse_ttl=True)
    [error] = asker.submit(video_task(ttl=60)).json()["errors"]
    assert (error["code"], error["parameter"]) == ("unsupportedParameter", "ttl")


def test_files_come_in_ranges(asker) -> None:
    url = asker.make("A cat [emulator: size=100000]")["videoURL"]
    whole = asker.get(url)
    assert len(whole.content) == 100_000
    part = asker.get(url, Range="bytes=99000-", **{"If-Range": whole.headers["etag"]})
    assert part.status_code == 206
    assert part.headers["content-range"] == "bytes 99000-99999/100000"
    assert part.content == whole.content[99_000:]
    assert asker.get(url, Range="bytes=-10").content == whole.content[-10:]
    assert asker.get(url, Range="bytes=5-", **{"If-Range": '"old"'}).status_code == 200
    assert asker.get(url, Range="bytes=100000-").status_code == 416
    assert asker._http.head(url).headers["content-length"] == "100000"


def test_a_cut_file_ends_where_it_was_told_to(asker) -> None:
    url = asker.make("A cat [emulator: size=600000 file=cut:0.5*1 file=no-range]")["videoURL"]
    got = b""
    with pytest.raises(BROKEN), asker._http.stream("GET", url) as answer:  # noqa: PT012
        for chunk in answer.iter_raw():
            got += chunk
    assert len(got) == 300_000
    assert asker.get(url, Range="bytes=300000-").status_code == 200
    assert asker.get(url, Range="bytes=300000-").status_code == 206


def test_lengths_that_lie(asker) -> None:
    prompt = "A cat [emulator: size=100000 file=short-length file=long-length]"
    url = asker.make(prompt)["videoURL"]
    assert len(asker.get(url).content) == 50_000
    with pytest.raises(httpx.RemoteProtocolError, match="100000 bytes, expected 101000"):
        asker.get(url)


def test_another_file_under_the_same_address(asker) -> None:
    url = asker.make("A cat [emulator: size=100000 file=cut:0.5 file=etag-changes]")["videoURL"]
    with pytest.raises(BROKEN), asker._http.stream("GET", url) as answer:  # noqa: PT012
        first = answer.headers["etag"]
        answer.read()
    second = asker.get(url, Range="bytes=50000-")
    assert second.status_code == 206
    assert second.headers["etag"] != first
    assert second.content != asker.get(url).content[50_000:]


@pytest.mark.parametrize("what", ["html", "json-error", "empty", "404*2", "410"])
def test_a_file_that_is_none(asker, what) -> None:
    url = asker.make(f"A cat [emulator: file={what}]")["videoURL"]
    assert b"ftyp" not in asker.get(url).content


def test_slow_endless_and_compressed(asker) -> None:
    url = asker.make("A cat [emulator: file=slow:20 file=endless file=gzip-bomb:9000]")["videoURL"]
    began = time.monotonic()
    with asker._http.stream("GET", url) as answer:
        assert len(next(answer.iter_raw(4))) == 4
    assert time.monotonic() - began > 0.1
    got = 0
    with asker._http.stream("GET", url) as answer:
        for chunk in answer.iter_raw():
            got += len(chunk)
            if got > 2_000_000:
                break
    assert "content-length" not in answer.headers
    with asker._http.stream("GET", url) as answer:
        raw = b"".join(answer.iter_raw())
    assert len(raw) * 10 < len(gzip.decompress(raw))


def test_redirects(asker, emulator) -> None:
    url = asker.make("A cat [emulator: file=redirect:3 file=redirect-origin]")["videoURL"]
    far = asker._http.get(url, follow_redirects=True)
    assert (len(far.history), far.content[4:8]) == (3, b"ftyp")
    elsewhere = asker.get(url)
    assert elsewhere.headers["location"].startswith(emulator.other_origin)
    assert asker.get(elsewhere.headers["location"]).content == far.content


def test_files_are_gone_after_their_time(asker, emulator) -> None:
    url = asker.make()["videoURL"]
    emulator.set(file_lifetime=0.0, gone_status=410)
    assert asker.get(url).status_code == 410


def test_schemas_can_fail_too(asker, emulator) -> None:
    emulator.fault("schema", "503")
    emulator.fault("schema", "invalid-json")
    url = f"{emulator.origin}/schemas/registry.json"
    assert asker.get(url).status_code == 503
    with pytest.raises(ValueError, match="Unterminated"):
        asker.get(url).json()
    assert asker.get(url).json()["models"]
