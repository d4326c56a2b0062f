"""What servers say of jobs, in all the shapes that they have for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.providers.diffusion_router.complaints import Complaint
from llmkit_jupyter.providers.diffusion_router.complaints import read as read_complaint
from llmkit_jupyter.providers.diffusion_router.records import Record, read, read_list
from llmkit_jupyter.transport.answers import Answer

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
FIELDS = (
    "id", "video_id", "status", "progress", "created_at", "created", "error", "data", "url",
    "urls", "queue_position", "queue", "seconds", "size", "prompt", "model", "message", "detail",
    "b64_json", "has_more", "loc", "msg", "type", "code", "param",
)  # fmt: skip
bodies = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=8) | anything


def of(**values: object) -> Record:
    record = read({"id": "v1", "status": "queued", **values})
    assert record is not None
    return record


def answer(body: object, status: int = 400, excerpt: str = "as it came") -> Answer:
    return Answer(status=status, headers={}, body=body, excerpt=excerpt)


@pytest.mark.parametrize(
    ("word", "state", "waiting"),
    [
        ("queued", "processing", True), ("pending", "processing", True),
        ("in_progress", "processing", False), ("processing", "processing", False),
        ("running", "processing", False), ("anything at all", "processing", False),
        ("completed", "succeeded", False), ("SUCCESS", "succeeded", False),
        ("succeeded", "succeeded", False), ("failed", "failed", False),
        ("error", "failed", False), ("cancelled", "failed", False), ("canceled", "failed", False),
    ],
)  # fmt: skip
def test_words_for_the_status(word: str, state: str, waiting: bool):
    record = of(status=word)
    assert (record.state, record.waiting, record.status) == (state, waiting, word)


@pytest.mark.parametrize(
    ("told", "share"),
    [(42, 0.42), (42.5, 0.425), (100, 1.0), (0.42, 0.42), (1, 0.01), (0, None), (None, None),
     (-3, None), (101, None), ("42", None), (True, None), (float("nan"), None)],
)  # fmt: skip
def test_progress(told: object, share: float | None):
    assert of(progress=told).progress == share


@pytest.mark.parametrize(
    ("values", "place"),
    [({"queue_position": 3}, 3), ({"queue_position": 0}, 1), ({"queue": {"position": 2}}, 2),
     ({"position_in_queue": 7.0}, 7), ({"queue_position": -1}, None), ({"queue": 5}, None),
     ({}, None)],
)  # fmt: skip
def test_the_place_in_a_queue(values: dict[str, object], place: int | None):
    assert of(**values).queue_position == place


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({"code": "oom", "message": "out of memory"}, "out of memory", "oom"),
        ({"code": 500, "message": "out of memory"}, "out of memory", "500"),
        ({"message": "out of memory"}, "out of memory", None),
        ("out of memory", "out of memory", None),
        (None, None, None),
        ([1], None, None),
    ],
)
def test_errors(error: object, message: str | None, code: str | None):
    record = of(error=error)
    assert (record.error, record.error_code) == (message, code)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "v1", "status": "queued", "created_at": 5},  # vLLM-Omni's shortest
        {"video_id": "v1", "object": "video"},
        {"job_id": "v1", "status": "x"},
        {"data": {"id": "v1", "status": "queued"}},
        {"data": [{"id": "v1", "status": "queued"}]},
        {"id": "v1", "created": 5, "created_at": None, "status": "completed", "data": []},
    ],
)
def test_a_job_wherever_its_id_stands(body: object):
    record = read(body)
    assert record is not None
    assert record.id == "v1"


@pytest.mark.parametrize(
    "body",
    [None, 5, [], {}, {"id": "v1"}, {"id": 5, "status": "x"}, {"id": "", "status": "x"},
     {"id": "x" * 3000, "status": "x"}, {"id": "a\nb", "status": "x"},
     {"error": {"message": "no", "id": "v1"}}, {"detail": "no"}],
)  # fmt: skip
def test_what_is_no_job(body: object):
    assert read(body) is None


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({"url": "https://x.test/v.mp4"}, "https://x.test/v.mp4"),
        ({"urls": ["https://x.test/v.mp4", "b"]}, "https://x.test/v.mp4"),
        ({"data": [{"url": "http://x.test/v.mp4"}]}, "http://x.test/v.mp4"),
        ({"url": "file:///etc/passwd"}, None),
        ({"url": "/srv/outputs/v.mp4", "file_path": "/srv/outputs/v.mp4"}, None),
        ({"url": "s3://bucket/v.mp4"}, None),
        ({"url": None, "urls": None}, None),
        ({"url": "https://" + "x" * 20_000}, None),
    ],
)
def test_an_address_is_one_that_can_be_fetched(values: dict[str, object], url: str | None):
    assert of(**values).url == url


def test_a_prompt_is_kept_whole_since_it_is_compared():
    words = "  A cat\n" * 500
    assert of(prompt=words).prompt == words


def test_lists():
    found = read_list({"data": [{"id": "a", "status": "x"}, 5, {"no": "id"}], "has_more": True})
    assert found is not None
    assert ([record.id for record in found[0]], found[1]) == (["a"], True)
    assert read_list([{"id": "a", "status": "x"}]) is not None
    for wrong in (None, 5, {}, {"data": 5}, {"error": "no"}):
        assert read_list(wrong) is None


@pytest.mark.parametrize(
    ("body", "message", "fields"),
    [
        ({"error": {"message": "no", "param": "body.prompt"}}, "no", ("prompt",)),
        ({"error": "Unauthorized"}, "Unauthorized", ()),
        ({"detail": "no"}, "no", ()),
        ({"detail": [{"loc": ["body", "seconds"], "msg": "bad"}]}, "seconds: bad", ("seconds",)),
        ({"detail": {"message": "no"}}, "no", ()),
        ({"message": "no", "code": 400}, "no", ()),
        ({"error": {"message": {"message": "no"}}}, "no", ()),
        (
            {"error": {"message": 'litellm.BadRequestError: OpenAIException - {"error": '
             "{\"message\": \"bad size\", \"param\": \"size\"}}\n\nLiteLLM: model group 'wan' "
             "failed", "code": "400"}},
            "bad size",
            ("size",),
        ),
        (
            {"error": {"message": "litellm.InternalServerError: OpenAIException - broken\n\n"
             "LiteLLM: x"}},
            "broken",
            (),
        ),
        ({"anything": "else"}, "as it came", ()),
        (None, "as it came", ()),
    ],
)  # fmt: skip
def test_complaints(body: object, message: str, fields: tuple[str, ...]):
    complaint = read_complaint(answer(body))
    assert (complaint.message, complaint.fields) == (message, fields)


def test_a_field_that_is_unknown_is_told_from_one_with_a_wrong_value():
    sent = ["prompt", "seed", "fps"]
    assert Complaint("Unknown parameter: 'seed'.").of_unknown_fields(sent)
    assert Complaint("x", "extra_forbidden", ("fps",)).of_unknown_fields(sent)
    assert not Complaint("seed must be positive", None, ("seed",)).of_unknown_fields(sent)
    assert not Complaint("Unknown parameter: 'size'.").of_unknown_fields(sent)


@given(bodies)
def test_any_json_is_read_or_left_alone(body: object):
    record = read(body)
    assert record is None or record.state in ("processing", "succeeded", "failed")
    read_list(body)
    complaint = read_complaint(answer(body))
    assert len(complaint.message) <= 2000
