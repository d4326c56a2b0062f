from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmkit_jupyter.notebook import media
from llmkit_jupyter.notebook.media import Limits, decide, detect_host, place_beside, relative_url
from llmkit_jupyter.settings import Settings

LIMITS = Limits(clip=1000, session=10_000, fallback=8000)


@pytest.mark.parametrize(
    ("size", "embedded", "host", "writable", "expected"),
    [
        (1000, 0, "jupyter", True, "embed"),
        (1001, 0, "jupyter", True, "file"),
        (1000, 9000, "jupyter", True, "embed"),
        (1000, 9001, "jupyter", True, "file"),
        (1001, 0, "jupyter", False, "embed"),
        (8000, 0, "jupyter", False, "embed"),
        (8001, 0, "jupyter", False, "poster"),
        (8001, 0, "jupyter", True, "file"),
        (8000, 0, "colab", True, "embed"),
        (8001, 0, "colab", True, "poster"),
        (8000, 50_000, "vscode", True, "embed"),
        (8001, 0, "vscode", True, "poster"),
    ],
)
def test_decide(size, embedded, host, writable, expected):
    assert decide(size, embedded, LIMITS, host=host, folder_writable=writable) == expected


def test_limits_come_from_the_settings_in_megabytes():
    settings = Settings(home=Path(), embed_clip_mb=0.5, embed_session_mb=3, embed_fallback_mb=0)
    assert Limits.of(settings) == Limits(500_000, 3_000_000, 0)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "jupyter"),
        ({"COLAB_RELEASE_TAG": "r"}, "colab"),
        ({"VSCODE_PID": "1"}, "vscode"),
        ({"VSCODE_PID": "1", "JPY_SESSION_NAME": "/a.ipynb"}, "jupyter"),
    ],
)
def test_detect_host(environment, host):
    assert detect_host(environment) == host


def test_a_video_shown_twice_counts_once():
    ledger = media.Ledger()
    ledger.add("a", 5)
    ledger.add("a", 5)
    ledger.add("b", 7)
    assert (ledger.without("a"), ledger.without("c")) == (7, 12)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "library.mp4"
    path.write_bytes(b"video")
    return path


def test_a_hard_link_is_made_and_used_again(tmp_path, source):
    first = place_beside("id", source, tmp_path / "llmkit_media")
    again = place_beside("id", source, tmp_path / "llmkit_media")
    assert first == again == tmp_path / "llmkit_media" / "id.mp4"
    assert first.samefile(source)


def test_a_copy_where_links_cannot_be_made(tmp_path, source, monkeypatch):
    def refuse(*_):
        raise OSError(1, "not permitted")

    monkeypatch.setattr(os, "link", refuse)
    first = place_beside("id", source, tmp_path / "m")
    assert first.read_bytes() == b"video"
    assert not first.samefile(source)
    assert place_beside("id", source, tmp_path / "m") == first
    assert [p.name for p in (tmp_path / "m").iterdir()] == ["id.mp4"]


def test_another_file_is_never_touched(tmp_path, source):
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "id.mp4").write_bytes(b"theirs")
    (folder / "id-2.mp4").symlink_to(source)
    placed = place_beside("id", source, folder)
    assert placed.name == "id-3.mp4"
    assert (folder / "id.mp4").read_bytes() == b"theirs"
    assert (folder / "id-2.mp4").is_symlink()


def test_an_id_cannot_leave_the_folder(tmp_path, source):
    placed = place_beside("../../etc/x", source, tmp_path / "m")
    assert placed.parent == tmp_path / "m"


def test_can_write(tmp_path):
    assert media.can_write(tmp_path)
    assert media.can_write(tmp_path / "new")
    assert not media.can_write(tmp_path / "no" / "new")
    (tmp_path / "file").touch()
    assert not media.can_write(tmp_path / "file")


def test_relative_url():
    assert relative_url("my media", 'a "b"#1.mp4') == "./my%20media/a%20%22b%22%231.mp4"
