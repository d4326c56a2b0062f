"""What all widgets have in common: their slot, and what they accept from the page."""

from __future__ import annotations

import contextvars
import logging
import queue
import threading
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, ClassVar, cast

import anywidget
import traitlets

from llmkit_jupyter import rendering
from llmkit_jupyter.notebook import shell
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.widgets import hosts
from llmkit_jupyter.widgets.hearing import hear_as_asked
from llmkit_jupyter.widgets.messages import as_meant, field_fault, message_fault

_log = logging.getLogger(__name__)
# Neither library has types that say much.
_Trait: Any = traitlets
_AnyWidget: Any = anywidget.AnyWidget


def synced(trait: Any) -> Any:
    """Have a trait live on both sides."""
    return trait.tag(sync=True)


class LiveWidget(_AnyWidget):
    """A widget that leaves plain content behind, and takes from the page only what it may send.

    Messages may come on any thread: which one differs between versions of ipykernel. So handlers
    only schedule (`in_background`), and no observer of ours waits.
    """

    WRITABLE: ClassVar[frozenset[str]] = frozenset()
    """Traits that the page may write."""
    KINDS: ClassVar[frozenset[str]] = frozenset()
    """Messages that the page may send."""
    OFFERED: ClassVar[frozenset[str]] = frozenset({"show", "observe", "unobserve", "close"})
    """What else a person uses, for Tab: ipywidgets has a hundred names that nobody here wants."""

    slot = synced(_Trait.Unicode(read_only=True))
    """Names the elements of the page that this widget fills."""

    @_Trait.default("slot")
    def _first_slot(self) -> str:
        return self._model_id

    def __init__(self, **values: object) -> None:
        above: Any = super()
        own = type(self)
        # By one name for both the page finds the model of a slot, and with it whether its kernel
        # lives. What is given here goes along with the message that opens the widget.
        above.__init__(model_id=uuid.uuid4().hex, **values)
        hear_as_asked(self.comm)
        # anywidget gives each widget a class of its own, without this one's words.
        type(self).__doc__ = own.__doc__
        self.on_msg(self._on_message)

    @classmethod
    def check_names(cls, given: Mapping[str, object]) -> None:
        """Refuse keyword arguments that are no field of this widget.

        Raises:
            TypeError: names them, and the fields that there are.
        """
        known = sorted(cls.WRITABLE)
        for name in given:
            if name not in cls.WRITABLE:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                raise TypeError(
                    f"{cls.__name__} has no field {name!r}; {hint}known: {', '.join(known)}"
                )

    def __dir__(self) -> list[str]:
        """List the names that Tab offers."""
        return sorted(self.WRITABLE | self.OFFERED)

    def plain(self) -> MimeBundle:
        """Give what a reader without a kernel, or without widgets, sees."""
        return {"text/plain": repr(self)}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        above: Any = super()
        view: Any = above._repr_mimebundle_(**kwargs)
        return hosts.shown(self.slot, self.plain(), view)

    # -- from the page

    @contextmanager
    def hold_trait_notifications(self) -> Generator[None]:
        """Hold nothing back.

        The original puts its own methods in the place of the widget's for a moment, which is not
        safe while another thread tells the page of a job's progress.
        """
        yield

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page has written."""
        self.take(sync_data)

    def take(self, sync_data: Mapping[str, Any]) -> bool:
        """Take what the page has written where it may write and the value can be.

        Returns:
            Whether all of it was taken.
        """
        taken: dict[str, Any] = {}
        refused: list[str] = []
        for name, value in sync_data.items():
            fault = (
                field_fault(name, value)
                if name in self.WRITABLE
                else f"{name}, which only the kernel writes"
            )
            if fault is None:
                taken[name] = as_meant(name, value)
            else:
                _log.warning("%s refused %s", type(self).__name__, fault)
                refused.append(name)
        if taken:
            self._take_each(taken)
        known = [name for name in refused if name in self.keys]
        if known:
            # The page shows it as written; it should show what holds.
            self.send_state(known)
        return not refused

    def _take_each(self, taken: Mapping[str, Any]) -> None:
        above: Any = super()
        try:
            above.set_state(taken)
        except Exception:  # noqa: BLE001 - an observer of the user's own may raise anything
            # The values after it are to be taken too; those that are there tell nobody again.
            _log.exception("%s: what was written could not be followed", type(self).__name__)
            for name, value in taken.items():
                self.put(name, value)

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        fault = message_fault(content, self.KINDS)
        message = cast("dict[str, Any]", content)
        if fault is not None:
            _log.warning("%s refused %s", type(self).__name__, fault)
            name = _name_of(message)
            if name is not None:
                self.refuse(name, f"The kernel does not take {fault}.")
            return
        getattr(self, f"_on_{message['kind']}")(message)

    # -- to the page

    def put(self, name: str, value: object) -> None:
        """Set a trait; from any thread, one message.

        What fails about it is an observer of the user's own, which must take nothing else along:
        a job that was paid for would look as if it had not been sent.
        """
        above: Any = super()
        try:
            above.set_trait(name, value)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("%s: a change of %s could not be followed", type(self).__name__, name)

    def send(self, content: object, buffers: Sequence[bytes] | None = None) -> None:
        """Send the page a message that is no state."""
        above: Any = super()
        above.send(content, buffers)

    def refuse(self, request: str | None, message: str) -> None:
        """Tell the page that something it asked for will not come."""
        self.send({"kind": "refused", "request": request, "message": message})

    # -- in the cell

    def _ipython_display_(self, **_: Any) -> None:
        # Called before any MIME type is asked for, and the only place that can name an output,
        # so that it can be changed later.
        if not rendering.in_notebook():
            raise NotImplementedError
        self.show()

    def show(self) -> None:
        """Show the widget in the cell that is running."""
        shell.publish(self._repr_mimebundle_())


def _name_of(message: object) -> str | None:
    """Give the name by which the page knows a message, where it has one."""
    fields = cast("dict[str, object]", message if isinstance(message, dict) else {})
    names = [fields.get("request"), fields.get("id")]
    return next((name for name in names if isinstance(name, str) and len(name) <= 100), None)


_HANDS = 4  # threads for all that comes in pieces
_pieces: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
_hands: list[threading.Thread] = []
_hiring = threading.Lock()


def in_turn(work: Callable[..., object], *given: object) -> None:
    """Run something that waits for the disk alone, on one of a few threads for all widgets.

    A page may ask for any number of pieces at once. A thread for each would use the process up:
    a kernel keeps a socket for each thread that has sent something.
    """
    with _hiring:
        _hands[:] = [thread for thread in _hands if thread.is_alive()]  # none outlives a fork
        while len(_hands) < _HANDS:
            _hands.append(_thread(_work_through))
    _pieces.put(lambda: work(*given))


def _work_through() -> None:
    while True:
        _carefully(_pieces.get())


def in_background(work: Callable[..., object], *given: object) -> None:
    """Run something that may wait, on a thread of its own."""
    _thread(_carefully, work, *given)


def _carefully(work: Callable[..., object], *given: object) -> None:
    try:
        work(*given)
    except Exception:  # noqa: BLE001 - nobody waits for it, so nobody else would hear
        _log.exception("%s failed", getattr(work, "__qualname__", work))


def _thread(work: Callable[..., object], *given: object) -> threading.Thread:
    # In an empty context: a kernel drops what is sent in the context of a cell that has ended.
    thread = threading.Thread(
        target=contextvars.Context().run, args=(work, *given), name="llmkit-widget", daemon=True
    )
    thread.start()
    return thread
