from __future__ import annotations

import pickle

import pytest

import llmkit_jupyter
from llmkit_jupyter import errors, failure


def test_every_error_has_the_one_base_and_a_code_of_its_own():
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.LLMKitError)
    ]
    assert len(classes) > 15
    codes = [cls.code for cls in set(classes)]
    assert len(set(codes)) == len(codes)


def test_every_public_name_can_be_had_and_nothing_else():
    for name in llmkit_jupyter.__all__:
        assert getattr(llmkit_jupyter, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'VideoStudioo'"):
        llmkit_jupyter.VideoStudioo  # noqa: B018


def test_builtin_classes_catch_ours_where_people_expect_it():
    assert issubclass(errors.VideoTimeoutError, TimeoutError)
    assert issubclass(errors.OutputExistsError, FileExistsError)
    assert issubclass(errors.InvalidRequestError, ValueError)
    assert issubclass(errors.JobNotFoundError, KeyError)


def test_the_message_is_the_sentence_itself():
    assert str(errors.JobNotFoundError("There is no job.")) == "There is no job."
    assert str(errors.OutputExistsError("path", "a.mp4", "a new name")) == (
        "path is 'a.mp4'; allowed: a new name"
    )


def test_a_long_value_is_cut_in_the_middle():
    text = errors.shorten("x" * 5000)
    assert len(text) <= 80
    assert "..." in text


def test_the_nearest_names_are_offered():
    known = ["runway-gen-4", "kling-2.0"]
    assert errors.nearest("runway-gen4", known).startswith("did you mean runway-gen-4?")
    assert errors.nearest("zzz", known) == "known: runway-gen-4, kling-2.0"


@pytest.mark.parametrize("code", ["cancelled", "network", "submission_unknown", "content_filtered"])
def test_a_failure_read_back_from_the_journal_has_its_class_again(code):
    error = failure.to_exception(failure.VideoError(code, "why"), task_id="t", provider="p")
    assert (error.code, str(error), error.task_id, error.provider) == (code, "why", "t", "p")
    assert type(error) is not errors.GenerationFailedError
    unknown = failure.to_exception(failure.VideoError("somethingElse", "why"))
    assert isinstance(unknown, errors.GenerationFailedError)
    assert unknown.code == "somethingElse"


def test_a_plain_reason_can_be_pickled():
    reason = failure.VideoError("network", "gone")
    assert pickle.loads(pickle.dumps(reason)) == reason


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidRequestError("duration", 99, "1 to 30", provider="preview"),
        errors.ModelNotFoundError("x", "known: y", provider="preview"),
        errors.OutputExistsError("path", "a.mp4", "a new name"),
        errors.RateLimitError("slow down", retry_after_seconds=3.0),
        errors.VideoTimeoutError("no video", task_id="t"),
        errors.JobNotFoundError("no job", task_id="t"),
    ],
)
def test_errors_travel_between_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_a_value_that_cannot_be_shown_is_still_named():
    assert errors.shorten(10**5000) == "a int that cannot be shown"


def test_the_first_llmkit_s_name_for_a_timeout():
    assert llmkit_jupyter.TimeoutError is errors.VideoTimeoutError
    assert "TimeoutError" not in llmkit_jupyter.__all__
