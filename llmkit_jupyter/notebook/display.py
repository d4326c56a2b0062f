"""What a finished video, a job or a response looks like in a cell.

The output is plain, so that it is still there when the notebook is opened again: no script, no
live widget, and the video's ``src`` on the ``<video>`` itself, because an untrusted notebook
drops it from ``<source>``.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmkit_jupyter import rendering
from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook import media
from llmkit_jupyter.notebook.card import REUSED, Card, as_text
from llmkit_jupyter.notebook.card_html import as_html, note_html
from llmkit_jupyter.notebook.markup import classes, jpeg_url
from llmkit_jupyter.notebook.poster import poster
from llmkit_jupyter.notebook.theme import QUIET, SANS
from llmkit_jupyter.notebook.wording import (
    amount,
    dimensions,
    excerpt,
    length,
    money,
    seconds,
    spared,
    visible,
)
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.settings import Settings
from llmkit_jupyter.sweeps.sweep import Sweep

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

_MAX_WIDTH, _MAX_HEIGHT = 640, 480  # CSS pixels of the player
_MIN_WIDTH = 320  # below it the player's controls do not fit

_log = logging.getLogger(__name__)


def render_value(value: object) -> MimeBundle | None:
    """Give the MIME bundle of a response, a job or a sweep; ``None`` for the rest."""
    if isinstance(value, VideoGenerationResponse):
        return render_response(value)
    if isinstance(value, Sweep):
        from llmkit_jupyter.notebook import watching

        return watching.render(value)
    response = getattr(value, "response", None)
    if isinstance(response, VideoGenerationResponse):
        if response.status == "completed":
            return render_response(response, note=getattr(value, "notice", None) or "")
        return render_card(Card.of(cast("VideoJob", value), message=_still(response.status)))
    return None


def render_response(response: VideoGenerationResponse, *, note: str = "") -> MimeBundle:
    """Give the bundle of a response: its video, or the card of a job without one (yet).

    Args:
        response: in any state.
        note: what is known of a video that is missing.
    """
    gone = missing(response, note)
    if gone is not None:
        return render_note(gone)
    if response.status == "completed":
        return video_bundle(response)
    return render_card(Card.of_response(response, message=_still(response.status)))


def render_card(card: Card) -> MimeBundle:
    """Give the bundle of a card."""
    return {"text/html": as_html(card), "text/plain": as_text(card)}


def render_note(text: str) -> MimeBundle:
    """Give the bundle of one quiet line."""
    return {"text/html": note_html(text), "text/plain": text}


def missing(response: VideoGenerationResponse, note: str = "") -> str | None:
    """Say that the file of a finished video is not there; ``None`` where it is."""
    path = response.path
    if response.status != "completed" or (path is not None and path.is_file()):
        return None
    gone = "The video was purged from the library."
    if path is not None:
        gone = f"The video's file {path} was removed from the library."
        again = f"%llmkit job {response.task_id} fetches it again, where that can be done."
        note = note or again
    return " ".join(part for part in (gone, note, summary(response)) if part)


def video_bundle(
    response: VideoGenerationResponse,
    *,
    settings: Settings | None = None,
    host: media.Host | None = None,
    folder: Path | None = None,
) -> MimeBundle:
    """Give the bundle of a finished video: player and caption, poster, summary.

    Args:
        response: completed, with a file.
        settings: the limits of embedding; those in force by default.
        host: what shows the output; found out by default.
        folder: where a video goes that is not embedded; a folder in the working directory by
            default.
    """
    path = response.path
    if path is None or not path.is_file():
        return render_note(missing(response) or summary(response))
    limits = settings or _settings()
    folder = folder or Path.cwd() / limits.media_folder
    picture = poster(response.task_id or str(path), path)
    source = _source(response, path, limits, host or media.detect_host(), folder)
    html = _figure(response, source, picture)
    bundle: MimeBundle = {"text/html": html, "text/plain": summary(response)}
    if picture is not None:
        bundle["image/jpeg"] = base64.b64encode(picture).decode("ascii")
    return bundle


@dataclass(frozen=True, slots=True)
class _Source:
    url: str | None
    remark: str = ""


def _source(
    response: VideoGenerationResponse,
    path: Path,
    settings: Settings,
    host: media.Host,
    folder: Path,
) -> _Source:
    """Embed the video, or put it beside the notebook, or say where it is."""
    key = response.task_id or str(path)
    size = path.stat().st_size
    limits = media.Limits.of(settings)
    embedded = media.ledger.without(key)
    writable = media.can_write(folder)
    delivery = media.decide(size, embedded, limits, host=host, folder_writable=writable)
    if delivery == "file":
        try:
            placed = media.place_beside(key, path, folder)
        except (OSError, LLMKitError) as error:
            # Full, or not writable after all: what the permission bits cannot tell.
            _log.info("cannot put %s into %s: %s", path, folder, error)
            delivery = media.decide(size, embedded, limits, host=host, folder_writable=False)
        else:
            url = media.relative_url(folder.name, placed.name)
            return _Source(url, f"in {folder.name}/{placed.name}")
    if delivery == "embed":
        media.ledger.add(key, size)
        mime = media.mime(response.format)
        data = base64.b64encode(path.read_bytes()).decode("ascii")
        return _Source(f"data:{mime};base64,{data}")
    return _Source(None, f"Too large to stand in the notebook ({amount(size)}); it is at {path}")


def summary(response: VideoGenerationResponse) -> str:
    """Describe a finished video in one line of plain text; a terminal is told the file as well."""
    prompt = f"{excerpt(response.request.prompt, 60)!r} " if response.request else ""
    # A notebook is passed on to others, whom the folders of this machine do not concern.
    where = f" {response.path}" if response.path and not rendering.in_notebook() else ""
    return visible(f"Video {prompt}({', '.join(_facts(response))}){where}")


def done_line(response: VideoGenerationResponse) -> str:
    """Say in a few words that a video is done: what its card shrinks to."""
    took = f"Done in {seconds(response.elapsed)}" if response.elapsed is not None else "Done"
    cost = [money(response.cost)] if response.cost else []
    if response.reused:
        took, cost = REUSED, [spared(response.cost)]
    return " \u00b7 ".join(
        [took, *([visible(title_of(response.model))] if response.model else []), *cost]
    )


def _facts(response: VideoGenerationResponse) -> list[str]:
    facts: list[str] = []
    if response.model:
        facts.append(title_of(response.model))
    if response.provider:
        facts.append(response.provider)
    if response.duration:
        facts.append(length(response.duration))
    if response.width and response.height:
        facts.append(dimensions(response.width, response.height))
    if response.size:
        facts.append(amount(response.size))
    if response.seed is not None:
        facts.append(f"seed {response.seed}")
    if response.reused:
        facts += [f"{REUSED[0].lower()}{REUSED[1:]}", spared(response.cost)]
    elif response.cost:
        facts.append(money(response.cost))
    if response.elapsed is not None:
        facts.append(f"made in {seconds(response.elapsed)}")
    return facts


def _player_width(response: VideoGenerationResponse) -> int:
    """Give the player's width in CSS pixels: whole picture in view, controls in reach."""
    width, height = response.width or _MAX_WIDTH, response.height or _MAX_HEIGHT
    fits = min(_MAX_WIDTH, width, round(width * min(1.0, _MAX_HEIGHT / height)))
    return max(fits, min(_MIN_WIDTH, round(_MAX_HEIGHT * width / height)), 1)


def _figure(response: VideoGenerationResponse, source: _Source, picture: bytes | None) -> str:
    width = _player_width(response)
    prompt = excerpt(response.request.prompt) if response.request else ""
    still = jpeg_url(picture) if picture else ""
    box = f"display:block;width:{width}px;max-width:100%;height:auto;border-radius:6px;"
    if source.url is not None:
        shown = (
            f'<video src="{escape(source.url)}"{_attribute("poster", still)} controls loop '
            f'preload="metadata" width="{width}" aria-label="{escape(f"Video: {prompt}")}" '
            f'style="{box}background:#000"></video>'
        )
    elif still:
        shown = f'<img src="{still}" width="{width}" alt="{escape(prompt)}" style="{box}">'
    else:
        shown = ""
    quiet = f"color:{QUIET}"
    facts = [*_facts(response), *([source.remark] if source.remark else [])]
    caption = "".join(f"<span>{escape(visible(fact))}</span> " for fact in facts)
    return (
        f"<figure {classes('llmkit-video', *_task_class(response))} "
        f'style="margin:4px 0;max-width:{max(width, 480)}px">{shown}'
        f'<figcaption style="margin-top:6px;text-align:left;overflow-wrap:anywhere;'
        f'font:13px/1.5 {SANS}">'
        f'<div dir="auto">{escape(prompt)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:0 10px;font-size:11px;{quiet}">{caption}'
        f"</div></figcaption></figure>"
    )


def _task_class(response: VideoGenerationResponse) -> list[str]:
    # By which a widget finds that the page has this video already. An id comes from a journal,
    # which is a file like any other: only harmless characters.
    plain = "".join(c for c in response.task_id or "" if c.isalnum() or c in "-_")
    return [f"llmkit-task-{plain}"] if plain else []


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def _still(status: str) -> str:
    return "Run the cell again to see how it stands now." if status == "processing" else ""


def _settings() -> Settings:
    try:
        return settings_module.load()
    except LLMKitError:
        # A broken config.toml must not hide a video that was paid for.
        return Settings(home=Path())
