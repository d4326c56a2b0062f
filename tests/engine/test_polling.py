from __future__ import annotations

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.engine.polling import (
    CAP,
    EARLY_CAP,
    FIRST,
    FLOOR,
    MAX_RETRY_AFTER,
    MOST_A_SECOND,
    SHARING,
    Usual,
    next_delay,
    still_in_grace,
    time_left,
)

seconds = st.floats(0, 10_000)
usuals = st.builds(Usual, median=seconds, low=seconds, high=seconds)


def around(median: float, spread: float = 0.1) -> Usual:
    return Usual(median, median * (1 - spread), median * (1 + spread))


def schedule(
    job_seconds: float, usual: Usual | None, jitter: float = 0.5, *, sharing: int = 1
) -> list[float]:
    """The times at which a job of that length is polled, the last one at or after its end."""
    times = [next_delay(0.0, usual, jitter=jitter, sharing=sharing)]
    while times[-1] < job_seconds:
        times.append(times[-1] + next_delay(times[-1], usual, jitter=jitter, sharing=sharing))
    return times


@given(seconds, st.none() | usuals, st.integers(1, 10_000), st.floats(0, 1))
def test_a_delay_is_never_shorter_than_the_floor_nor_longer_than_the_cap(
    elapsed, usual, sharing, jitter
):
    delay = next_delay(elapsed, usual, sharing=sharing, jitter=jitter)
    assert 0.9 * FLOOR <= delay <= 1.1 * max(CAP, EARLY_CAP)


def test_a_crowd_that_is_asked_for_one_by_one_asks_less_often():
    def delay(jobs: int) -> float:
        return next_delay(4, alone=jobs, jitter=0.5)

    assert delay(1) == FLOOR
    assert delay(MOST_A_SECOND) == 1.0
    assert delay(4 * MOST_A_SECOND) == 4.0
    assert delay(10**6) == CAP


def test_the_wait_told_by_the_provider_is_kept_up_to_a_cap():
    assert next_delay(5, around(60), retry_after=7) == 7
    assert next_delay(5, around(60), retry_after=1e9) == MAX_RETRY_AFTER
    assert next_delay(5, around(60), retry_after=-1) == next_delay(5, around(60))


def test_a_provider_for_whom_asking_is_free_sets_the_pace():
    assert next_delay(100, around(50), hint=0.1) == 0.1


def test_without_experience_the_delay_grows_with_the_time():
    # Nothing is ready at once, so the first look comes later than the second after it.
    assert next_delay(0) == FIRST > next_delay(FIRST)
    delays = [next_delay(t) for t in (FIRST, 8, 40, 80)]
    assert all(sooner < later for sooner, later in itertools.pairwise(delays))
    assert len(schedule(60, None)) <= 45


def test_a_request_that_many_jobs_share_comes_more_often_but_costs_each_job_less():
    alone = schedule(60, None)
    shared = schedule(60, None, sharing=20)
    assert len(alone) < len(shared)
    assert len(shared) / 20 < len(alone) / 2
    # However many they are, the service is not asked all the time.
    assert schedule(600, None, sharing=1000) == schedule(600, None, sharing=SHARING)
    assert next_delay(600, sharing=1000) >= 600 / 150
    assert next_delay(60, around(60), sharing=20) == FLOOR < next_delay(60, around(60))
    assert next_delay(10, around(60), sharing=20) == next_delay(10, around(60))


@pytest.mark.parametrize("jitter", [0, 0.5, 1])
def test_twenty_jobs_of_half_a_minute_are_seen_within_a_moment_for_few_requests(jitter: float):
    # The benchmarks' table measures the same over HTTP, which adds less than 0.1 s.
    times = schedule(40, None, jitter, sharing=20)
    assert len(times) / 20 <= 5
    ends = [20 + 0.07 * step for step in range(286)]
    late = [min(time for time in times if time >= end) - end for end in ends]
    assert statistics.median(late) <= 0.3


@pytest.mark.parametrize("median", [20, 30, 60, 120, 300])
@pytest.mark.parametrize("jitter", [0, 0.5, 1])
def test_with_experience_few_polls_find_the_end_early(median: float, jitter: float):
    usual = around(median)
    shares: list[float] = []
    for step in range(-50, 51):
        job_seconds = median * (1 + step / 500)
        times = schedule(job_seconds, usual, jitter)
        shares.append((times[-1] - job_seconds) / job_seconds)
        assert len(times) <= 12
    assert statistics.median(shares) < 0.02


def test_one_job_s_experience_is_not_taken_for_the_whole_truth():
    usual = Usual(60, 60, 60)
    for job_seconds in (54, 60, 66):
        assert schedule(job_seconds, usual)[-1] - job_seconds < 0.04 * 60


def test_clients_that_started_together_do_not_stay_together():
    assert next_delay(20, jitter=0) < next_delay(20, jitter=1)


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
