"""Status cards that update in place while jobs run, whatever the notebook is doing.

One thread sends all updates: by display id, at a bounded rate, and in a context of its own,
because a kernel drops updates that carry the context of a cell that has ended.
"""

from __future__ import annotations

import contextvars
import logging
import os
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol

from llmkit_jupyter import rendering
from llmkit_jupyter.errors import VideoTimeoutError
from llmkit_jupyter.notebook import surfaces
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.plainly import say_plainly
from llmkit_jupyter.notebook.surfaces import Shown, Surface
from llmkit_jupyter.notebook.unwaited import go_on, way_back

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

Final = Literal["video", "line"]

PACE = 1.0  # seconds between two updates of a card whose phase does not change
RATE = 4.0  # messages a second for all of them together

MANY = 4  # cards at once from which each is a line or two

_log = logging.getLogger(__name__)


class Moving(Protocol):
    """Something in the notebook that is kept current; called from any thread."""

    urgent: bool
    """It has news that should not wait."""
    ended: bool
    """Its last word was sent."""
    unseen: bool
    """Something was sent while no cell was running, which some readers do not take in."""
    sent_at: float

    def done(self) -> bool:
        """Whether its next word is the last one."""
        ...

    def send(self, *, again: bool = False) -> None:
        """Send it as it stands now; ``again``: also where the last word was sent already."""
        ...

    def leave(self) -> None:
        """Follow what it shows no more."""
        ...


class LiveCard:
    """One job's place in the notebook. Its methods may be called from any thread."""

    def __init__(
        self, job: VideoJob, shown: Shown, *, final: Final, message: str, small: bool = False
    ) -> None:
        self.job = job
        self.final: Final = final
        self.message = message
        self.urgent = False
        self.ended = False
        self.unseen = False
        self.sent_at = time.monotonic()
        self._small = small
        self._lock = threading.RLock()
        self._seen = (job.status, job.phase, job.cancelling)
        self._shown = shown
        self._unsubscribe = job.on_change(self._on_change)

    def _card(self) -> Card:
        return _card_of(self.job, self.message, small=self._small)

    def _on_change(self, job: VideoJob) -> None:
        state = (job.status, job.phase, job.cancelling)
        if state != self._seen:
            self._seen = state
            self.urgent = True
            cards.wake()

    def done(self) -> bool:
        """Whether its next word is the last one."""
        return self.job.done()

    def say(self, message: str) -> None:
        """Change what the card says beside the job's own state, and send it now."""
        self.message = message
        self.send()

    def send(self, *, again: bool = False) -> None:
        """Send the card as the job stands now; its last word is the video or the failure.

        Args:
            again: also where the last word was sent already.
        """
        with self._lock:
            if self.ended and not again:
                return
            self.urgent = False
            self.sent_at = time.monotonic()
            if not self.job.done():
                self._shown.update(self._card())
                return
            self.leave()
            self._shown.finish(self._card(), self.job.response, self.final)

    def leave(self) -> None:
        """Follow the job no more."""
        if not self.ended:
            self.ended = True
            self._unsubscribe()


class Cards:
    """All live cards and summaries of this process, and the thread that keeps them current."""

    def __init__(self) -> None:
        self._cards: list[Moving] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._hooked: Any = None
        self._cell_runs = True

    def add(self, card: Moving) -> None:
        """Keep a card current until what it shows has ended."""
        with self._changed:
            if card not in self._cards:
                self._cards.append(card)
            self._changed.notify()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    # Newer Pythons hand the starter's context to a thread.
                    target=contextvars.Context().run,
                    args=(self._work,),
                    name="llmkit-cards",
                    daemon=True,
                )
                self._thread.start()
        self._hook()

    def wake(self) -> None:
        """Look at the cards now. Quick, for callbacks on the engine's loop."""
        with self._changed:
            self._changed.notify()

    def following(self) -> list[Moving]:
        """Give the cards that are kept current."""
        with self._changed:
            return list(self._cards)

    def forget(self) -> None:
        """Leave all cards as they are and remove every hook; what comes after has cards anew."""
        with self._changed:
            left = list(self._cards)
            self._cards.clear()
            self._changed.notify()
        for card in left:
            card.leave()
        self._unhook()

    def _work(self) -> None:
        allowance = RATE
        before = time.monotonic()
        while True:
            with self._changed:
                if not any(not card.ended for card in self._cards):
                    self._thread = None
                    return
                now = time.monotonic()
                allowance = min(RATE, allowance + (now - before) * RATE)
                before = now
                card, wait = self._next(now)
                if card is None or allowance < 1:
                    self._changed.wait(wait if card is None else (1 - allowance) / RATE)
                    continue
                allowance -= 1
                # Said before it is sent: a cell that begins meanwhile sends it again.
                card.unseen = card.unseen or not self._cell_runs
            try:
                card.send()
            except Exception:  # noqa: BLE001 - see below
                # A closed kernel connection, say: the job is what matters, not its picture.
                _log.warning("a status card could not be updated", exc_info=True)
                card.leave()
            if card.ended and not card.unseen:
                self._drop(card)

    def _next(self, now: float) -> tuple[Moving | None, float]:
        """Choose the card to send: news first, then the one that waited longest."""
        waiting = [card for card in self._cards if not card.ended]
        card = min(waiting, key=lambda c: (not (c.urgent or c.done()), c.sent_at))
        if card.urgent or card.done():
            return card, 0
        wait = card.sent_at + PACE - now
        return (card, 0) if wait <= 0 else (None, wait)

    def _drop(self, card: Moving) -> None:
        with self._changed:
            if card in self._cards:
                self._cards.remove(card)

    def _hook(self) -> None:
        ipython = rendering.current_shell()
        if ipython is None or self._hooked is not None:
            return
        self._hooked = ipython
        self._cell_runs = True
        ipython.events.register("pre_run_cell", self._before_cell)
        ipython.events.register("post_run_cell", self._after_cell)

    def _unhook(self) -> None:
        ipython, self._hooked = self._hooked, None
        self._cell_runs = True  # as far as anybody can tell from now on
        if ipython is not None:
            ipython.events.unregister("pre_run_cell", self._before_cell)
            ipython.events.unregister("post_run_cell", self._after_cell)

    def _before_cell(self, *_: object) -> None:
        with self._changed:
            self._cell_runs = True
        # JupyterLab takes updates at any time and would only start a playing video again.
        repeat = "JPY_SESSION_NAME" not in os.environ
        for card in self.following():
            if card.unseen:
                card.unseen = False
                if repeat:
                    card.send(again=True)
            if card.ended:
                self._drop(card)

    def _after_cell(self, *_: object) -> None:
        for card in self.following():
            if card.urgent or card.done():
                # Also where the thread is at it: a cell keeps only what came before its end.
                card.send()
            if card.ended and not card.unseen:
                self._drop(card)
        self._cell_runs = False
        if not self.following():
            # Events copy their list of callbacks before they call them.
            self._unhook()


cards = Cards()


def follow(jobs: Sequence[VideoJob], *, message: str = "") -> list[LiveCard]:
    """Show a card for each job and keep it current until its video takes its place.

    Args:
        jobs: any jobs, ended ones too.
        message: what the cards say beside the job's own state.
    """
    shown: list[LiveCard] = []
    _follow(jobs, surfaces.surface(waiting=False), "video", message, shown)
    return shown


def keep_current(job: VideoJob, shown: Shown) -> LiveCard:
    """Keep a card current that is shown already, or will be."""
    card = LiveCard(job, shown, final="video", message="")
    if job.done():
        card.send()
    else:
        cards.add(card)
    return card


def _card_of(job: VideoJob, message: str, *, small: bool) -> Card:
    return Card.of(job, message="" if job.done() else message, small=small)


def _follow(
    jobs: Sequence[VideoJob], surface: Surface, final: Final, message: str, shown: list[LiveCard]
) -> None:
    small = len(jobs) >= MANY
    for job in jobs:
        card = _card_of(job, message, small=small)
        place = surface.place(card, job)
        # Before anybody sees it: who interrupts then finds it here, and it goes on.
        shown.append(LiveCard(job, place, final=final, message=message, small=small))
        place.begin(card)
        message = ""  # said once
    for card in shown:
        if card.job.done():
            card.send()
        elif surface.live:
            cards.add(card)


@contextmanager
def waiting(
    jobs: Sequence[VideoJob], *, final: Final = "line", kept: str = ""
) -> Generator[list[LiveCard]]:
    """Show live cards while the caller waits for the jobs in this thread.

    At the normal end every card gets its last word before this returns. When the waiting is
    given up (interrupt, time-out), the cards say so and go on in the background; an interrupt is
    one sentence, which says how to get the jobs back.

    Args:
        jobs: what is waited for.
        final: what a card becomes when its video is there.
        kept: a sentence that says where the jobs are kept, if they are.
    """
    surface = surfaces.surface(waiting=True)
    hint = f"Interrupt the kernel to stop waiting; {go_on(jobs)}."
    shown: list[LiveCard] = []
    try:
        # An interrupt may come as soon as there is something to see.
        _follow(jobs, surface, final, hint if surface.live else "", shown)
        yield shown
    except (KeyboardInterrupt, VideoTimeoutError) as error:
        going = [job for job in jobs if not job.done()]
        interrupted = isinstance(error, KeyboardInterrupt)
        for card in shown:
            if card.job.done():
                continue
            card.final = "video"
            word = "Stopped waiting" if interrupted else "The wait ran out"
            card.say(f"{word}; the job goes on.")
            if surface.live:
                cards.add(card)
        _finish(shown)
        if interrupted and going:
            say_plainly(error, f"Stopped waiting; {go_on(going)}. {kept}{way_back(going)}")
        raise
    except BaseException:
        for card in shown:
            if not card.job.done():
                card.say("")
        _finish(shown)
        raise
    _finish(shown)


def _finish(shown: Sequence[LiveCard]) -> None:
    for card in shown:
        if card.job.done():
            card.send()
