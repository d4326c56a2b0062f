"""The copied code as a person reads it, and what is said where there is none."""

from __future__ import annotations

import time

import pytest

from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets.code import as_magic, as_python
from tests.widgets.prompts import PROMPTS, values


def test_python_in_the_page_s_own_style():
    request = values(prompt="A koi pond", model="runway-gen-4", duration=5, width=1280, height=720)
    assert (
        as_python(request)
        == """\
from llmkit_jupyter import LLMKitClient, VideoGenerationRequest

client = LLMKitClient.from_env()
request = (
    VideoGenerationRequest("A koi pond")
    .with_model("runway-gen-4")
    .with_duration(5)
    .with_width(1280)
    .with_height(720)
)
response = client.generate_video(request)
response
"""
    )
    assert (
        as_python(values(), 3, "preview")
        == """\
from IPython.display import display
from llmkit_jupyter import LLMKitClient, VideoGenerationRequest

client = LLMKitClient("preview")
request = VideoGenerationRequest("A cat")
responses = client.generate_video(request, count=3)
display(*responses)
"""
    )


def test_long_and_many_lines_can_be_read():
    request = values(
        prompt="A lighthouse in a storm,\nwaves",
        negative_prompt="text, logos, watermarks, people in the foreground, and everything that "
        "is not the lighthouse",
        options={
            "inputs": {"video": "https://example.com/clip.mp4", "audio": [1, 2], "x": "y" * 30}
        },
    )
    assert '''request = (
    VideoGenerationRequest(
        """A lighthouse in a storm,
waves"""
    )
    .with_negative_prompt(
        "text, logos, watermarks, people in the foreground, and everything that is not "
        "the lighthouse"
    )
    .with_option(
        "inputs",
        {
            "video": "https://example.com/clip.mp4",
            "audio": [1, 2],
            "x": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
        },
    )
)
''' in as_python(request)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_no_line_is_too_wide_and_nothing_invisible_is_left(prompt):
    code = as_python(values(prompt=prompt, negative_prompt=prompt, options={"x": {"y": prompt}}))
    assert max(map(len, code.splitlines())) <= 88
    assert code.replace("\n", "").replace("\u200d", "").isprintable()


def test_a_cell_as_a_person_would_write_it():
    request = values(
        prompt="A koi pond,\nat dawn",
        model="runway-gen-4",
        duration=5,
        width=1280,
        height=720,
        seed=7,
        negative_prompt='a "stop" sign',
        options={"settings.audio": True, "voice": "low"},
    )
    assert as_magic(request) == (
        "%%video -m runway-gen-4 -d 5 -s hd --seed 7 --negative 'a \"stop\" sign' "
        "--set settings.audio=true --set voice=low -o clip\nA koi pond,\nat dawn"
    )
    assert as_magic(values(width=640, height=360), 2, "preview") == (
        "%%video -s 640x360 -n 2 -p preview -o clips\nA cat"
    )


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (values(prompt="\nA cat"), "line ends at the beginning"),
        (values(prompt="A cat\r"), "line ends at the beginning"),
        (values(prompt="A\x00cat"), "control characters"),
        (values(prompt="A\r\ncat"), "control characters"),
        (values(prompt="A cat\n  >>> x"), "begins with >>>"),
        (values(prompt="A cat\n  \nx"), "blanks alone"),
        (values(negative_prompt="a\nb"), "stand on one line"),
        (values(options={"x": "a", "y\u2028": "b"}), "stand on one line"),
        (values(width=640), "a width only together with a height"),
        (values(image="relative.png"), "another path"),
        (values(options={"a=b": 1}), "cannot hold"),
        (values(image="data:image/png;base64,AAAA"), "save it as a file"),
    ],
)
def test_what_a_cell_cannot_say_is_told_in_words(request_, reason):
    with pytest.raises(ValueError, match=reason):
        as_magic(request_)


def test_what_python_cannot_say_is_told_in_words():
    with pytest.raises(ValueError, match="save it as a file"):
        as_python(values(image="data:image/png;base64,AAAA"))
    deep = 1
    for _ in range(60):
        deep = [deep]
    with pytest.raises(ValueError, match="too deep"):
        as_python(values(options={"x": deep}))


def test_long_texts_take_no_time():
    text = "word \u732b" * 20_000
    request = values(prompt=text, negative_prompt="x" * 100_000)
    started = time.process_time()
    code = as_python(request)
    as_magic(request)
    assert time.process_time() - started < 5
    scope = {"VideoGenerationRequest": VideoGenerationRequest}
    exec(code.partition("from_env()\n")[2].partition("\nresponse")[0], scope)
    assert scope["request"] == request
