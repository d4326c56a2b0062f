from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.widgets.messages import (
    ASKED,
    FIELDS,
    as_meant,
    as_told,
    field_fault,
    message_fault,
)

ALL = frozenset(ASKED)
GOOD = {
    "hello": {},
    "cancel": {"task_id": "a"},
    "fetch": {"request": "1", "task_id": "a", "part": "video", "start": 0, "text": False},
    "generate": {"id": "1", "confirm": False, "form": {"prompt": "hills"}},
    "rate": {"task_id": "a", "rating": 3},
    "reuse": {"task_id": "a", "vary": True},
    "upload": {"id": "1", "name": "a.png", "total": 10, "start": 0, "data": "AAAA"},
    "show": {"task_id": "a"},
    "save": {"id": "1", "task_id": "a"},
    "forget": {"id": "1", "task_id": "a"},
    "refresh": {},
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=8,
)


def test_every_kind_has_a_good_message_here():
    assert set(GOOD) == ALL


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_a_good_message_is_taken_and_one_with_less_more_or_another_type_is_not(kind):
    good = {"kind": kind, **GOOD[kind]}
    assert message_fault(good, ALL) is None
    assert message_fault(good, frozenset())
    assert message_fault({**good, "extra": 1}, ALL)
    for name in GOOD[kind]:
        assert message_fault({n: v for n, v in good.items() if n != name}, ALL)
        assert message_fault({**good, name: [{"a": []}]}, ALL)


@given(ANY)
def test_whatever_comes_is_judged_and_nothing_breaks(message):
    assert message_fault(message, ALL)
    for name in FIELDS:
        assert field_fault(name, message) is None or isinstance(field_fault(name, message), str)


def test_a_picture_above_the_limit_and_half_a_character_are_refused():
    upload = {"kind": "upload", **GOOD["upload"]}
    assert message_fault({**upload, "total": 20_000_001}, ALL)
    assert message_fault({**upload, "start": -1}, ALL)
    assert "UTF-8" in (field_fault("prompt", "\ud83d") or "")
    assert "UTF-8" in (field_fault("options", {"a": ["\udc00"]}) or "")


def test_numbers_are_whole_and_truth_is_no_number():
    assert field_fault("duration", None) is None
    assert field_fault("duration", 5) is None
    for value in (5.5, "5", True, [5], 10**30):
        assert field_fault("duration", value)


def test_a_seed_beyond_a_page_s_numbers_goes_as_its_digits():
    assert as_told("seed", 2**53 - 1) == 2**53 - 1
    assert as_told("seed", 2**63 - 1) == "9223372036854775807"
    assert as_told("count", 2**60) == 2**60
    assert field_fault("seed", "9223372036854775807") is None
    assert as_meant("seed", "9223372036854775807") == 2**63 - 1
    assert as_meant("prompt", "9223372036854775807") == "9223372036854775807"
    for value in ("12", "-9223372036854775807", "92233720368547758070", "9" * 16 + "x"):
        assert field_fault("seed", value)


def test_what_is_no_json_or_too_deep_for_it_is_refused():
    deep = {}
    for _ in range(400):
        deep = {"a": deep}
    assert "cannot be read" in (field_fault("options", deep) or "")
    assert "cannot be read" in (field_fault("prompt", memoryview(b"as a buffer beside")) or "")
    generate = {"kind": "generate", **GOOD["generate"]}
    assert "cannot be read" in (message_fault({**generate, "form": {"options": deep}}, ALL) or "")
