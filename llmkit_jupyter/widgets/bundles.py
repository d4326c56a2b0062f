"""The built front end: one module and one style sheet a widget, in the folder ``static``."""

from __future__ import annotations

from pathlib import Path

from llmkit_jupyter.errors import LLMKitError

FOLDER = Path(__file__).resolve().parents[1] / "static"


class BundlesMissingError(LLMKitError):
    """The package was put together without its front end."""

    code = "front_end_missing"


def bundle(name: str) -> Path:
    """Give the path of a built file, such as ``"job.js"``.

    Raises:
        BundlesMissingError: it was never built; says how to.
    """
    path = FOLDER / name
    if not path.is_file():
        raise BundlesMissingError(
            f"The widgets' front end is missing ({path}). In a clone of the repository: "
            "npm ci && npm run build in the folder js, with Node.js 20 or newer; "
            "or install the package again."
        )
    return path
