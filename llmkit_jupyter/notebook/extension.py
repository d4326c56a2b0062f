"""``%load_ext llmkit_jupyter`` and ``%unload_ext llmkit_jupyter``."""

from __future__ import annotations

from typing import Any

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook.completions import make_matcher
from llmkit_jupyter.notebook.magics import VideoMagics
from llmkit_jupyter.notebook.verbatim import VerbatimVideoLine

_matchers: dict[int, Any] = {}


def load(ipython: Any) -> None:
    """Register magics and completion, and take up the jobs that earlier sessions left.

    Loads nothing heavy: the engine starts at the first video, or here if there is one to resume.
    """
    unload(ipython)
    ipython.register_magics(VideoMagics)
    ipython.input_transformer_manager.token_transformers.insert(0, VerbatimVideoLine)
    completer = getattr(ipython, "Completer", None)
    if completer is not None:
        matcher = _matchers[id(ipython)] = make_matcher()
        completer.custom_matchers.append(matcher)
    _resume()


def unload(ipython: Any) -> None:
    """Take away everything that `load` brought. Jobs go on, and are seen to in their cells."""
    manager = ipython.magics_manager
    for kind in ("line", "cell"):
        for name in ("video", "llmkit"):
            found = manager.magics[kind].get(name)
            # Somebody may have registered a magic of that name after us.
            if type(getattr(found, "__self__", None)).__name__ == VideoMagics.__name__:
                del manager.magics[kind][name]
    manager.registry.pop(VideoMagics.__name__, None)
    transformers = ipython.input_transformer_manager.token_transformers
    # By name: after a reload of the module the class is another one.
    transformers[:] = [t for t in transformers if t.__name__ != VerbatimVideoLine.__name__]
    matcher = _matchers.pop(id(ipython), None)
    completer = getattr(ipython, "Completer", None)
    if completer is not None and matcher in completer.custom_matchers:
        completer.custom_matchers.remove(matcher)


def _resume() -> None:
    """Resume earlier sessions' jobs; what is wrong with the journal is told and no more."""
    from llmkit_jupyter import settings
    from llmkit_jupyter.engine.glance import count_unfinished

    try:
        if count_unfinished(settings.load().home):
            from llmkit_jupyter.client import default_client

            default_client().resume_once()
    except (LLMKitError, OSError) as error:
        print(f"llmkit-jupyter is loaded, but: {error}")  # noqa: T201 - the cell's output
