"""Cancelling: what a server did, and never more than that."""

from __future__ import annotations

import pytest

from llmkit_jupyter import JobCancelledError, LLMKitClient
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.providers.diffusion_router.conftest import SMALL, asked, paid_once


def begun(server: Emulator):
    server.set(seconds=60.0)
    job = LLMKitClient().submit_video(SMALL)
    until(lambda: job.provider_status == "in_progress")
    return job


def test_vllm_omni_stops_it(as_dialect):
    job = begun(as_dialect("vllm-omni"))
    job.cancel()
    with pytest.raises(JobCancelledError, match="has stopped and deleted the job"):
        job.result()
    assert (job.status, job.error.code) == ("failed", "cancelled")


def test_sglang_drops_it_and_may_go_on(as_dialect):
    job = begun(as_dialect("sglang"))
    job.cancel()
    with pytest.raises(JobCancelledError, match="may go on computing"):
        job.result()


def test_who_says_no_is_quoted_and_the_video_is_kept(as_dialect):
    server = as_dialect("openai")
    job = begun(server)
    job.cancel()
    until(lambda: "did not stop it" in (job.notice or ""))
    assert "Video is still being generated" in (job.notice or "")
    assert "its video is kept" in (job.notice or "")
    server.finish()
    assert job.result().status == "completed"
    paid_once(server)


@pytest.mark.parametrize("status", ["404", "405", "501"])
def test_who_has_no_way_to_cancel_says_so(server: Emulator, status: str):
    job = begun(server)
    server.fault("cancel", status, times=-1)
    job.cancel()
    until(lambda: "offers no way to cancel" in (job.notice or ""))
    assert server.origin in (job.notice or "")
    server.finish()
    assert job.result().status == "completed"


def test_who_is_busy_is_asked_again(as_dialect):
    server = as_dialect("vllm-omni")
    job = begun(server)
    server.fault("cancel", "409", times=2)
    job.cancel()
    with pytest.raises(JobCancelledError):
        job.result()
    assert asked(server, "cancel") == 3


def test_a_finished_video_is_not_deleted(server: Emulator):
    job = begun(server)
    server.fault("file", "503", times=2)
    server.finish()
    job.cancel()
    assert job.result().status == "completed"
    assert asked(server, "cancel") == 0


def test_a_server_that_cannot_be_asked_leaves_the_job_as_it_is(server: Emulator):
    job = begun(server)
    server.fault("cancel", "reset", times=-1)
    job.cancel()
    until(lambda: "could not be told to cancel" in (job.notice or ""))
    assert not job.done()
    server.calm()
    server.finish()
    assert job.result().status == "completed"
