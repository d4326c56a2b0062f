from __future__ import annotations

import pytest

from llmkit_jupyter.errors import (
    AuthenticationError,
    InvalidVideoError,
    NetworkError,
    RateLimitError,
    ServerError,
    UnreachableError,
    UntrustedServerError,
)
from llmkit_jupyter.transport import retry

NOW = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("-3", None),
        ("soon", None),
        ("7 seconds", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("1e9", 1e9),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
        ("Sun, 06 Nov 1994 09:50:07 +0100", 30),
        ("Sun, 06 Nov 1994 08:50:07", 30),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Sun, 99 Nov 1994 08:00:00 GMT", None),
        ("Sun, 06 Nov 99999999999 08:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_whatever_it_says(value, seconds):
    assert retry.parse_retry_after(value, NOW) == seconds


def test_milliseconds_go_before_seconds_and_nonsense_before_none():
    assert retry.retry_after({"retry-after-ms": "1500", "retry-after": "9"}, NOW) == 1.5
    assert retry.retry_after({"retry-after-ms": "soon", "retry-after": "9"}, NOW) == 9
    assert retry.retry_after({}, NOW) is None


@pytest.mark.parametrize("status", [*range(200, 600), None])
def test_the_statuses_that_pass(status):
    passing = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529}
    assert retry.is_transient(status) == (status in passing)


def test_a_broken_line_passes_and_a_wrong_certificate_does_not():
    assert retry.is_transient(None, NetworkError("x"))
    assert not retry.is_transient(None, UntrustedServerError("x"))
    assert not retry.is_transient(None, ValueError("x"))


def test_delays_double_to_a_cap_and_jitter_takes_off_a_quarter():
    assert [retry.delay(n, jitter=0) for n in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert retry.delay(10_000, jitter=0) == retry.CAP
    assert retry.delay(3, jitter=1) == 1.5


@pytest.mark.parametrize(("told", "waited"), [(3, 3), (0.2, 0.2), (1e9, 120), (0, 0.5), (-1, 0.5)])
def test_what_the_server_asks_for_is_honoured_up_to_a_cap(told, waited):
    assert retry.delay(1, retry_after=told, jitter=0) == waited


LIMITED = RateLimitError("x", retry_after_seconds=3)
BROKEN = NetworkError("x")
BUSY = ServerError("x", status=503)
NONSENSE = ServerError("x", status=200)
UNKNOWN = ServerError("x")


@pytest.mark.parametrize(
    ("failure", "reads", "idempotent", "blind"),
    [
        (LIMITED, 3, 3, 3),
        (BROKEN, 0.5, 0.5, None),
        (BUSY, 0.5, 0.5, None),
        (NONSENSE, 0.5, 0.5, None),
        (UNKNOWN, 0.5, 0.5, None),
        (UnreachableError("x"), 0.5, 0.5, 0.5),  # nothing was sent
        (UntrustedServerError("x"), 8, None, None),
        (ServerError("x", status=501), None, None, None),
        (ServerError("x", status=302), None, None, None),
        (AuthenticationError("x"), None, None, None),
        (InvalidVideoError("x"), None, None, None),
    ],
)
def test_who_tries_again(failure, reads, idempotent, blind):
    def ask(**how: bool) -> float | None:
        return retry.decide(failure, 1, jitter=0, **how)

    assert ask(reads=True) == reads
    assert ask(reads=False, idempotent=True) == idempotent
    assert ask(reads=False, idempotent=False) == blind


def test_a_submission_is_repeated_twice_and_a_poll_without_end():
    for failure in (BROKEN, BUSY, LIMITED):
        tries = [
            retry.decide(failure, n, reads=False, idempotent=True, jitter=0) for n in (1, 2, 3)
        ]
        assert [wait is not None for wait in tries] == [True, True, False]
        assert retry.decide(failure, 1000, reads=True, jitter=0) is not None
