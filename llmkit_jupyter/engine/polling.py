"""When to ask again: pure functions, so that every decision can be tested without waiting."""

from __future__ import annotations

FIRST = 1.0  # seconds before the first poll of a job about which nothing is known
FLOOR = 0.5
CAP = 10.0
EARLY_CAP = 15.0  # while the usual time is far from over
MAX_RETRY_AFTER = 120.0
GRACE = 60.0  # seconds that a provider may not show an id yet


def next_delay(
    elapsed: float,
    expected: float | None = None,
    *,
    hint: float | None = None,
    retry_after: float | None = None,
    jitter: float = 0.5,
) -> float:
    """Give the seconds until the next poll.

    Args:
        elapsed: seconds since the job was accepted.
        expected: seconds that such jobs usually take; ``None`` while unknown.
        hint: the provider's own wish for every poll, where asking costs nothing.
        retry_after: what the last answer told us to wait; honoured up to a cap.
        jitter: a random number from 0 to 1; spreads delays by ±10 %, so that clients that
            started together do not stay together.
    """
    if retry_after is not None and retry_after > 0:
        return min(retry_after, MAX_RETRY_AFTER)
    if hint is not None:
        return hint
    spread = 0.9 + 0.2 * jitter
    if expected is None or expected <= 0:
        delay = FIRST if elapsed <= 0 else elapsed / 8
    elif elapsed < 0.8 * expected:
        # Nothing is ready this early; a look now and then still finds an early failure.
        return max(FLOOR, min(0.85 * expected - elapsed, EARLY_CAP)) * spread
    else:
        # Close to the expected end often, then less and less.
        delay = max(expected / 40, (elapsed - expected) / 8)
    return min(max(FLOOR, delay), CAP) * spread


def retry_delay(attempt: int, *, retry_after: float | None = None, jitter: float = 0.5) -> float:
    """Give the seconds before a failed call is repeated; ``attempt`` counts from 1."""
    if retry_after is not None and retry_after > 0:
        return min(retry_after, MAX_RETRY_AFTER)
    return min(0.5 * 2 ** min(attempt - 1, 4), 8.0) * (0.75 + 0.25 * jitter)


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
