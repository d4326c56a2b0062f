"""Answers in every spelling, and any JSON at all."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Ticket, Update
from llmkit_jupyter.providers.runware.envelope import Envelope, read
from llmkit_jupyter.providers.runware.faults import by_status, category_of, to_error
from llmkit_jupyter.providers.runware.verdict import Verdicts

U = "0f1e2d3c-0000-4000-8000-000000000000"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
words = st.sampled_from(
    [
        "taskUUID", "taskType", "status", "code", "message", "parameter", "videoURL", "mediaURL",
        "outputs", "cost", "seed", "progress", "error", "errors", "data", "allowedValues", "min",
        "documentation", "response",
    ]
)  # fmt: skip
objects = st.dictionaries(words, anything | st.just(U) | st.just("success"), max_size=8)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "data": objects | st.lists(objects | anything, max_size=4),
        "errors": objects | st.lists(objects | anything, max_size=4) | st.text(),
        "error": objects | st.lists(objects, max_size=3) | st.text(),
    },
)


@given(anything | envelopes)
@settings(max_examples=200)
def test_any_json_gives_a_result_or_a_typed_error(body: object):
    envelope = read(body)
    assert envelope is None or isinstance(envelope, Envelope)
    if envelope is None:
        return
    json.dumps([list(envelope.items), list(envelope.faults)])
    for fault in (*envelope.faults.values(), *envelope.loose):
        error = to_error(fault, status=400)
        assert isinstance(error, LLMKitError)
        assert str(error)
        assert len(str(error)) < 5000
    ticket = Ticket(U, U)
    said = envelope.items.get(U) or envelope.faults.get(U)
    assert isinstance(Verdicts().judge(ticket, said), Update)
    assert isinstance(Verdicts().archived(ticket, envelope), Update)
    assert isinstance(by_status(500, "x"), LLMKitError)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"code": "timeoutProvider", "message": "m", "taskUUID": U}]},
        {"errors": {"code": "timeoutProvider", "message": "m", "taskUUID": U.upper()}},
        {"error": {"code": "timeoutProvider", "message": "m", "taskUUID": U}},
        {"error": [{"code": "timeoutProvider", "message": "m", "taskUUID": U}]},
        {"data": [], "errors": [{"code": "timeoutProvider", "message": "m", "taskUUID": U}]},
        {"data": [{"taskUUID": U, "status": "error",
                   "error": {"code": "timeoutProvider", "message": "m"}}]},
        {"data": [{"taskUUID": U, "status": "error", "code": "timeoutProvider", "message": "m"}]},
    ],
)  # fmt: skip
def test_a_failure_is_read_in_every_spelling(body: object):
    envelope = read(body)
    assert envelope is not None
    assert not envelope.items
    assert (envelope.faults[U].code, envelope.faults[U].message) == ("timeoutProvider", "m")


@pytest.mark.parametrize(
    "values",
    [
        {"status": "success", "videoURL": "https://x.test/v.mp4"},
        {"videoURL": "https://x.test/v.mp4"},
        {"status": "success", "mediaURL": "https://x.test/v.mp4"},
        {"status": "success", "outputs": [{"videoURL": "https://x.test/v.mp4"}]},
    ],
)
def test_a_result_is_read_in_every_spelling(values: dict[str, object]):
    envelope = read({"data": [{"taskUUID": U, "cost": 0.5, "seed": 7, **values}]})
    assert envelope is not None
    item = envelope.items[U]
    assert item.finished
    assert (item.url, item.cost, item.seed) == ("https://x.test/v.mp4", 0.5, 7)


def test_an_address_that_is_none_is_not_taken():
    envelope = read({"data": [{"taskUUID": U, "status": "success", "videoURL": "file:///etc"}]})
    assert envelope is not None
    assert envelope.items[U].url is None


def test_what_names_nobody_is_kept_apart_and_a_video_outweighs_an_error():
    envelope = read(
        {
            "data": [{"taskUUID": U, "videoURL": "https://x.test/v.mp4"}, {"balance": 3}],
            "errors": [{"code": "invalidApiKey", "message": "m"}, {"code": "x", "taskUUID": U}],
        }
    )
    assert envelope is not None
    assert list(envelope.items) == [U]
    assert not envelope.faults
    assert [fault.code for fault in envelope.loose] == ["invalidApiKey"]
    assert envelope.others == ({"balance": 3},)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"cost": 0}, (None, None, None)),
        ({"cost": True, "seed": True, "progress": True}, (None, None, None)),
        ({"cost": "1", "seed": -1, "progress": "40"}, (None, None, None)),
        ({"cost": 1, "seed": 0, "progress": 40}, (1.0, 0, 0.4)),
        ({"cost": 1e400, "seed": 2**63, "progress": 900}, (None, None, 1.0)),
    ],
)
def test_odd_numbers_are_not_taken(values, wanted):
    envelope = read({"data": [{"taskUUID": U, **values}]})
    assert envelope is not None
    item = envelope.items[U]
    assert (item.cost, item.seed, item.progress) == wanted


def test_a_message_is_bounded():
    body = {"errors": [{"code": "x", "message": "word " + "y" * 10_000, "taskUUID": U}]}
    envelope = read(body)
    assert envelope is not None
    message = envelope.faults[U].message
    assert message.startswith("word yyy")
    assert len(message) < 600


BLOATED = {
    "errors in words": {"errors": ["a"] * 500_000},
    "errors of many tasks": {"errors": [{"taskUUID": f"x{i}"} for i in range(300_000)]},
    "errors of nobody": {"errors": [{"code": "a"}] * 300_000},
    "items": {"data": [{"taskUUID": f"x{i}", "error": "a"} for i in range(300_000)]},
    "outputs": {"data": [{"taskUUID": U, "outputs": [{}] * 50_000}] * 100},
    "a text of blanks": {"errors": [{"code": "a", "message": " \n" * 5_000_000 + "b"}]},
    "parameters": {"errors": [{"code": "a", "parameter": ["a"] * 500_000}]},
}


@pytest.mark.parametrize("body", BLOATED.values(), ids=BLOATED)
def test_of_a_bloated_answer_only_so_much_is_read(body: object):
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        envelope = read(body)
    finally:
        sys.setprofile(None)
    assert envelope is not None
    assert steps < 2_000_000
    assert len(envelope.items) + len(envelope.faults) <= 10_000
    assert len(envelope.loose) <= 100
    for fault in (*envelope.loose, *envelope.faults.values()):
        assert len(fault.message) + len(fault.parameters) < 1000


def test_a_name_and_an_address_that_are_too_long_are_none():
    values = {"taskUUID": U, "videoURL": "https://x/" + "y" * 10**6}
    envelope = read(
        {"data": [values, {"taskUUID": "z" * 10**6}], "errors": {"taskUUID": "z" * 999}}
    )
    assert envelope is not None
    assert envelope.items[U].url is None
    assert len(envelope.items) == len(envelope.others) == len(envelope.loose) == 1


def test_allowed_values_are_plain_and_short():
    deep: object = []
    for _ in range(600):
        deep = [deep]
    values = [1, 2.5, True, None, "", "a", deep, {"a": 1}, "b" * 200_000, float("inf"), 10**5000]
    envelope = read({"errors": [{"code": "x", "taskUUID": U, "allowedValues": values}]})
    assert envelope is not None
    fault = envelope.faults[U]
    assert fault.allowed[:6] == (1, 2.5, True, None, "", "a")
    assert [len(each) for each in fault.allowed[6:]] == [503]
    json.dumps(fault.allowed, allow_nan=False)
    assert str(to_error(fault))


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"taskUUID": U, "status": "error", "cost": 0.9, "error": {"code": "a"}}},
        {"data": {"taskUUID": U, "status": "error", "cost": 0.9, "error": "a"}},
        {"data": {"taskUUID": U, "error": {"code": "a", "cost": 0.9}}},
        {"errors": [{"taskUUID": U, "code": "a", "cost": 0.9}]},
        {"data": {"taskUUID": U, "cost": 0.9}, "errors": [{"taskUUID": U, "code": "a"}]},
    ],
)
def test_what_a_failure_cost_is_read_wherever_it_stands(body: object):
    envelope = read(body)
    assert envelope is not None
    assert envelope.faults[U].cost == 0.9


@pytest.mark.parametrize("cost", [0, -1, True, "0.9", None, float("nan")])
def test_a_failure_without_a_cost_has_none(cost: object):
    envelope = read({"errors": [{"taskUUID": U, "code": "a", "cost": cost}]})
    assert envelope is not None
    assert envelope.faults[U].cost is None


@pytest.mark.parametrize("error", ["", {}, "late", {"code": "inferenceError"}])
def test_a_video_that_is_there_outweighs_a_word_about_an_error(error):
    item = {"taskUUID": U, "status": "success", "videoURL": "https://x/v.mp4", "error": error}
    envelope = read({"data": [item]})
    assert envelope is not None
    assert envelope.items[U].url == "https://x/v.mp4"
    assert not envelope.faults


@pytest.mark.parametrize("error", ["", {}, None])
def test_an_error_without_content_is_none(error):
    envelope = read({"data": [{"taskUUID": U, "status": "processing", "error": error}]})
    assert envelope is not None
    assert envelope.items[U].status == "processing"


@pytest.mark.parametrize(
    ("codes", "category"),
    [
        (("invalidApiKey missingApiKey unauthorized authenticationFailed authTimeout "
         "invalidAuthentication invalidCredentials missingAuthentication tokenExpired"), "auth"),
        (("forbidden permissionDenied insufficientPermissions accountSuspended "
         "organizationDisabled workspaceSuspended"), "permission"),
        (("insufficientCredits providerInsufficientCredits thirdPartyInsufficientCredits "
         "quotaExceeded paymentRequired environmentPaused"), "quota"),
        (("rateLimitExceeded inferenceRateLimitExceeded providerRateLimitExceeded "
         "inferenceRateLimitRequestTooLarge"), "rate"),
        (("contentPolicyViolation providerContentPolicyViolation sensitiveContentDetected "
         "unsafeContentDetected nsfwContentDetected promptBlocked imageBlocked moderationFailed "
         "invalidProviderContent"), "safety"),
        (("timeoutProvider TIMEOUTPROVIDER providerTimeout providerGatewayTimeout requestTimeout "
         "timeout"), "timeout"),
        ("modelNotFound unknownModel invalidModel", "model"),
        ("taskExpired mediaExpired", "expired"),
        ("taskNotFound mediaNotFound taskFailedOrNotFound", "missing"),
        ("taskCancelled", "cancelled"),
        (("providerError providerUnavailable providerBadGateway providerInternalError "
         "providerUnknownError providerAuthenticationFailed inferenceError processingFailed "
         "taskFailed downloadFailed uploadFailed noAvailableServer modelUnavailable modelDisabled "
         "modelNotReady mediaStorageFileCouldNotBeMoved"), "provider"),
        (("internalServerError serviceUnavailable serverUnavailable standardError "
         "unrecognizedResponse errorRetrievingAccountManagement"), "server"),
        ("unknownError undefinedError defaultError somethingNew", "unknown"),
        (("conflictTaskUUID unsupportedParameter unsupportedTaskType unsupportedDuration "
         "unknownParameter incompatibleParameters invalidDuration invalidWidth "
         "invalidPositivePrompt missingPositivePrompt valueTooLarge arrayTooSmall duplicateX "
         "maxLength mismatchProviderSettingsProvider modelOwnershipValidationError "
         "modelAlreadyExists transparentModelMismatch validationFailed"), "validation"),
    ],
)  # fmt: skip
def test_each_code_of_the_service_has_its_kind(codes: str, category: str):
    assert {code: category_of(code) for code in codes.split()} == dict.fromkeys(
        codes.split(), category
    )
