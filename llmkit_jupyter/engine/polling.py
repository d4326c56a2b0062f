"""When to ask again: pure functions, so that every decision can be tested without waiting."""

from __future__ import annotations

from dataclasses import dataclass

from llmkit_jupyter.transport.retry import MAX_RETRY_AFTER

FIRST = 1.0  # seconds before the first poll of a job about which nothing is known
FLOOR = 0.5
CAP = 10.0
EARLY = 15.0  # seconds between looks while the usual time is far from over, at the least
EARLY_CAP = 120.0
SHARING = 10  # jobs in a request; more make the polls no more frequent
MOST_A_SECOND = 200  # questions, where each job has one of its own
GRACE = 60.0  # seconds that a provider may not show an id yet


@dataclass(frozen=True, slots=True)
class Usual:
    """Seconds that jobs of a kind took to generate: in the middle, and the extremes."""

    median: float
    low: float
    high: float


def next_delay(
    elapsed: float,
    usual: Usual | None = None,
    *,
    hint: float | None = None,
    retry_after: float | None = None,
    sharing: int = 1,
    alone: int = 1,
    jitter: float = 0.5,
) -> float:
    """Give the seconds until the next poll.

    Args:
        elapsed: seconds since the job was accepted.
        usual: how long such jobs take; ``None`` while unknown.
        hint: the provider's own wish for every poll, where asking costs nothing.
        retry_after: what the last answer told us to wait; honoured up to a cap.
        sharing: how many jobs the request asks for. It costs each of them a part, so that it
            may come more often.
        alone: how many jobs there are, where each is asked for by a request of its own.
        jitter: a random number from 0 to 1; spreads delays by ±10 %, so that clients that
            started together do not stay together.
    """
    if retry_after is not None and retry_after > 0:
        return min(retry_after, MAX_RETRY_AFTER)
    if hint is not None:
        return hint
    spread = 0.9 + 0.2 * jitter
    share = max(1, min(sharing, SHARING))
    floor = max(FLOOR, min(alone / MOST_A_SECOND, CAP))
    if usual is None or usual.median <= 0:
        delay = FIRST if elapsed <= 0 else elapsed / (12 * share)
        return min(max(floor, delay), CAP) * spread
    # A few jobs say little about the extremes.
    first = min(0.97 * usual.low, 0.88 * usual.median)
    last = max(usual.high, 1.1 * usual.median)
    if elapsed < first:
        # Nothing is ready this early; a look now and then still finds an early failure.
        early = min(max(EARLY, usual.median / 3), EARLY_CAP) * spread
        return max(floor, min(early, first - elapsed))
    # Around the usual end often, then less and less.
    delay = max(0.03 * usual.median, (elapsed - last) / 8) / share
    return min(max(floor, delay), CAP) * spread


def still_in_grace(since_accepted: float) -> bool:
    """Whether a provider that does not show an id may still be catching up."""
    return since_accepted < GRACE


def time_left(elapsed: float, *, expected: float | None, progress: float | None) -> float | None:
    """Estimate the seconds left, from the progress where it says enough, else from experience."""
    if progress is not None and progress >= 0.05:
        return elapsed * (1 - progress) / progress
    if expected is not None and expected > elapsed:
        return expected - elapsed
    return None
