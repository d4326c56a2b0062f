"""A sweep's summary as HTML, for the plain outputs of a notebook."""

from __future__ import annotations

from html import escape

from llmkit_jupyter.notebook.markup import classes
from llmkit_jupyter.notebook.summary import EndedLine, RunningLine, Summary, more_text
from llmkit_jupyter.notebook.theme import ACCENT, INK, LINE, PANEL, QUIET, SANS
from llmkit_jupyter.notebook.wording import visible


def as_html(summary: Summary, *, below: str = "") -> str:
    """Give the summary as HTML: a panel with a bar and a line for each job that is under way.

    ``below`` is HTML that stands below it, instead of a table of what has become of all rows.

    Styles are inline and built on JupyterLab's theme variables. An untrusted notebook loses
    most of them and keeps text, order and the progress element.
    """
    accent = ACCENT[summary.state]
    facts = [*summary.facts, *([f"as of {summary.at}"] if summary.at else [])]
    told = " \u00b7 ".join(
        f'<span style="white-space:nowrap">{escape(fact)}</span>' for fact in facts
    )
    panel = (
        f'<div {classes("llmkit-sweep", f"llmkit-{summary.state}")} role="group" '
        f'aria-label="{escape(summary.headline)}" '
        f'style="box-sizing:border-box;max-width:900px;margin:4px 0;padding:10px 14px;'
        f"border:1px solid {LINE};border-left:3px solid {accent};border-radius:6px;"
        f'background:{PANEL};color:{INK};font:13px/1.5 {SANS}">'
        f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px">'
        f'<strong style="font-weight:600">{escape(summary.headline)}</strong>'
        f'<span style="margin-left:auto;color:{QUIET};font-variant-numeric:tabular-nums"> '
        f"{told}</span></div>"
        f"{_bar(summary)}{_said(summary)}{_running(summary)}"
        f"{'' if below else _ended(summary)}</div>"
    )
    # Beside the panel and not in it: pictures are wide, and windows are not.
    return f"<div>{panel}{below}</div>" if below else panel


def _bar(summary: Summary) -> str:
    if summary.ended and not summary.pending:
        return ""
    place = "display:block;width:100%;height:8px;margin:8px 0 2px"
    return _progress(summary.share, place, "the sweep")


def _progress(share: float, place: str, what: str) -> str:
    # The browser's own bar in the theme's colour: with a background or a border of ours it would
    # fall back to one of its own colours, which no inline style reaches. And always in this one:
    # beside a grey it would paint black what is still to come.
    return (
        f'<progress max="1" value="{share:.3f}" aria-label="Progress of {what}" '
        f'style="{place};accent-color:{ACCENT["running"]}">{share:.0%}</progress>'
    )


def _said(summary: Summary) -> str:
    return "".join(
        f'<div dir="auto" style="margin-top:4px;color:{QUIET};overflow-wrap:anywhere">'
        f"{escape(visible(text))}</div>"
        for text in (summary.stopped, summary.message)
        if text
    )


def _running(summary: Summary) -> str:
    if not summary.running:
        return ""
    rows = "".join(_job(line) for line in summary.running)
    more = f'<div style="font-size:11px;color:{QUIET}">{more_text(summary)}</div>'
    return (
        f'<table style="width:100%;margin:6px 0 0;border-collapse:collapse;font-size:12px;'
        f'table-layout:fixed"><tbody>{rows}</tbody></table>{more if summary.more else ""}'
    )


def _job(line: RunningLine) -> str:
    seed = "" if line.seed is None else f"seed {line.seed}"
    # Also without a bar there is room for one: lines that grow and shrink would make the cells
    # below jump.
    place = "display:block;width:100%;height:5px;margin:0"
    bar = f'<div style="{place}"></div>'
    if line.share is not None:
        bar = _progress(line.share, place, f"row {line.number}")
    notice = ""
    if line.notice:
        text = escape(visible(line.notice))
        notice = f'<div style="font-size:11px;color:{QUIET};white-space:normal">{text}</div>'
    return (
        f'<tr style="background:none">{_cell("7%", str(line.number), quiet=True)}'
        f"{_cell('24%', line.model)}"
        f"{_cell('37%', line.prompt, more=notice, quiet=True)}"
        f"{_cell('12%', seed, quiet=True)}"
        f"{_cell('20%', line.phase, more=bar)}</tr>"
    )


def _cell(width: str, text: str, *, more: str = "", quiet: bool = False) -> str:
    shown = escape(visible(text))
    color = QUIET if quiet else "inherit"
    return (
        f'<td dir="auto" title="{shown}" style="width:{width};padding:2px 6px 2px 0;border:0;'
        f"text-align:left;vertical-align:top;color:{color};overflow:hidden;white-space:nowrap;"
        f'text-overflow:ellipsis">{shown}{more}</td>'
    )


def _ended(summary: Summary) -> str:
    if not summary.rows:
        return ""
    head = "".join(
        f'<th scope="col" style="text-align:left;padding:2px 10px 2px 0;font-weight:600">'
        f"{escape(name)}</th>"
        for name in summary.headers
    )
    body = "".join(_row(summary, row) for row in summary.rows)
    more = f'<div style="font-size:11px;color:{QUIET}">{more_text(summary)}</div>'
    # A narrow window scrolls the table and not the page; a long one is scrolled itself.
    return (
        f'<div style="overflow:auto;max-height:420px;margin-top:6px">'
        f'<table style="margin:0;border-collapse:collapse;font-size:12px">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{more if summary.more else ''}"
    )


def _row(summary: Summary, row: EndedLine) -> str:
    cells: list[str] = []
    for name, text in zip(summary.headers, row.cells, strict=True):
        color = ACCENT["failed"] if name == "outcome" and row.state == "failed" else "inherit"
        wrap = "normal;min-width:14em" if name in ("prompt", "outcome") else "nowrap"
        cells.append(
            f'<td dir="auto" style="padding:2px 10px 2px 0;text-align:left;vertical-align:top;'
            f'color:{color};white-space:{wrap}">{escape(visible(text))}</td>'
        )
    return f"<tr>{''.join(cells)}</tr>"
