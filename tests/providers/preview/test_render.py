"""The file: what was asked for, always the same, in constant memory, and it can be stopped."""

import subprocess
import sys
import threading
import tracemalloc

import av
import numpy as np
import pytest

from llmkit_jupyter.providers.preview import encode
from llmkit_jupyter.providers.preview.render import Clip, RenderStopped, frames, render

from .pictures import changed, clip, decoded, drawn, fingerprint

EVERYTHING = (
    "rain snow fog storm city forest mountains sea lake river desert cat dancer train fireworks "
    "aurora planet nebula balloon boat fish bridge house lighthouse waterfall flowers rainbow zoom"
)
STRANGE = [
    "",
    "\0\n\r\t\x1b",
    "\"quotes\" 'and' {braces} <b>html</b> &amp; %s %(x)s \\",
    "\u0301\u0301\u0301",
    "🎈 over the 海 at 日没 🌅",
    "مرحبا بالعالم",
    "\ud800 half a character",
    "x" * 5000,
    "sea " * 1250,
    EVERYTHING,
]


def test_the_file_is_what_was_asked_for(tmp_path):
    path = tmp_path / "clip.mp4"
    seen = []
    render(clip(duration=2), path, on_frame=lambda done, total: seen.append((done, total)))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.width, context.height, stream.average_rate) == (128, 72, 24)
        assert float(stream.duration * stream.time_base) == 2
        assert container.duration == 2_000_000
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert sum(1 for _ in container.decode(stream)) == 48
    assert seen == [(number, 48) for number in range(1, 49)]


def test_the_index_stands_before_the_pictures(tmp_path):
    path = tmp_path / "clip.mp4"
    render(clip(), path)
    data = path.read_bytes()
    assert data[4:8] == b"ftyp"
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_the_file_shows_what_was_drawn(tmp_path):
    path = tmp_path / "clip.mp4"
    render(clip(), path)
    shown = decoded(path)[12][:72]
    ((luma, _u, _v),) = drawn(clip(), [12])
    assert np.mean(np.abs(shown.astype(int) - luma.astype(int))) < 4


def test_the_same_clip_is_the_same_in_another_process(tmp_path):
    prompt = "fireworks, birds, rain and a dancing cat by the sea"
    here, there = tmp_path / "here.mp4", tmp_path / "there.mp4"
    render(clip(prompt), here)
    program = (
        "import sys; from pathlib import Path;"
        "from llmkit_jupyter.providers.preview.render import Clip, render;"
        "render(Clip(sys.argv[1], 1, 128, 72, 1), Path(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", program, prompt, str(there)],
        check=True,
        env={"PYTHONHASHSEED": "77", "PATH": ""},
    )
    assert fingerprint(here) == fingerprint(there)


@pytest.mark.parametrize("prompt", ["a lake with mountains", "city at night", "xyzzy", "你好"])
def test_another_seed_is_another_composition(prompt):
    first, second = (drawn(clip(prompt, seed=seed), [0]) for seed in (1, 2))
    assert changed(first, second) > 0.2


def test_pictures_move():
    first, second = drawn(clip("sea with clouds", duration=2), [0, 40])
    assert changed([first], [second]) > 0.05


@pytest.mark.parametrize("prompt", STRANGE, ids=range(len(STRANGE)))
def test_strange_prompts_render(prompt, tmp_path):
    path = tmp_path / "clip.mp4"
    render(clip(prompt, width=96, height=64, fps=6), path)
    assert len(decoded(path)) == 6


@pytest.mark.parametrize(
    "size", [(64, 64), (66, 98), (180, 320), (256, 256), (64, 720), (1280, 64), (98, 66)]
)
@pytest.mark.parametrize(
    "prompt",
    ["city rain cars bridge", "koi pond blossom waterfall", "planet nebula rocket", EVERYTHING],
)
def test_any_even_size_works(size, prompt):
    what = Clip(prompt, 1, *size, duration=1, fps=2)
    pictures = drawn(what, [0, 1])
    assert all(y.shape == size[::-1] for y, _u, _v in pictures)
    assert all(u.shape == v.shape == (size[1] // 2, size[0] // 2) for _y, u, v in pictures)


def test_pictures_stay_within_limited_range():
    for prompt in ("day snow sun clouds", EVERYTHING, "fireworks aurora planet"):
        for luma, u, v in drawn(clip(prompt), [0, 11, 23]):
            assert luma.min() >= 14
            assert luma.max() <= 235
            assert min(u.min(), v.min()) >= 14
            assert max(u.max(), v.max()) <= 242


def test_memory_does_not_grow_with_the_length(tmp_path):
    def peak(duration):
        tracemalloc.start()
        try:
            render(clip("city rain birds", duration=duration), tmp_path / "clip.mp4")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # fills the caches of fonts
    assert peak(10) < 1.15 * peak(2)


def test_one_picture_is_used_again_and_again():
    pictures = frames(clip())
    assert len({id(next(pictures)) for _ in range(5)}) == 1


def test_stopping_leaves_no_file(tmp_path):
    path, stop, seen = tmp_path / "clip.mp4", threading.Event(), []

    def on_frame(done, _total):
        seen.append(done)
        if done == 5:
            stop.set()

    with pytest.raises(RenderStopped):
        render(clip(duration=5), path, on_frame=on_frame, stop=stop)
    assert seen[-1] == 5
    assert list(tmp_path.iterdir()) == []


def test_stopping_before_the_start_draws_nothing(tmp_path):
    stop = threading.Event()
    stop.set()
    with pytest.raises(RenderStopped):
        render(clip(), tmp_path / "clip.mp4", stop=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_callback_leaves_no_file(tmp_path):
    def on_frame(_done, _total):
        raise KeyError

    with pytest.raises(KeyError):
        render(clip(), tmp_path / "clip.mp4", on_frame=on_frame)
    assert list(tmp_path.iterdir()) == []


def test_two_threads_render_at_once_without_disturbing_each_other(tmp_path):
    prompts = ["a train in the rain", "a lighthouse in a storm"]
    alone = [fingerprint_of(prompt, tmp_path / "alone.mp4") for prompt in prompts]
    together = [""] * 2

    def work(index):
        together[index] = fingerprint_of(prompts[index], tmp_path / f"{index}.mp4")

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def fingerprint_of(prompt, path):
    render(clip(prompt), path)
    return fingerprint(path)


def test_without_any_encoder_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(encode.av, "codecs_available", {"mpeg4"})
    with pytest.raises(RuntimeError, match=r"no H\.264 encoder.*pip install"):
        render(clip(), tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_another_encoder_is_taken_where_x264_is_missing(monkeypatch):
    monkeypatch.setattr(encode.av, "codecs_available", {"libopenh264", "mpeg4"})
    monkeypatch.setattr(encode.av, "Codec", lambda name, mode: (name, mode))
    assert encode.encoder() == "libopenh264"
