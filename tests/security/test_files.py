"""Nothing outside is overwritten by saving, and nobody else reads what is kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, OutputExistsError, VideoGenerationRequest, saving
from tests.scripted import ScriptedProvider

PNG = b"\x89PNG\r\n\x1a\n"
NAMES = {
    "../../etc/passwd": "etc-passwd",
    "/etc/passwd": "etc-passwd",
    "C:\\Windows\\system.ini": "c-windows-system-ini",
    "\\\\server\\share": "server-share",
    "a\0b\nc\x1b[31m": "a-b-c-31m",
    "..": "video",
    "-rf *": "rf",
    "~root": "root",
    "$(reboot) `reboot` %PATH%": "reboot-reboot-path",
    "CON": "con-video",
    "nul.": "nul-video",
    "Com1": "com1-video",
    "lpt\u00b9": "lpt\u00b9-video",
    "Concert": "concert",
    "\u202egpj.exe": "gpj-exe",
    "a" * 300: "a" * 48,
    "\U0001d573" * 300: "\U0001d573" * 48,
}


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes)


@pytest.mark.parametrize(("prompt", "name"), NAMES.items(), ids=lambda text: ascii(text)[:20])
def test_a_name_made_from_a_prompt_is_a_name_in_the_folder(home, provider, tmp_path, prompt, name):
    response = LLMKitClient(provider).generate_video(VideoGenerationRequest(prompt))
    folder = tmp_path / "out"
    folder.mkdir()
    assert response.save(folder) == folder / f"{name}.mp4"
    assert [path.name for path in folder.iterdir()] == [f"{name}.mp4"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that somebody else can write as well; something precious lies outside."""
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "video.mp4").write_bytes(b"a video" * 1000)
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("where", ["target", "part"])
def test_a_link_that_is_put_there_while_it_is_saved(
    place: Path, monkeypatch, overwrite: bool, links: bool, where: str
):
    precious, target = place.parent / "precious", place / "x.mp4"

    def meddled(copy):
        def copying(*args, **kwargs):
            [part] = place.glob(".*.part")
            link = part if where == "part" else target
            link.unlink(missing_ok=True)
            link.symlink_to(precious)
            return copy(*args, **kwargs)

        return copying

    for name in ("copyfile", "copyfileobj"):
        monkeypatch.setattr(saving.shutil, name, meddled(getattr(saving.shutil, name)))
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", _no_links)
    if where == "target" and not overwrite:
        with pytest.raises(OutputExistsError):
            saving.save_copy(place.parent / "video.mp4", target)
    else:
        saving.save_copy(place.parent / "video.mp4", target, overwrite=overwrite)
    assert precious.read_text() == "precious"
    assert list(place.glob(".*.part")) == []


def _no_links(*_) -> None:
    raise OSError(95, "no links here")


def test_a_folder_that_is_a_link_is_no_way_round_the_question(place: Path):
    (place / "mine.mp4").write_text("precious")
    (place.parent / "link").symlink_to(place)
    with pytest.raises(OutputExistsError):
        saving.save_copy(place.parent / "video.mp4", place.parent / "link" / ".." / "link/mine.mp4")
    assert (place / "mine.mp4").read_text() == "precious"


@pytest.mark.parametrize("before", [None, 0o755], ids=["new home", "home of 0755"])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_what_is_kept_is_nobody_else_s_whatever_the_umask(
    home: Path, tmp_path: Path, provider, umask: int, before: int | None
):
    (tmp_path / "first.png").write_bytes(PNG)
    out = tmp_path / "out.mp4"
    if before is not None:
        home.mkdir()
        home.chmod(before)
    met: list[str] = []
    seen: set[str] = set()

    async def look_and_write(sink) -> None:
        await sink.write(provider.video[:500])
        met.extend(_open_to_others(home))
        seen.update(_names(home))
        await sink.write(provider.video[500:])

    provider.on_fetch = look_and_write
    old = os.umask(umask)
    try:
        request = VideoGenerationRequest("x").with_image(str(tmp_path / "first.png"))
        response = LLMKitClient(provider).generate_video(request)
        response.save(out)
    finally:
        os.umask(old)
    assert {"jobs.db", "library", "inputs"} <= _names(home)
    assert any(name.endswith(".part") for name in seen)
    assert met == _open_to_others(home) == []
    assert stat.S_IMODE(home.stat().st_mode) == (0o700 if before is None else before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~umask


def _names(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*")}


def _open_to_others(home: Path) -> list[str]:
    """What others may read or change: its own mode allows it, and that of every folder above."""
    shut = {path for path in (home, *home.rglob("*")) if not path.stat().st_mode & 0o077}
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if not {path, *path.parents} & (shut - {home})
    ]
