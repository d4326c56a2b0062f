from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.engine.polling import (
    CAP,
    EARLY_CAP,
    FLOOR,
    MAX_RETRY_AFTER,
    next_delay,
    retry_delay,
    still_in_grace,
    time_left,
)

seconds = st.floats(0, 10_000)


def schedule(job_seconds: float, expected: float | None) -> list[float]:
    """The times at which a job of that length is polled, the last one at or after its end."""
    times = [next_delay(0.0, expected)]
    while times[-1] < job_seconds:
        times.append(times[-1] + next_delay(times[-1], expected))
    return times


@given(seconds, st.none() | seconds, st.floats(0, 1))
def test_a_delay_is_never_shorter_than_the_floor_nor_longer_than_the_cap(elapsed, expected, jitter):
    delay = next_delay(elapsed, expected, jitter=jitter)
    assert 0.9 * FLOOR <= delay <= 1.1 * max(CAP, EARLY_CAP)


def test_the_wait_told_by_the_provider_is_kept_up_to_a_cap():
    assert next_delay(5, 60, retry_after=7) == 7
    assert next_delay(5, 60, retry_after=1e9) == MAX_RETRY_AFTER
    assert next_delay(5, 60, retry_after=-1) == next_delay(5, 60)


def test_a_provider_for_whom_asking_is_free_sets_the_pace():
    assert next_delay(100, 50, hint=0.1) == 0.1


def test_without_experience_the_delay_grows_with_the_time():
    delays = [next_delay(t) for t in (0, 8, 40, 80)]
    assert delays == sorted(delays)
    assert delays[1] < delays[2]
    assert len(schedule(60, None)) <= 30


@pytest.mark.parametrize("job_seconds", [27, 30, 33])
def test_with_experience_few_polls_find_the_end_early(job_seconds):
    times = schedule(job_seconds, 30)
    assert times[-1] - job_seconds < 0.04 * 30
    assert len(times) <= 14
    assert len([t for t in times if t < 24]) <= 2


def test_clients_that_started_together_do_not_stay_together():
    assert next_delay(20, jitter=0) < next_delay(20, jitter=1)


def test_repeated_failures_wait_longer_and_longer_up_to_a_cap():
    delays = [retry_delay(n) for n in range(1, 8)]
    assert delays == sorted(delays)
    assert delays[-1] == delays[-2] <= 8
    assert retry_delay(100_000) <= 8
    assert retry_delay(1, retry_after=30) == 30
    assert retry_delay(1, retry_after=1e9) == MAX_RETRY_AFTER


def test_an_id_may_be_unknown_for_a_while_but_not_for_ever():
    assert still_in_grace(1)
    assert not still_in_grace(3600)


def test_the_time_left_comes_from_the_progress_else_from_experience():
    assert time_left(10, expected=None, progress=0.5) == 10
    assert time_left(10, expected=40, progress=0.5) == 10
    assert time_left(10, expected=40, progress=None) == 30
    assert time_left(10, expected=40, progress=0.01) == 30
    assert time_left(50, expected=40, progress=None) is None
    assert time_left(10, expected=None, progress=None) is None
