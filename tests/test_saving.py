from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmkit_jupyter import InvalidRequestError, LLMKitError, OutputExistsError, saving
from llmkit_jupyter.response import VideoGenerationResponse


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "library.mp4"
    path.write_bytes(b"a video" * 1000)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "a folder \u732b"
    path.mkdir()
    return path


def test_the_file_is_copied_whole_and_its_path_returned(video: Path, folder: Path):
    target = saving.save_copy(video, folder / "garden.mp4")
    assert target == folder / "garden.mp4"
    assert target.read_bytes() == video.read_bytes()
    assert [path.name for path in folder.iterdir()] == ["garden.mp4"]


def test_a_missing_suffix_comes_from_the_video(video: Path, folder: Path):
    assert saving.save_copy(video, str(folder / "garden")).name == "garden.mp4"


def test_a_folder_gets_a_free_name_each_time(video: Path, folder: Path):
    names = [saving.save_copy(video, folder, name="koi-pond").name for _ in range(3)]
    assert names == ["koi-pond.mp4", "koi-pond-2.mp4", "koi-pond-3.mp4"]


def test_nothing_is_overwritten_unless_asked(video: Path, folder: Path):
    there = folder / "mine.mp4"
    there.write_text("precious")
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        saving.save_copy(video, there)
    assert there.read_text() == "precious"
    saving.save_copy(video, there, overwrite=True)
    assert there.read_bytes() == video.read_bytes()


def test_a_link_is_never_written_through(video: Path, folder: Path):
    outside = folder / "outside"
    outside.write_text("precious")
    link = folder / "link.mp4"
    link.symlink_to(outside)
    with pytest.raises(OutputExistsError):
        saving.save_copy(video, link)
    saving.save_copy(video, link, overwrite=True)
    assert outside.read_text() == "precious"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "a file or a folder"),
        ("a\0b", "a file or a folder"),
        (5, "a file or a folder"),
        ("no/such/folder/x.mp4", "a folder that exists"),
        ("no-such-folder/", "a folder that exists"),
        ("~no-such-user-here/x.mp4", "a file or a folder"),
        ("x" * 300, "a file or a folder|at most 255 bytes"),
        ("x" * 254, "at most 255 bytes"),
    ],
)
def test_a_path_that_cannot_be_used_is_named(video: Path, path: object, words: str):
    with pytest.raises(InvalidRequestError, match=words) as caught:
        saving.save_copy(video, path)  # type: ignore[arg-type]
    assert caught.value.field == "path"


def test_a_file_where_a_folder_should_be(video: Path, folder: Path):
    (folder / "file").write_text("x")
    with pytest.raises(InvalidRequestError, match="no folder"):
        saving.save_copy(video, folder / "file" / "x.mp4")


def test_a_full_disk_is_told_and_leaves_nothing(video: Path, folder: Path):
    # A limit on the size of files is the nearest thing to a full disk that needs no mount.
    code = f"""
import resource, signal
from pathlib import Path
from llmkit_jupyter import InvalidRequestError, saving
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    saving.save_copy(Path({str(video)!r}), Path({str(folder / "x.mp4")!r}))
except InvalidRequestError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "a file that can be written" in done.stdout
    assert list(folder.iterdir()) == []


def test_the_saved_file_has_ordinary_modes(video: Path, folder: Path):
    mask = os.umask(0o022)
    try:
        target = saving.save_copy(video, folder / "x.mp4")
    finally:
        os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o644


def test_saving_without_a_video_says_what_to_do():
    waiting = VideoGenerationResponse(status="processing", task_id="abc")
    with pytest.raises(LLMKitError, match=r"LLMKitClient\(\)\.poll_video\('abc'\)"):
        waiting.save("x.mp4")


def test_the_size_is_read_only():
    response = VideoGenerationResponse(status="processing")
    assert response.size == 0
    assert response.video_bytes is None
    with pytest.raises(AttributeError):
        response.size = 5  # type: ignore[misc]
