from __future__ import annotations

import threading

import pytest

from llmkit_jupyter import VideoPlayer
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.widgets import pieces
from tests.notebook.fakes import TASK_ID, a_response


def fetch(page, player, start=0, *, part="video", text=False, request="1"):
    page.say(
        player, kind="fetch", request=request, task_id=TASK_ID, part=part, start=start, text=text
    )


def test_it_knows_its_video_and_how_to_play_it(page, finished):
    player = VideoPlayer(finished(task_id=TASK_ID), loop=True, speed=0.5)
    state = page.of(player)[0].data["state"]
    assert (state["loop"], state["speed"]) == (True, 0.5)
    assert state["video"]["task_id"] == TASK_ID
    assert state["video"]["name"] == "a-red-balloon-over-the-sea.mp4"
    assert ["Task id", TASK_ID] in state["video"]["details"]
    assert len(page.sent) == 2


def test_no_bytes_of_a_video_are_part_of_its_state(page, finished, video_bytes):
    player = VideoPlayer(finished(task_id=TASK_ID))
    assert all(each.buffers == [] for each in page.sent)
    assert len(str({**page.of(player)[0].data["state"], "_esm": "", "_css": ""})) < 4000


def test_a_large_video_goes_in_pieces_each_once(page, finished, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 100_000)
    response = finished(250_001, task_id=TASK_ID)
    player = VideoPlayer(response)
    data = b""
    while len(data) < 250_001:
        fetch(page, player, len(data), request=str(len(data)))
        piece = page.wait(
            lambda: [
                each
                for each in page.told(player, "piece")
                if each.data["content"]["request"] == str(len(data))  # noqa: B023
            ],
            "a piece",
        )[0]
        assert len(piece.buffers[0]) <= 100_000
        assert piece.data["content"]["total"] == 250_001
        data += piece.buffers[0]
    assert data == response.video_bytes
    assert len(page.told(player, "piece")) == 3


def test_a_host_without_binary_parts_gets_text(page, finished, video_bytes):
    import base64

    player = VideoPlayer(finished(task_id=TASK_ID))
    fetch(page, player, text=True)
    [piece] = page.wait(lambda: page.told(player, "piece"), "a piece")
    assert piece.buffers == []
    assert base64.b64decode(piece.data["content"]["data"]) == video_bytes


def test_a_start_beyond_the_end_is_an_empty_piece(page, finished):
    player = VideoPlayer(finished(task_id=TASK_ID))
    fetch(page, player, 10**9)
    [piece] = page.wait(lambda: page.told(player, "piece"), "a piece")
    assert piece.buffers == [b""]


def test_the_poster_is_a_picture_and_a_file_without_one_has_none(page, finished, tmp_path):
    player = VideoPlayer(finished(task_id=TASK_ID))
    fetch(page, player, part="poster")
    [piece] = page.wait(lambda: page.told(player, "piece"), "a poster")
    assert piece.buffers[0].startswith(b"\xff\xd8")
    assert piece.data["content"]["mime"] == "image/jpeg"
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    other = VideoPlayer(finished(task_id="other", path=broken))
    page.say(other, kind="fetch", request="2", task_id="other", part="poster", start=0, text=False)
    [refusal] = page.wait(lambda: page.told(other, "refused"), "a refusal")
    assert "no picture" in refusal.data["content"]["message"]


def test_a_file_that_has_gone_is_said(page, finished):
    response = finished(task_id=TASK_ID)
    player = VideoPlayer(response)
    response.path.unlink()
    fetch(page, player)
    [refusal] = page.wait(lambda: page.told(player, "refused"), "a refusal")
    assert "not in the library" in refusal.data["content"]["message"]


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (a_response(), "status is processing"),
        (a_response(status="failed"), "status is failed"),
        ("clip.mp4", "a response, or a job that is done"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(response, words):
    with pytest.raises(InvalidRequestError, match=words):
        VideoPlayer(response)


def test_a_removed_file_is_refused_at_once(finished):
    response = finished(task_id=TASK_ID)
    response.path.unlink()
    with pytest.raises(InvalidRequestError, match="removed from the library"):
        VideoPlayer(response)


def test_unknown_names_are_refused_by_name(finished):
    with pytest.raises(TypeError, match="no field 'lop'; did you mean 'loop'"):
        VideoPlayer(finished(), lop=True)


@pytest.mark.parametrize("speed", [0, 0.01, 17, -1])
def test_a_speed_that_browsers_refuse_is_refused_here(page, finished, speed):
    with pytest.raises(InvalidRequestError, match="speed is"):
        VideoPlayer(finished(), speed=speed)
    player = VideoPlayer(finished())
    with pytest.raises(InvalidRequestError, match=r"0\.0625 to 16"):
        player.speed = speed
    page.write(player, speed=speed)
    assert player.speed == 1


def test_page_and_kernel_change_the_same_speed(page, finished):
    player = VideoPlayer(finished())
    page.write(player, speed=2, loop=True)
    assert (player.speed, player.loop) == (2, True)
    player.speed = 0.5
    assert page.written(player, "speed") == [0.5]


def test_in_a_notebook_it_leaves_the_plain_video(finished):
    response = finished(task_id=TASK_ID)
    bundle = VideoPlayer(response)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" not in bundle
    assert f'class="llmkit-video llmkit-task-{TASK_ID}' in bundle["text/html"]
    assert bundle["image/jpeg"]


@pytest.mark.parametrize("variable", ["VSCODE_PID", "COLAB_RELEASE_TAG"])
def test_elsewhere_it_is_shown_by_the_host_with_the_plain_video_beside_it(
    finished, monkeypatch, variable
):
    monkeypatch.setenv(variable, "1")
    player = VideoPlayer(finished(task_id=TASK_ID))
    bundle = player._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == player.model_id
    assert "<video" in bundle["text/html"]
    assert "llmkit-slot" not in bundle["text/html"]


def test_a_flood_of_questions_has_a_few_threads_for_all_and_every_answer(
    page, finished, monkeypatch
):
    player = VideoPlayer(finished(task_id=TASK_ID))
    gate, began = threading.Event(), []

    def slowly(path, _start):
        began.append(path)
        gate.wait(10)
        return 1, b"x"

    monkeypatch.setattr(pieces, "_read", slowly)
    before = threading.active_count()
    for number in range(300):
        fetch(page, player, request=str(number))
    page.wait(lambda: began, "the first")
    assert threading.active_count() - before <= 4
    gate.set()
    page.wait(lambda: len(page.told(player, "piece")) == 300, "all answers")


def test_a_file_that_cannot_be_read_is_an_answer(page, finished, monkeypatch):
    player = VideoPlayer(finished(task_id=TASK_ID))

    def fails(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pieces, "_read", fails)
    fetch(page, player)
    [refusal] = page.wait(lambda: page.told(player, "refused"), "a refusal")
    assert refusal.data["content"] == {
        "kind": "refused",
        "request": "1",
        "message": "The video's file cannot be read: Permission denied.",
    }
