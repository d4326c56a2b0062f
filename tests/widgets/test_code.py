"""The copied code, run by IPython itself, makes the request that it was made of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import llmkit_jupyter
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook import extension, magics
from llmkit_jupyter.request import VideoGenerationRequest, several
from llmkit_jupyter.widgets.code import as_magic, as_python
from tests.widgets.prompts import PROMPTS, values

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
PICTURE = 'it\'s "one" $pic {1}.png'
ADDRESS = "https://example.com/a.png?x='1'&y=\"2\""


class Recorder:
    """Stands for a client, and writes down what any of its kind is asked for."""

    asked: ClassVar[list[tuple[str | None, list[VideoGenerationRequest]]]] = []

    def __init__(self, provider=None):
        self.provider = provider

    @classmethod
    def from_env(cls):
        return cls()

    def generate_video(self, request, count=1):
        self.asked.append((self.provider, several(request, count)))
        return [] if count > 1 else None

    def submit_videos(self, requests, *, confirm, reuse):
        assert (confirm, reuse) == (False, None)
        self.asked.append((self.provider, list(requests)))
        raise LLMKitError("written down")


@pytest.fixture(scope="module")
def shell():
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = InteractiveShell.instance(config=config)
    extension.load(shell)
    yield shell
    extension.unload(shell)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    (folder / PICTURE).write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


@pytest.fixture
def made_by(shell, monkeypatch):
    """Run a cell, and give what was asked of which client."""
    monkeypatch.setattr(magics, "_client", Recorder)
    monkeypatch.setattr(llmkit_jupyter, "LLMKitClient", Recorder)

    def run(code, *, in_cell=True):
        Recorder.asked.clear()
        if in_cell:
            shell.run_cell(code)
        else:
            exec(compile(code, "code", "exec"), {})
        [asked] = Recorder.asked
        return asked

    return run


def same(asked, request, count, provider):
    found, requests = asked
    wanted = several(request, count)
    assert (found, requests) == (provider, wanted)
    # True equals 1, and is another thing.
    assert [json.dumps(r.to_dict()) for r in requests] == [json.dumps(r.to_dict()) for r in wanted]


CASES = [
    *[values(prompt=each) for each in PROMPTS],
    *[values(negative_prompt=each) for each in PROMPTS],
    *[values(options={"voice": each, "a.b": {each: [each]}}) for each in PROMPTS],
    values(model="kling-2.0", duration=5, width=1280, height=720, seed=7, fps=24, image=ADDRESS),
    values(model="preview/kling-2.0", width=1024, height=576, seed=0),
    values(model="a b 'c' \"d\"", width=1, height=16384),
    values(prompt='say """ now', negative_prompt="a\n>>> storm\nc"),
    values(model=" blanks "),
    values(model="--yes"),
    values(width=640),
    values(height=640),
    values(image="relative.png"),
    values(image="~/picture.png"),
    values(image=" https://example.com/blank.png "),
    values(image="http:nonsense"),
    values(image="ftp://example.com/a.png"),
    values(image="\x00"),
    values(options={"audio": True, "count": 1, "scale": 0.5, "big": 10**20, "tiny": 1e-300}),
    values(options={"a": "true", "b": "5", "c": '"x"', "d": "NaN", "e": "", "f": "=", "g": "[1,"}),
    values(options={"a=b": 1}),
    values(options={" a ": 1}),
    values(options={"a\nb": 1}),
    values(options={"a\u2028b": "\u2028"}),
    values(options={"a": "\ud800", "b": ["\ud800"]}),
    values(options={"a": {"b": [None, {"c": []}, {}], "long": ["word " * 9] * 9}}),
    values(options={"settings.audio": True, "settings.inner.deep": {"x": 1}}),
]


def sayable(request):
    """Whether a cell can say it, told in another way than the code tells it."""
    texts = [request.model or "", request.negative_prompt or "", request.image or ""]
    names = list(request.options)
    texts += names
    on_line = all(not text or len(f"{text}x".splitlines()) == 1 for text in texts)
    body = request.prompt.splitlines()
    blank = [line for line in request.prompt.split("\n") if line and not line.strip()]
    return (
        request.prompt == request.prompt.strip("\r\n")
        and not CONTROL.search(request.prompt + "".join(texts))
        and not any(line.strip().startswith(">>>") for line in body)
        and on_line
        and not blank
        and not any("=" in name or name != name.strip() for name in names)
        and (request.width is None) == (request.height is None)
        and (request.image is None or is_kept(request.image))
    )


def is_kept(image):
    if re.match("https?:", image):
        return bool(re.fullmatch(r"https?://\S+", image))
    return Path(image).is_absolute() and "://" not in image and str(Path(image)) == image


def check(made_by, request, count, provider):
    python = as_python(request, count, provider)
    same(made_by(python), request, count, provider)
    same(made_by(python, in_cell=False), request, count, provider)
    if sayable(request):
        same(made_by(as_magic(request, count, provider)), request, count, provider)
    else:
        with pytest.raises(ValueError, match=r"^.{10,300}$"):
            as_magic(request, count, provider)


@pytest.mark.parametrize("request_", CASES, ids=[f"case{n}" for n in range(len(CASES))])
@pytest.mark.parametrize(("count", "provider"), [(1, None), (3, "preview")])
def test_the_code_makes_the_request(made_by, request_, count, provider):
    check(made_by, request_, count, provider)


def test_a_picture_of_one_s_own(made_by, pictures):
    request = values().with_image(pictures / PICTURE)
    assert ".with_image(" in as_python(request)
    check(made_by, request, 1, None)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
SIGNS = [
    *("a", "word", "\n", " ", "\t", "\r", "\u2028", "\x85", "\u200d", "\U0001f98a"),
    *('"', "'", "\\", "{", "}", "$", "%", "?", "!", ">>>", "...", "=", "-", "#"),
]
NASTY = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=40).map("".join)
WORDS = (TEXT | NASTY).filter(str.strip)
JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NASTY | TEXT,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(NASTY | TEXT, inside, max_size=4),
    max_leaves=8,
)
NAMES = WORDS.filter(lambda name: all(part.strip() for part in name.split(".")))
REQUESTS = st.builds(
    VideoGenerationRequest,
    prompt=WORDS,
    model=st.none() | WORDS,
    duration=st.none() | st.integers(1, 3600),
    seed=st.none() | st.integers(0, 2**62),
    negative_prompt=st.none() | WORDS,
    image=st.none() | st.just(ADDRESS) | WORDS.filter(lambda text: "/" not in text),
    fps=st.none() | st.integers(1, 240),
    options=st.dictionaries(NAMES, JSON, max_size=3),
)
SIZES = st.none() | st.tuples(st.integers(1, 16384), st.integers(1, 16384))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(REQUESTS, SIZES, st.integers(1, 100), st.none() | WORDS.filter(lambda t: "\n" not in t))
@example(values(prompt="\ufeff"), None, 1, None)
def test_the_code_makes_any_request(made_by, request_, size, count, provider):
    if size is not None:
        request_ = replace(request_, width=size[0], height=size[1])
    python = as_python(request_, count, provider)
    same(made_by(python), request_, count, provider)
    if provider is None or not (CONTROL.search(provider) or len(f"{provider}x".splitlines()) > 1):
        check(made_by, request_, count, provider)


def test_it_runs(shell, small):
    request = small.with_model("pika-1.0").with_seed(3)
    result = shell.run_cell(as_python(request))
    assert result.result is shell.user_ns["response"]
    assert result.result.status == "completed"
    assert shell.run_cell(as_magic(request)).success
    for made in (shell.user_ns["response"], shell.user_ns["clip"]):
        assert made.request == request
    shell.run_cell(as_python(request, 2))
    assert [each.seed for each in shell.user_ns["responses"]] == [3, 4]
