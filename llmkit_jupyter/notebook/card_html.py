"""A job's card as HTML, for the plain outputs of a notebook."""

from __future__ import annotations

from html import escape

from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.markup import classes
from llmkit_jupyter.notebook.theme import ACCENT, INK, LINE, PANEL, QUIET, SANS
from llmkit_jupyter.notebook.wording import excerpt

_CHIP = "var(--jp-layout-color2,#f0f0f0)"
_MONO = "var(--jp-code-font-family,ui-monospace,monospace)"


def as_html(card: Card) -> str:
    """Give the card as HTML: a panel, or a line where it is one of many.

    Styles are inline and built on JupyterLab's theme variables. An untrusted notebook loses
    most of them and keeps text, order and the progress element, which is why the card reads
    well without any.
    """
    if card.small:
        return _line(card)
    accent = ACCENT[card.state]
    # An update replaces the element, so "status" is announced politely at each phase only:
    # the label holds the phase and not the seconds.
    return (
        f'<div {classes("llmkit-card", f"llmkit-{card.state}")} role="group" '
        f'aria-label="{escape(f"Video job: {card.headline}")}" '
        f'style="box-sizing:border-box;max-width:640px;margin:4px 0;padding:10px 14px 10px;'
        f"border:1px solid {LINE};border-left:3px solid {accent};border-radius:6px;"
        f'background:{PANEL};color:{INK};font:13px/1.5 {SANS}">'
        f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px">'
        f'<strong role="status" style="font-weight:600">{escape(card.headline)}</strong>'
        f"{_word(card)}"
        f'<span style="margin-left:auto;color:{QUIET};font-variant-numeric:tabular-nums">'
        f" {_facts(card)}</span></div>"
        f"{_bar(card, accent, 'display:block;width:100%;margin:6px 0 0')}"
        f'<div dir="auto" style="margin-top:6px;overflow-wrap:anywhere">{escape(card.prompt)}</div>'
        f"{_message(card)}"
        f'<div style="display:flex;flex-wrap:wrap;align-items:center;gap:2px 8px;margin-top:6px;'
        f'font-size:11px;color:{QUIET}">'
        f'<span style="padding:0 7px;border-radius:9px;background:{_CHIP};color:{INK};'
        f'overflow-wrap:anywhere">{escape(card.model)}</span>'
        f" <span>{escape(card.provider)}</span>{_at(card)}"
        f' <span style="margin-left:auto;font-family:{_MONO};font-size:10px;opacity:.75;'
        f'overflow-wrap:anywhere">{escape(card.task_id)}</span></div></div>'
    )


def note_html(text: str) -> str:
    """Give one quiet line as HTML, for what a card shrinks to and for short remarks."""
    return (
        f'<div {classes("llmkit-note")} style="color:{QUIET};font:12px/1.5 {SANS};'
        f'overflow-wrap:anywhere">{escape(text)}</div>'
    )


def _line(card: Card) -> str:
    accent = ACCENT[card.state]
    return (
        f'<div {classes("llmkit-card", f"llmkit-{card.state}")} role="group" '
        f'aria-label="{escape(f"Video job: {card.headline}")}" '
        f'style="box-sizing:border-box;max-width:640px;padding:2px 10px;'
        f'border-left:3px solid {accent};background:{PANEL};color:{INK};font:12px/1.5 {SANS}">'
        f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px">'
        f'<strong role="status" style="font-weight:600">{escape(card.headline)}</strong>'
        f' <span>{escape(card.model)}</span><span style="margin-left:auto;color:{QUIET};'
        f'font-variant-numeric:tabular-nums"> {_facts(card)}{_at(card)}</span></div>'
        f"{_bar(card, accent, 'display:block;width:100%')}"
        f'<div dir="auto" style="color:{QUIET};overflow:hidden;white-space:nowrap;'
        f'text-overflow:ellipsis">{escape(card.prompt)}</div>'
        f"{_message(card)}</div>"
    )


def _facts(card: Card) -> str:
    # A fact is never broken, a row of them may be.
    facts = (f'<span style="white-space:nowrap">{escape(fact)}</span>' for fact in card.facts)
    return " \u00b7 ".join(facts)


def _at(card: Card) -> str:
    return f" <span>\u00b7 as of {escape(card.at)}</span>" if card.at else ""


def _word(card: Card) -> str:
    if not card.provider_status:
        return ""
    word = escape(excerpt(card.provider_status, 40))
    return f' <span style="color:{QUIET}">\u201c{word}\u201d</span>'


def _message(card: Card) -> str:
    if not card.message:
        return ""
    color = ACCENT["failed"] if card.state == "failed" else QUIET
    role = ' role="alert"' if card.state == "failed" else ""
    return (
        f'<div{role} dir="auto" style="margin-top:4px;color:{color};white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{escape(card.message)}</div>'
    )


def _bar(card: Card, accent: str, place: str) -> str:
    """Draw a thin bar while it runs."""
    if not card.running:
        return ""
    share = card.share
    if share is None:
        # The browser's own would move for ever in a notebook that has lost its kernel.
        track = f"{place};height:6px;border-radius:3px;background:{LINE}"
        return f'<div aria-hidden="true" style="{track}"></div>'
    # The browser's own bar in the theme's colour: with a background or a border of ours it would
    # fall back to one of its own colours, which no inline style reaches.
    return (
        f'<progress max="1" value="{share:.3f}" aria-label="Progress of the video" '
        f'style="{place};height:6px;accent-color:{accent}">'
        f"{share:.0%}</progress>"
    )
