from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from llmkit_jupyter import rendering
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.notebook import media, tables
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.display import (
    done_line,
    render_card,
    render_note,
    render_response,
    render_value,
    summary,
    video_bundle,
)
from llmkit_jupyter.notebook.tables import Table, show, show_text
from llmkit_jupyter.settings import Settings
from tests.notebook.fakes import NASTY, FakeJob, a_response

# What JupyterLab's sanitizer keeps in an untrusted notebook, of what we use.
KEPT = {
    "video": {"src", "poster", "controls", "loop", "preload", "width", "style"},
    "figure": {"style", "class"},
    "figcaption": {"style"},
    "img": {"src", "width", "alt", "style"},
    "div": {"style", "class", "dir"},
    "span": {"style"},
}
LOST = {"aria-label"}  # is dropped without harm


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.all = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def one(self, tag):
        (found,) = [attributes for name, attributes in self.all if name == tag]
        return found


def player(bundle):
    return Elements(bundle["text/html"]).one("video")


def test_a_small_video_is_embedded_whole(finished):
    response = finished()
    bundle = render_response(response)
    assert set(bundle) == {"text/html", "text/plain", "image/jpeg"}
    video = player(bundle)
    kind, _, data = video["src"].partition(",")
    assert kind == "data:video/mp4;base64"
    assert base64.b64decode(data) == response.video_bytes
    assert video["preload"] == "metadata"
    assert {"controls", "loop"} <= set(video)
    assert "autoplay" not in video
    assert base64.b64decode(bundle["image/jpeg"])[:3] == b"\xff\xd8\xff"
    assert video["poster"] == f"data:image/jpeg;base64,{bundle['image/jpeg']}"


def test_the_caption_and_the_summary_tell_the_facts(finished):
    response = finished(prompt="A red balloon", cost=0.25, elapsed=3.0)
    bundle = render_response(response)
    for fact in ("A red balloon", "runway-gen-4", "1 s", "96\u00d764", "seed 1", "$0.25"):
        assert fact in bundle["text/html"]
        assert fact in bundle["text/plain"]
    assert "\n" not in bundle["text/plain"]
    assert done_line(response) == "Done in 3 s \u00b7 runway-gen-4 \u00b7 $0.25"


def test_a_reused_video_says_what_it_had_cost_and_that_nothing_was_charged(finished):
    response = finished(cost=0.25, elapsed=3.0, reused=True)
    bundle = render_response(response)
    for fact in ("reused from the library", "nothing charged; it had cost $0.25"):
        assert fact in bundle["text/html"]
        assert fact in bundle["text/plain"]
    assert done_line(response) == (
        "Reused from the library \u00b7 runway-gen-4 \u00b7 nothing charged; it had cost $0.25"
    )


def test_a_50_mb_video_adds_at_most_100_kb_and_is_linked(finished):
    response = finished(size=50_000_000, width=3840, height=2160)
    bundle = render_response(response)
    assert len(json.dumps(bundle)) < 100_000
    src = player(bundle)["src"]
    assert re.fullmatch(r"\./llmkit_media/[\w-]+\.mp4", src)
    assert Path(src).samefile(response.path)
    assert "in llmkit_media/" in bundle["text/html"]


def test_the_folder_of_the_settings_is_used(finished, monkeypatch):
    (Path.cwd() / "home").mkdir()
    (Path.cwd() / "home" / "config.toml").write_text('media_folder = "my clips"\n')
    monkeypatch.setenv("LLMKIT_HOME", str(Path.cwd() / "home"))
    src = player(render_response(finished(size=2_000_000)))["src"]
    assert src.startswith("./my%20clips/")
    assert Path(unquote(src)).is_file()


def test_the_session_limit_sends_further_videos_beside_the_notebook(finished):
    settings = Settings(home=Path(), embed_session_mb=1.5)
    kinds = [
        player(video_bundle(finished(size=900_000, task_id=name), settings=settings))["src"][:4]
        for name in ("a", "a", "b")
    ]
    assert kinds == ["data", "data", "./ll"]


def test_where_nothing_serves_files_more_is_embedded(finished):
    assert player(video_bundle(finished(size=7_000_000), host="vscode"))["src"][:5] == "data:"
    assert not Path("llmkit_media").exists()


def test_what_fits_nowhere_is_a_picture_and_the_files_place(finished):
    response = finished(size=9_000_000)
    bundle = video_bundle(response, host="colab")
    assert "<video" not in bundle["text/html"]
    assert Elements(bundle["text/html"]).one("img")["src"].startswith("data:image/jpeg;base64,")
    assert str(response.path) in bundle["text/html"]


def test_a_folder_that_cannot_be_written_after_all(finished, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(media, "place_beside", full)
    assert player(render_response(finished(size=2_000_000)))["src"][:5] == "data:"
    assert "<video" not in render_response(finished(size=9_000_000))["text/html"]


def test_a_damaged_file_is_shown_without_a_picture(finished):
    response = finished()
    response.path.write_bytes(b"not a video")
    bundle = render_response(response)
    assert "image/jpeg" not in bundle
    assert "poster" not in player(bundle)


def test_a_file_that_is_gone_is_told(finished):
    response = finished()
    response.path.unlink()
    bundle = render_response(response)
    assert "was removed from the library" in bundle["text/plain"]
    assert "<video" not in bundle["text/html"]


def test_a_broken_config_does_not_hide_the_video(finished, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_TIMEOUT", "soon")
    assert player(render_response(finished()))["src"].startswith("data:")


@pytest.mark.parametrize("payload", NASTY)
def test_everything_from_outside_is_escaped(finished, payload):
    def shape(bundle):
        return [(tag, sorted(attributes)) for tag, attributes in Elements(bundle["text/html"]).all]

    plain = shape(render_response(finished(prompt="x")))
    nasty = finished(prompt=payload, model=payload, provider=payload, format=payload)
    assert shape(render_response(nasty)) == plain


@pytest.mark.parametrize("size", [None, 9_000_000])
@pytest.mark.parametrize("host", ["jupyter", "colab"])
def test_an_untrusted_notebook_keeps_all_that_matters(finished, size, host):
    html = video_bundle(finished(size=size), host=host)["text/html"]
    for tag, attributes in Elements(html).all:
        assert set(attributes) - LOST <= KEPT[tag] | {"class"}
    assert "<source" not in html


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(1280, 720, 640), (3840, 2160, 640), (720, 1280, 270), (96, 64, 320), (None, None, 640)],
)
def test_the_player_fits_in_the_cell(finished, width, height, shown):
    video = player(render_response(finished(width=width, height=height)))
    assert video["width"] == str(shown)
    assert f"width:{shown}px;max-width:100%;height:auto" in video["style"]


def test_a_job_on_its_way_shows_its_card_and_says_of_when():
    bundle = render_value(FakeJob(a_response(), eta=5.0, notice="Charged all the same."))
    assert "Generating" in bundle["text/html"]
    assert "about 5 s left" in bundle["text/plain"]
    assert "Charged all the same." in bundle["text/plain"]
    assert "Run the cell again to see how it stands now." in bundle["text/plain"]
    assert re.search(r"as of \d+ \w+, \d\d:\d\d", bundle["text/html"])


def test_a_response_without_a_video_shows_its_card():
    failed = a_response(status="failed", error=VideoError("server", "The server broke."))
    bundle = render_value(failed)
    assert "The server broke." in bundle["text/html"]
    assert "Run the cell again" not in bundle["text/html"]
    assert "Submitting" in render_value(a_response(phase="submitting"))["text/plain"]


def test_a_finished_job_shows_its_video(finished):
    assert "<video" in render_value(FakeJob(finished()))["text/html"]


def test_dollars_in_any_output_are_no_formulas(finished, monkeypatch):
    prompt = "a $5 bill and a $10 bill"
    shown = []
    monkeypatch.setattr(tables, "publish", shown.append)
    show(Table(("a",), [(prompt,)], caption=prompt))
    show_text(prompt)
    running = FakeJob(a_response(prompt=prompt))
    outputs = [
        render_response(finished(prompt=prompt)),
        render_value(running),
        render_card(Card.of(running, small=True)),
        render_note(prompt),
        *shown,
    ]
    for bundle in outputs:
        assert prompt in bundle["text/html"]
        # What MathJax 3 and MathJax 2 leave alone, on the outermost element.
        outermost = Elements(bundle["text/html"]).all[0][1]
        assert {"mathjax_ignore", "tex2jax_ignore"} <= set(outermost["class"].split())


def test_values_show_themselves_without_the_extension(bare_shell, finished):
    assert rendering._renderer is not None
    formatted, _ = bare_shell.display_formatter.format(finished())
    assert "<video" in formatted["text/html"]


def test_only_a_terminal_is_told_where_the_file_is(finished, monkeypatch):
    response = finished()
    assert summary(response).endswith(str(response.path))
    monkeypatch.setattr("llmkit_jupyter.rendering.in_notebook", lambda: True)
    assert str(response.path) not in summary(response)
