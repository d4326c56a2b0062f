"""What `%llmkit costs` shows."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from llmkit_jupyter.engine.costs import DayCost
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook import bars, commands, costs, tables
from llmkit_jupyter.notebook.bars import Bar, Bars
from llmkit_jupyter.notebook.flags import UsageError
from tests.durability.journals import a_job, left_behind
from tests.notebook.fakes import NASTY

_OF_TABLES = ("thead", "tbody", "tfoot", "tr", "th", "td")
TODAY = date(2026, 11, 26)


@pytest.fixture
def shown(monkeypatch):
    """What is shown, as (html, text)."""
    bundles = []
    for module in (tables, costs):
        monkeypatch.setattr(
            module, "publish", lambda b: bundles.append((b["text/html"], b["text/plain"]))
        )
    return bundles


def run(line, shown):
    commands.run(line)
    return shown[-1]


def spent(ago: int, cost: float, model: str = "runway:1@2", **values) -> DayCost:
    known = {"provider": "runware", "videos": 1, **values}
    return DayCost(day=TODAY - timedelta(ago), model=model, cost=cost, **known)


def text_of(*rows: DayCost, days: int | None = 30) -> list[str]:
    return costs.bundle(rows, days, TODAY)["text/plain"].splitlines()


def test_days_by_models_with_totals_and_bars():
    lines = text_of(
        spent(2, 1.0, "google:3@2", videos=2),
        spent(2, 0.5),
        spent(0, 3.0),
    )
    assert lines[0] == "$4.50 spent in the last 30 days, 4 videos by 2 models"
    assert [line.split() for line in lines[2:-1]] == [
        ["day", "videos", "in", "all", "Runway", "Gen-4.5", "Veo", "3.1"],
        ["26", "Nov", "1", "$3.00", "$3.00", "█" * 24],
        ["24", "Nov", "3", "$1.50", "$0.50", "$1.00", "█" * 12],
        ["in", "all", "4", "$4.50", "$3.50", "$1.00"],
    ]


def test_the_chart_has_every_day_and_the_table_those_with_videos():
    html = costs.bundle([spent(9, 1.0), spent(0, 3.0)], 30, TODAY)["text/html"]
    assert re.findall(r'<div title="(.*?)"', html) == [
        "17 Nov: Runway Gen-4.5 $1.00",
        *(f"{day} Nov: nothing" for day in range(18, 26)),
        "26 Nov: Runway Gen-4.5 $3.00",
    ]
    heights = [float(h) for h in re.findall(r"height:([\d.]+)px;border-radius:3px 3px", html)]
    assert heights[1] / heights[0] == pytest.approx(3, rel=0.01)
    assert html.count("<tr>") == 3
    assert "<tfoot" in html


def test_no_script_no_style_element_and_no_picture():
    html = costs.bundle([spent(0, 3.0)], 30, TODAY)["text/html"]
    assert not re.search(r"<(script|style|svg|img|canvas)|\bon\w+=|\bid=", html)
    # The rest is what an untrusted notebook keeps, with its styles.
    elements = set(re.findall(r"<([a-z]+)", html))
    assert elements <= {"div", "span", "strong", "table", *_OF_TABLES}
    assert "mathjax_ignore" in html[:80]


def test_what_little_was_spent_is_seen():
    chart = Bars(("a",), [Bar("x", (100.0,)), Bar("y", (0.001,)), Bar("z", (0.0,))], "costs")
    assert "height:2.0px" in chart.as_html()
    assert chart.as_lines() == ["█" * 24, "▏", ""]


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (23.0, ["$0", "$10", "$20", "$30"]),
        (0.0123, ["$0.000", "$0.005", "$0.010", "$0.015"]),
        (0.9, ["$0.00", "$0.25", "$0.50", "$0.75", "$1.00"]),
        (1.0, ["$0.00", "$0.25", "$0.50", "$0.75", "$1.00"]),
        (1e6, ["$0", "$250,000", "$500,000", "$750,000", "$1,000,000"]),
    ],
)
def test_the_axis_counts_as_people_do(most, ticks):
    html = Bars(("a",), [Bar("x", (most,))], "costs").as_html()
    assert re.findall(r"line-height:16px;color[^>]*>(\$[^<]*)<", html) == ticks


@pytest.mark.parametrize(
    ("ago", "days", "unit", "labels"),
    [
        (0, 30, "day", ["20 Nov", "21 Nov", "22 Nov", "23 Nov", "24 Nov", "25 Nov", "26 Nov"]),
        (0, 2, "day", ["25 Nov", "26 Nov"]),
        (60, None, "week", ["21 Sep", "28 Sep", "5 Oct", "12 Oct"]),
        (400, None, "month", ["Oct 2025", "Nov 2025", "Dec 2025", "Jan 2026"]),
        (1500, None, "year", ["2022", "2023", "2024", "2025", "2026"]),
    ],
)
def test_longer_times_have_longer_bars(ago, days, unit, labels):
    rows = [spent(ago, 1.0), spent(0, 1.0)]
    html = costs.bundle(rows, days, TODAY)["text/html"]
    found = re.findall(r'<div title="(.*?):', html)
    assert found[: len(labels)] == labels
    assert len(set(found)) == len(found)
    assert text_of(*rows, days=days)[2].startswith(unit)
    # Nothing is lost between them.
    assert sum(map(float, re.findall(r'title="[^"]*\$([\d.]+)"', html))) == 2


def test_a_month_that_follows_a_long_one_is_not_jumped_over():
    html = costs.bundle([spent(330, 1.0)], None, TODAY)["text/html"]
    assert [label.split()[0] for label in re.findall(r'<div title="(.*?):', html)] == [
        *("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
    ]


def test_more_models_than_colours_share_the_last():
    rows = [spent(0, 10.0 - n, f"m{n}") for n in range(9)]
    lines = text_of(*rows)
    names = lines[2].split()
    assert names[4 : 4 + bars.MOST - 1] == [f"m{n}" for n in range(bars.MOST - 1)]
    assert "other models" in lines[2]
    assert "by 9 models" in lines[0]
    total = lines[-2].split()
    assert (total[3], total[-1]) == ("$54.00", "$9.00")  # all, and the last three


def test_two_models_of_the_same_name_are_told_apart():
    head = text_of(spent(0, 1.0, "m", provider="a"), spent(0, 2.0, "m", provider="b"))[2]
    assert "m (b, m)" in head
    assert "m (a, m)" in head


def test_what_is_not_in_the_sum_is_told():
    caption = text_of(
        spent(0, 1.0),
        spent(0, 0.0, unknown=2, videos=2),
        spent(0, 0.0, unfinished=1, reserved=0.6),
        spent(0, 0.0, "preview-model", videos=7, provider="preview"),
    )[-1]
    assert caption.startswith(
        "The price of 2 videos is not known, and not counted. "
        "About $0.60 more is reserved for what is being made. 7 videos cost nothing. "
    )


@pytest.mark.parametrize("payload", NASTY)
def test_names_from_elsewhere_are_text(payload):
    def html(name: str) -> str:
        rows = [spent(0, 1.0, name, provider=name), spent(1, 2.0, name, provider="p")]
        return costs.bundle(rows, 30, TODAY)["text/html"]

    # A short word with a hyphen has an element of its own.
    own = any("-" in word and len(word) <= 12 for word in payload.split())
    assert html(payload).count("<") == html("a-b" if own else "x").count("<")
    assert "\x1b" not in costs.bundle([spent(0, 1.0, payload)], 30, TODAY)["text/plain"]


def test_nothing_yet_and_nothing_lately(shown, home):
    assert "Nothing was spent yet. Make a video with: %video" in run("costs", shown)[1]
    left_behind(home, a_job("done", created_at=a_job().created_at - 86_400 * 60))
    assert run("costs", shown)[1] == (
        "Nothing was spent in the last 30 days; %llmkit costs all looks further back."
    )
    assert run("costs all", shown)[1].startswith("$0.50 spent so far, 1 video by 1 model")
    assert run("costs 90", shown)[1].startswith("$0.50 spent in the last 90 days")


def test_what_costs_nothing_needs_no_chart(shown, client, small):
    client.generate_video(small)
    assert run("costs 1", shown)[1] == "Nothing was spent today. 1 video cost nothing."


def test_todays_costs(shown, home):
    left_behind(home, a_job("done"), a_job("done", model="other"), a_job("failed"))
    html, text = run("costs", shown)
    assert text.startswith("$1.00 spent in the last 30 days, 2 videos by 2 models")
    assert 'role="img" aria-label="Spending by day and model in the last 30 days. Most: ' in html


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("costs much", "takes a number of days such as 30, or all, and got 'much'"),
        ("costs -3", "takes a number of days such as 30, or all, and got '-3'"),
        ("costs \u0663", "takes a number of days"),
        ("costs 1 2", "takes a number of days, or all, and got 2 words"),
    ],
)
def test_bad_words(line, told):
    with pytest.raises(UsageError, match=told):
        commands.run(line)


@pytest.mark.parametrize("line", ["costs 0", "costs 99999999999999999999"])
def test_days_that_are_none(line):
    with pytest.raises(InvalidRequestError, match="a whole number from 1 to 36500 days"):
        commands.run(line)
