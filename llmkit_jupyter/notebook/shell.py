"""IPython, as far as we touch it: its types are partly unknown, so all of that is in one place."""

from __future__ import annotations

import sys
from typing import Any

from llmkit_jupyter.rendering import MimeBundle


def current() -> Any:
    """Give the running IPython shell, or ``None`` in a plain program."""
    # An unimported IPython cannot be running us, and is not imported to find that out.
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return get_ipython()


def has_magic(name: str) -> bool:
    """Tell whether a line may begin with ``%name`` here."""
    manager = getattr(current(), "magics_manager", None)
    return manager is not None and name in manager.magics["line"]


def publish(bundle: MimeBundle, *, display_id: str | None = None, update: bool = False) -> None:
    """Show a MIME bundle in the cell, or in the place of the one with that display id."""
    from IPython import display

    module: Any = display
    module.display(bundle, raw=True, display_id=display_id, update=update)
