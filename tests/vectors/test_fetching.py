"""Where videos may be fetched from, and what their files say of themselves."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport.container import Header, read_header
from llmkit_jupyter.transport.origins import check_url
from tests.vectors.read import cases


@pytest.mark.parametrize("case", cases("addresses"))
def test_addresses(case: dict[str, Any]):
    def check() -> None:
        check_url(case["url"], case["own"], allow_private=case.get("allow_private", False))

    if case.get("ok"):
        check()
        return
    assert case["error"]["class"] == InvalidVideoError.__name__
    with pytest.raises(InvalidVideoError) as caught:
        check()
    assert caught.value.code == case["error"]["code"]


@pytest.mark.parametrize("case", cases("containers"))
def test_containers(case: dict[str, Any], tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(base64.b64decode(case["file"]))
    if "header" in case:
        told = dict(case["header"])
        seconds = told.pop("duration")
        about = None if seconds is None else pytest.approx(seconds)
        assert read_header(path) == Header(duration=about, **told)  # pyright: ignore[reportArgumentType]
        return
    assert case["error"]["class"] == InvalidVideoError.__name__
    with pytest.raises(InvalidVideoError) as caught:
        read_header(path)
    assert caught.value.code == case["error"]["code"]
