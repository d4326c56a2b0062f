"""What every piece of HTML of ours begins with, and pictures and stars inside of it."""

from __future__ import annotations

import base64

from llmkit_jupyter.notebook.wording import stars
from llmkit_jupyter.response import MAX_STARS

# JupyterLab sets whatever stands between two dollar signs as a formula, and so do pages that
# nbconvert writes: "a $5 bill and a $10 bill". The one has MathJax 3, the other MathJax 2, and each
# leaves elements of its own class alone, with all that is in them. Sanitizers keep classes.
_NO_FORMULAS = "mathjax_ignore tex2jax_ignore"


def classes(*names: str) -> str:
    """Give the attribute ``class`` for the outermost element of an output."""
    return f'class="{" ".join(names)} {_NO_FORMULAS}"'


def jpeg_url(picture: bytes) -> str:
    """Give an address that is the picture itself, so that it goes where the HTML goes."""
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"


def drawn_stars(rating: int) -> str:
    """Give stars as HTML, in the colour that the widgets' have."""
    told = f"{rating} of {MAX_STARS} stars"
    return (
        f'<span role="img" aria-label="{told}" title="{told}" style="letter-spacing:1px;'
        f'color:rgb(214,140,10)">{stars(rating)}</span>'
    )
