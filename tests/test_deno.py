"""The TypeScript client in Deno's Jupyter kernel, without a browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from tests.built import unpack_client
from tests.deno import Kernel
from tests.emulator.process import Emulator

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "06_typescript.ipynb"
CLIENT = 'import { LLMKitClient, VideoGenerationRequest as Request } from "llmkit-jupyter";'
REQUEST = (
    'new Request("A red balloon", { model: "pixverse-v6", duration: 5, width: 640, height: 360 })'
)


@pytest.fixture
def kernel(client_package: Path, emulator: Emulator, tmp_path: Path) -> Iterator[Kernel]:
    project = tmp_path / "project"
    project.mkdir()
    unpack_client(client_package, project)
    with Kernel(project, tmp_path / "kernel") as kernel:
        yield kernel


def html(output: dict) -> str:
    return output.get("data", {}).get("text/html", "")


def ends_with_a_video(outputs: list[dict]) -> bool:
    return bool(outputs) and "<video src=" in html(outputs[-1])


def test_the_notebook_from_the_first_cell_to_the_last(kernel, emulator: Emulator, tmp_path: Path):
    emulator.set(seconds=1.0)
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    ran = {source: kernel.run(source) for source in sources}
    for source, cell in ran.items():
        last = source.splitlines()[-1]
        if re.fullmatch(r"video|videos\[\d\]|job|await client.pollVideo\(job.taskId\)", last):
            outputs = kernel.wait_for(cell, ends_with_a_video)
            assert outputs[-1]["data"]["image/jpeg"], source
            assert [html(each).count("<video ") for each in outputs].count(1) == 1, source
        elif last.startswith("await client.pollVideo"):
            kernel.wait_for(cell, lambda outputs: outputs and "llmkit-" in html(outputs[-1]))
        elif not last.endswith(("}", ";")):
            kernel.wait_for(cell, bool)
    [mistakes] = [cell for source, cell in ran.items() if "mistakes" in source]
    said = "".join(each.get("text", "") for each in kernel.outputs(mistakes))
    assert "(invalid_request): duration is 30; allowed: " in said
    assert "(model_not_found): " in said
    emulator.finish()
    assert [row.times_charged for row in emulator.ledger()] == [1] * 6
    assert (tmp_path / "project" / "waves.mp4").stat().st_size > 1000


def test_a_video_s_bundle_is_python_s(kernel, emulator: Emulator, monkeypatch):
    """A poster at a third of the clip, a summary, and the figure of `tests/vectors`."""
    emulator.set(render=True)
    kernel.run(f"{CLIENT}\nconst client = new LLMKitClient();")
    cell = kernel.run(f"const video = await client.generateVideo({REQUEST});\nvideo")
    line, video = kernel.wait_for(cell, ends_with_a_video)
    assert re.match(
        r"Done in [\d.]+ s \u00b7 PixVerse v6 \u00b7 \$0.0625$", line["data"]["text/plain"]
    )
    data = video["data"]
    assert data["text/plain"].startswith(
        "Video 'A red balloon' (PixVerse v6, runware, 5 s, 640\u00d7360, "
    )
    assert '<video src="data:video/mp4;base64,' in data["text/html"]
    jpeg = base64.b64decode(data["image/jpeg"])
    assert len(jpeg) <= 28_000
    picture = Image.open(io.BytesIO(jpeg))
    assert (picture.format, picture.size) == ("JPEG", (640, 360))
    assert f'poster="data:image/jpeg;base64,{data["image/jpeg"]}"' in data["text/html"]


def test_a_large_video_lies_beside_the_notebook(kernel, emulator: Emulator, tmp_path: Path):
    emulator.set(file_size=2_000_000)
    kernel.run(f"{CLIENT}\nconst client = new LLMKitClient();")
    kernel.run(f"const video = await client.generateVideo({REQUEST});")
    twice = [kernel.run("video") for _ in range(2)]
    for cell in twice:
        [video] = kernel.wait_for(cell, ends_with_a_video)
        [name] = re.findall(r'<video src="\./llmkit_media/([^"]+)"', html(video))
    [file] = (tmp_path / "project" / "llmkit_media").iterdir()
    assert file.name == name
    assert file.stat().st_size >= 2_000_000


def test_a_wait_that_is_given_up_leaves_a_card_that_goes_on(kernel, emulator: Emulator):
    emulator.set(seconds=60.0)
    kernel.run(f"{CLIENT}\nconst client = new LLMKitClient();")
    cell = kernel.run(
        f"try {{ await client.generateVideo({REQUEST}, {{ timeout: 2 }}); }} "
        "catch (error) { console.log(error.code); }"
    )
    outputs = kernel.wait_for(cell, lambda outputs: "timeout\n" in [o.get("text") for o in outputs])
    assert "The wait ran out; the job goes on." in html(outputs[0])
    emulator.finish()
    kernel.wait_for(cell, lambda outputs: "<video src=" in html(outputs[0]))
    assert [row.times_charged for row in emulator.ledger()] == [1]


def test_a_failure_is_told_on_the_card(kernel, emulator: Emulator):
    kernel.run(f"{CLIENT}\nconst client = new LLMKitClient();")
    cell = kernel.run(
        'try { await client.generateVideo(new Request("A cat [emulator: fail=timeoutProvider]",'
        ' { model: "pixverse-v6" })); } catch (error) { console.log(error.name); }'
    )
    outputs = kernel.wait_for(cell, lambda outputs: len(outputs) == 2)
    assert "llmkit-failed" in html(outputs[0])
    assert 'role="alert"' in html(outputs[0])
