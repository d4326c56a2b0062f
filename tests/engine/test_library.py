from __future__ import annotations

import asyncio
import subprocess
import sys
import tracemalloc
import uuid
from pathlib import Path

import pytest

from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.errors import InvalidVideoError, LibraryError
from tests.memory import forget_peak, peak_memory

TASK = str(uuid.uuid4())


def store(home: Path, chunks: list[bytes], task_id: str = TASK):
    library = Library(home)

    async def fetch(sink):
        for chunk in chunks:
            await sink.write(chunk)

    return library, asyncio.run(library.store(task_id, fetch))


def files_of(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_video_is_stored_under_its_task_id_with_what_was_measured(home: Path, video_bytes: bytes):
    library, stored = store(home, [video_bytes[:100], video_bytes[100:]])
    assert stored.name == f"{TASK}.mp4"
    assert library.path(stored.name).read_bytes() == video_bytes
    assert (stored.header.width, stored.header.height, stored.header.duration) == (96, 64, 1.0)
    assert files_of(library.folder) == [stored.name]
    assert library.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_half_a_video_never_gets_the_final_name(home: Path, video_bytes: bytes, part: float):
    with pytest.raises(InvalidVideoError):
        store(home, [video_bytes[: int(len(video_bytes) * part)]])
    assert files_of(home / "library") == []


def test_a_fetch_that_breaks_off_leaves_nothing(home: Path, video_bytes: bytes):
    library = Library(home)

    async def fetch(sink):
        await sink.write(video_bytes[:50])
        raise ConnectionResetError

    with pytest.raises(LibraryError):
        asyncio.run(library.store(TASK, fetch))
    assert files_of(library.folder) == []


def test_a_name_from_outside_is_no_path(home: Path, video_bytes: bytes):
    with pytest.raises(LibraryError, match="not a task id"):
        store(home, [video_bytes], task_id="../../outside")


def test_a_folder_that_cannot_be_made_is_named(home: Path, video_bytes: bytes):
    home.mkdir()
    (home / "library").write_text("a file is in the way")
    with pytest.raises(LibraryError, match="library"):
        store(home, [video_bytes])


def test_a_full_disk_is_told_and_leaves_nothing(home: Path, tmp_path: Path, video_bytes: bytes):
    (tmp_path / "video").write_bytes(video_bytes)
    code = f"""
import asyncio, resource, signal
from pathlib import Path
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.errors import LibraryError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
async def fetch(sink):
    await sink.write(Path({str(tmp_path / "video")!r}).read_bytes())
try:
    asyncio.run(Library(Path({str(home)!r})).store({TASK!r}, fetch))
except LibraryError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be stored" in done.stdout
    assert files_of(home / "library") == []


def test_storing_200_mb_needs_less_than_20_mb_of_memory(home: Path, video_bytes: bytes):
    # The rest of the 200 MB is a box that players skip.
    size = 200 * 2**20
    chunk = bytes(2**20)
    library = Library(home)

    async def fetch(sink):
        await sink.write(video_bytes)
        await sink.write(size.to_bytes(4, "big") + b"free" + bytes(2**20 - 8))
        for _ in range(199):
            await sink.write(chunk)

    forget_peak()
    before = peak_memory()
    tracemalloc.start()
    stored = asyncio.run(library.store(TASK, fetch))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    grown = peak_memory() - before
    assert library.path(stored.name).stat().st_size == size + len(video_bytes)
    assert peak < 20e6
    assert grown < 20e6
