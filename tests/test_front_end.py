"""The front end's house rules, and that both sides of each widget agree on what they share."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import llmkit_jupyter
from llmkit_jupyter import request
from llmkit_jupyter.catalog.controls import Controls, Preset
from llmkit_jupyter.catalog.optional import OptionField
from llmkit_jupyter.widgets.base import LiveWidget
from llmkit_jupyter.widgets.bundles import FOLDER
from llmkit_jupyter.widgets.cells import CellState
from llmkit_jupyter.widgets.compare import CompareGrid
from llmkit_jupyter.widgets.fields import FORM
from llmkit_jupyter.widgets.history import JobHistory
from llmkit_jupyter.widgets.job import JobView
from llmkit_jupyter.widgets.messages import ASKED, FIELDS
from llmkit_jupyter.widgets.player import VideoPlayer
from llmkit_jupyter.widgets.shape import CardState, VideoState
from llmkit_jupyter.widgets.studio import VideoStudio
from llmkit_jupyter.widgets.tiles import OpenedState, TileState

JS = Path(__file__).resolve().parents[1] / "js"
BUNDLE = 40_000  # bytes, gzipped
WIDGETS = {
    "compare": CompareGrid,
    "history": JobHistory,
    "job": JobView,
    "player": VideoPlayer,
    "studio": VideoStudio,
}


def run(*command: str) -> str:
    done = subprocess.run(
        ["npx", "--no-install", *command], cwd=JS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_types():
    run("tsc", "--noEmit")
    run("tsc", "--noEmit", "-p", "src/client")


def test_style():
    run("biome", "check", "--error-on-warnings", ".")


def test_modules():
    told = run("vitest", "run", "--reporter=json")
    report = json.loads(told[told.index("{") :])
    assert report["numPassedTests"] == report["numTotalTests"] > 100


def test_names_mirror_each_other():
    modules = {path.stem for path in (JS / "src" / "widgets").glob("*.tsx")}
    modules = {name for name in modules if not name.endswith(".test")}
    assert modules == set(WIDGETS)
    for name, widget in WIDGETS.items():
        assert widget.__module__ == f"llmkit_jupyter.widgets.{name}"
        assert (FOLDER / f"{name}.js").is_file()
        assert (FOLDER / f"{name}.css").stat().st_size > 1000


@pytest.mark.parametrize("name", WIDGETS)
def test_a_bundle_is_small(name: str):
    size = len(gzip.compress((FOLDER / f"{name}.js").read_bytes()))
    print(f"{name}.js: {size} bytes gzipped")
    assert size <= BUNDLE


def test_no_text_becomes_markup_and_no_text_becomes_code():
    paths = [path for path in (JS / "src").rglob("*.ts*") if ".test." not in path.name]
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        found = re.findall(
            r"innerHTML|outerHTML|dangerously\w+|insertAdjacentHTML|document\.write|\beval\b|"
            r"new Function",
            text,
        )
        assert not found, path


def test_no_file_is_two_concepts():
    paths = [*(JS / "src").rglob("*.ts*"), *(JS / "src").rglob("*.css")]
    long = {
        str(path): lines for path in paths if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_the_lock_file_names_no_host():
    lock = (JS / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))
    # Where packages ask for money, which is part of what they say of themselves.
    assert not [host for host in hosts if "npm" in host or "registry" in host], hosts


# -- both sides

_KEYS = """
import ts from "typescript";
const files = JSON.parse(process.argv[1]);
const options = { strict: true, jsx: 4, moduleResolution: 100, module: 99, skipLibCheck: true };
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();
const found = {};
for (const file of files) {
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(file));
  for (const exported of checker.getExportsOfModule(symbol)) {
    if (!(exported.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias))) continue;
    const type = checker.getDeclaredTypeOfSymbol(exported);
    const kinds = (type.isUnion() ? type.types : [type]).map((part) =>
      Object.fromEntries(part.getProperties().map((property) => [property.name,
        checker.typeToString(checker.getTypeOfSymbol(property))])));
    found[exported.name] = kinds;
  }
}
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def types() -> dict[str, list[dict[str, str]]]:
    """Each exported type of the contract: for each part of a union its names and their types."""
    files = ["shared/card.ts", "shared/messages.ts", "shared/model.ts", "studio/state.ts"]
    files += ["compare/state.ts", "history/state.ts"]
    files += ["widgets/job.tsx", "widgets/player.tsx"]
    done = subprocess.run(
        [
            "node",
            "--input-type=module",
            "-e",
            _KEYS,
            json.dumps([str(JS / "src" / f) for f in files]),
        ],
        cwd=JS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def names(types: dict[str, Any], name: str) -> set[str]:
    [only] = types[name]
    return set(only)


def synced(widget: type[LiveWidget]) -> set[str]:
    own = {"layout", "tabbable", "tooltip"}  # of every widget of ipywidgets
    traits = widget.class_trait_names(sync=True)
    return {name for name in traits if not name.startswith("_") and name not in own}


def fields(kind: type) -> set[str]:
    return {each.name for each in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    ("interface", "widget"),
    [
        ("CompareTraits", CompareGrid),
        ("HistoryTraits", JobHistory),
        ("JobTraits", JobView),
        ("PlayerTraits", VideoPlayer),
        ("StudioTraits", VideoStudio),
    ],
)
def test_a_widget_s_traits_are_its_interface(types, interface: str, widget: type[LiveWidget]):
    assert names(types, interface) == synced(widget)


def test_the_page_writes_what_it_may_and_reads_the_rest(types):
    assert names(types, "FormTraits") | names(types, "ShownTraits") == VideoStudio.WRITABLE
    assert names(types, "WrittenTraits") == JobHistory.WRITABLE
    for widget in WIDGETS.values():
        assert synced(widget) >= widget.WRITABLE
        assert set(FIELDS) >= widget.WRITABLE
        for name in synced(widget) - widget.WRITABLE:
            assert widget.class_traits()[name].read_only, name


@pytest.mark.parametrize(
    ("interface", "kind"),
    [
        ("Card", CardState),
        ("Cell", CellState),
        ("Video", VideoState),
        ("Tile", TileState),
        ("Opened", OpenedState),
        ("Controls", Controls),
        ("OptionField", OptionField),
        ("Preset", Preset),
    ],
)
def test_a_dictionary_has_the_names_of_its_interface(types, interface: str, kind: type):
    assert names(types, interface) == fields(kind)


def test_the_studio_s_other_dictionaries_as_well(types, client):
    studio = VideoStudio(client)
    assert names(types, "Check") == set(studio.check)
    assert names(types, "Answer") == set(studio.answer)
    assert names(types, "ModelEntry") == set(studio.models[0])


def test_a_comparison_s_board_as_well(types):
    grid = CompareGrid([])
    assert names(types, "Board") == set(grid.board)
    assert names(types, "Late") == set(grid.late)
    assert names(types, "Axis") == set(grid.board["axes"][0])
    grid.close()


def test_the_gallery_s_page_of_jobs_as_well(types, client, small):
    client.submit_video(small).result(60)
    found = JobHistory(client).found
    assert names(types, "Found") == set(found)
    assert names(types, "WrittenTraits") == set(found["of"])
    assert names(types, "ModelChoice") == set(found["models"][0])


def test_every_message_is_known_on_both_sides_with_the_same_fields(types):
    asked = {part["kind"].strip('"'): set(part) for part in types["Asked"]}
    assert asked == {kind: set(schema["properties"]) for kind, schema in ASKED.items()}
    for widget in WIDGETS.values():
        assert set(ASKED) >= widget.KINDS
        for kind in widget.KINDS:
            assert hasattr(widget, f"_on_{kind}")


def test_the_package_s_own_version_of_each_name_is_a_widget():
    for widget in WIDGETS.values():
        assert getattr(llmkit_jupyter, widget.__name__) is widget


def test_the_form_has_the_fields_and_the_bounds_of_a_request():
    source = {
        name: (JS / "src" / "studio" / f"{name}.ts").read_text(encoding="utf-8")
        for name in ("fields", "choices", "reading")
    }
    [form] = re.findall(r"export const FORM: .*? = \[(.*?)\];", source["fields"], re.DOTALL)
    assert re.findall(r'"(\w+)"', form) == list(FORM)
    assert dict(re.findall(r"export const (MOST_\w+) = (\d+);", source["choices"])) == {
        "MOST_SECONDS": str(request.MAX_DURATION),
        "MOST_PIXELS": str(request.MAX_PIXELS),
        "MOST_FPS": str(request.MAX_FPS),
        "MOST_VIDEOS": str(request.MAX_COUNT),
    }
    assert "MOST_SEED = 2n ** 63n - 1n;" in source["reading"]
    assert request.MAX_SEED == 2**63 - 1
