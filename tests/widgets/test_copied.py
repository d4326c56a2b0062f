"""Forms filled in at random: both copied codes make the service hear the same as the button."""

from __future__ import annotations

import json
import random

import pytest

from llmkit_jupyter import LLMKitClient, VideoStudio
from tests.widgets.prompts import PROMPTS

# What no %%video can say is told in words instead; that is tested where the code is made.
SAYABLE = [each for each in PROMPTS if len(each.splitlines()) == 1 and "\x00" not in each]

pytestmark = pytest.mark.usefixtures("quick")


def filled_in(choose: random.Random, studio: VideoStudio, page) -> None:
    """Have a page write into every field that the form offers, with what it offers."""
    models = [
        each["id"]
        for each in studio.models
        if each["text"] and not each["id"].startswith("preview")
    ]
    page.write(studio, model=choose.choice(models), prompt=choose.choice(SAYABLE) + " in the rain")
    controls = studio.controls
    form = {"count": choose.choice([1, 1, 2])}
    if controls["takes_duration"]:
        low, high = controls["duration_range"] or (1, 10)
        form["duration"] = choose.choice(controls["durations"] or range(low, high + 1))
    if controls["takes_size"]:
        presets = [(each["width"], each["height"]) for each in controls["presets"]]
        form["width"], form["height"] = choose.choice(controls["sizes"] or presets)
    if controls["takes_seed"]:
        form["seed"] = choose.choice([choose.randrange(2**31), str(2**53 + 1)])
    if controls["takes_negative_prompt"]:
        form["negative_prompt"] = choose.choice([None, *SAYABLE])
    if controls["takes_fps"] and controls["fps_choices"]:
        form["fps"] = choose.choice(controls["fps_choices"])
    form["options"] = {
        option["name"]: chosen
        for option in controls["options"]
        if (chosen := value_for(option, choose)) is not None
    }
    page.write(studio, **form)


def value_for(option, choose: random.Random):
    match option["kind"]:
        case "choice":
            return choose.choice(option["choices"])
        case "switch":
            return choose.choice([True, False])
        case "whole" if option["low"] is not None and option["high"] is not None:
            return choose.randint(option["low"], option["high"])
        case _:
            return None


def heard(emulator, known: set[str]) -> list[str]:
    """What the service was asked for since, without the names of the tasks."""
    news = [row for row in emulator.ledger() if row.task_id not in known]
    known.update(row.task_id for row in news)
    return sorted(json.dumps({**row.request, "taskUUID": ""}, sort_keys=True) for row in news)


@pytest.mark.filterwarnings("ignore::llmkit_jupyter.caution.ModelSubstitutionWarning")
@pytest.mark.parametrize("number", range(6))
def test_the_code_of_a_random_form(page, shell, emulator, home, number):
    home.mkdir()
    (home / "config.toml").write_text('confirm_above = 1000\nreuse = "off"\n')
    choose = random.Random(number)  # the same forms each time
    studio = VideoStudio(LLMKitClient())
    filled_in(choose, studio, page)
    # What cannot be made is mended by a person; here the draw is repeated. Few models take a seed.
    while studio.problems or (number % 2 and studio.seed is None):
        filled_in(choose, studio, page)
    known: set[str] = set()
    studio.generate()
    for job in studio.jobs:
        job.result()
    wanted = heard(emulator, known)
    assert len(wanted) == studio.count

    page.wait(lambda: studio.check["python"], "the code")
    assert shell.run_cell(studio.check["python"]).success
    assert heard(emulator, known) == wanted
    assert shell.run_cell(studio.check["magic"]).success
    assert heard(emulator, known) == wanted
