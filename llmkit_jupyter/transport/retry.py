"""When to try again: pure functions over what came back, so that tests need not wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from llmkit_jupyter.errors import (
    LLMKitError,
    NetworkError,
    NotTakenError,
    RateLimitError,
    ServerError,
    UnreachableError,
)
from llmkit_jupyter.errors import UntrustedServerError as _Untrusted

MAX_RETRY_AFTER = 120.0
"""Seconds; a server that asks for more is asked again after this long."""
FIRST = 0.5  # seconds before the first repetition
CAP = 8.0
SUBMIT_REPEATS = 2

# 520 to 524 and 529 are what a content network in front of a server answers when that is down.
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header: a number of seconds, or a date.

    Args:
        value: the header, or ``None`` where there is none.
        now: wall clock, seconds since 1970.

    Returns:
        Seconds from now, never negative and not capped; ``None`` where nothing usable is said.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
            # Without a zone it is meant as GMT, which is what HTTP dates are.
            seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        seconds = max(seconds, 0.0)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Give the seconds that an answer's headers ask to wait; ``retry-after-ms`` goes first."""
    exact = parse_retry_after(headers.get("retry-after-ms"), now)
    return exact / 1000 if exact is not None else parse_retry_after(headers.get("retry-after"), now)


def is_transient(status: int | None, error: Exception | None = None) -> bool:
    """Whether the same call may succeed a little later.

    Args:
        status: HTTP status of the answer, ``None`` where none came.
        error: what was raised instead. A certificate that cannot be verified is not transient.
    """
    if error is not None:
        return isinstance(error, NetworkError) and not isinstance(error, _Untrusted)
    return status in _TRANSIENT


def delay(attempt: int, *, retry_after: float | None = None, jitter: float = 0.5) -> float:
    """Give the seconds before a failed call is repeated.

    Args:
        attempt: how many tries have failed, from 1.
        retry_after: seconds that the server asked for; honoured up to ``MAX_RETRY_AFTER``.
        jitter: a random number from 0 to 1 that takes up to a quarter off, so that clients that
            failed together do not come back together.
    """
    if retry_after is not None and retry_after > 0:
        return min(retry_after, MAX_RETRY_AFTER)
    return min(FIRST * 2 ** min(attempt - 1, 10), CAP) * (1 - 0.25 * jitter)


def decide(
    failure: LLMKitError, attempt: int, *, reads: bool, idempotent: bool = False, jitter: float
) -> float | None:
    """Give the seconds until the next try, or ``None`` to give up.

    A call that only reads is repeated as long as its failure may pass; how long in all is the
    caller's business. A submission is repeated at most twice, and only where the provider takes
    the same id twice for one job, or where it never began: a rate limit, no connection.

    Args:
        failure: what the last try raised.
        attempt: how many tries have failed, from 1.
        reads: the call changes nothing at the provider.
        idempotent: sending it twice does what sending it once does.
        jitter: a random number from 0 to 1.
    """
    if not reads and attempt > SUBMIT_REPEATS:
        return None
    wait = delay(attempt, retry_after=failure.retry_after_seconds, jitter=jitter)
    if isinstance(failure, (RateLimitError, UnreachableError)):
        return wait
    if isinstance(failure, _Untrusted):
        # A hotel's login page looks like this and goes away. Asking again, still verifying, is
        # harmless; giving up would lose a paid video. A submission has nothing to lose yet.
        return CAP if reads else None
    if not (reads or idempotent) or not _may_pass(failure):
        return None
    return wait


def _may_pass(failure: LLMKitError) -> bool:
    if isinstance(failure, NotTakenError):
        return True
    if isinstance(failure, ServerError):
        # Nonsense under a good status is some proxy's page as a rule.
        status = failure.status
        return status is None or 200 <= status < 300 or is_transient(status)
    return is_transient(None, failure)
