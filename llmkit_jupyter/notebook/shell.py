"""IPython, as far as we touch it: its types are partly unknown, so all of that is in one place."""

from __future__ import annotations

from typing import Any

from llmkit_jupyter import rendering
from llmkit_jupyter.rendering import MimeBundle


def has_magic(name: str) -> bool:
    """Tell whether a line may begin with ``%name`` here."""
    manager = getattr(rendering.current_shell(), "magics_manager", None)
    return manager is not None and name in manager.magics["line"]


def show(value: object) -> None:
    """Show a value in the cell, as if it stood in its last line."""
    from IPython import display

    module: Any = display
    module.display(value)


def publish(bundle: MimeBundle, *, display_id: str | None = None, update: bool = False) -> None:
    """Show a MIME bundle in the cell, or in the place of the one with that display id."""
    from IPython import display

    module: Any = display
    module.display(bundle, raw=True, display_id=display_id, update=update)
