"""A notebook that is saved, with the state of its widgets, or exported holds no key."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from ipywidgets.embed import dependency_state, embed_data
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from llmkit_jupyter import JobView, VideoPlayer, VideoStudio
from llmkit_jupyter.notebook import commands, tables
from tests.processes import ROOT
from tests.security.canary import KEY, places
from tests.widgets.studios import click, ended

STATE = "application/vnd.jupyter.widget-state+json"


@pytest.mark.usefixtures("quick")
def test_what_widgets_keep_and_send(client, page, monkeypatch):
    studio = VideoStudio(client, prompt="A cat")
    click(page, studio)
    ended(page, studio)
    widgets = [studio, JobView(studio.job), VideoPlayer(studio.job.result())]
    state = dependency_state(widgets)
    assert len(state) >= len(widgets)
    told = [repr(state), repr(embed_data(widgets, state=state)), *map(repr, widgets)]
    told += [repr(each.data) for each in page.sent]
    told += map(str, studio.check.values())
    assert "LLMKitClient" in studio.check["python"]
    monkeypatch.setattr(tables, "publish", lambda bundle: told.append(repr(bundle)))
    commands.run("config all")
    assert places("\n".join(told)) == []


CELLS = (
    "%load_ext llmkit_jupyter\n%xmode Verbose",
    """
from llmkit_jupyter import *
client = LLMKitClient()
studio = VideoStudio(prompt="A cat")
studio""",
    "job = studio.generate()\nJobView(job)",
    "clip = job.result()\nVideoPlayer(clip)",
    "%llmkit config all",
    "%video -o other A dog",
    "client.generate_video(VideoGenerationRequest('A cat [emulator: fail=timeoutProvider]'))",
    "client.generate_video(VideoGenerationRequest('A cat [emulator: submit=401]'))",
    "LLMKitClient('runware', budget='many')",
    "client, client.settings, clip, job, client.estimate(clip.request), print(studio.check)",
    "%history",
)


def test_a_notebook_as_it_is_saved_and_exported(emulator, home: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LLMKIT_API_KEY", KEY)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    work = tmp_path / "notebook"
    work.mkdir()
    NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        timeout=120,
        store_widget_state=True,
        resources={"metadata": {"path": str(work)}},
    ).execute()
    failed = [
        number
        for number, cell in enumerate(notebook.cells)
        if any(output.output_type == "error" for output in cell.outputs)
    ]
    assert failed == [6, 7, 8], notebook.cells
    kept = notebook.metadata["widgets"][STATE]["state"]
    assert sum("_esm" in each["state"] for each in kept.values()) >= 3
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert STATE in page
    files = [path for folder in (home, work) for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "jobs.db" for path in files)
    told = [nbformat.writes(notebook), page]
    told += [path.read_bytes().decode("latin-1") for path in files]
    assert places("\n".join(told)) == []
