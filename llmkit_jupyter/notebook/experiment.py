"""``%%video`` with several models, seeds, lengths, sizes or prompts: a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llmkit_jupyter import rendering
from llmkit_jupyter.notebook import shell
from llmkit_jupyter.notebook.options import Options
from llmkit_jupyter.notebook.plainly import plain_warnings

if TYPE_CHECKING:
    from llmkit_jupyter.client import LLMKitClient


def make(
    options: Options, prompts: Sequence[str], client: LLMKitClient, names: dict[str, Any]
) -> None:
    """Make every prompt with every model, seed, length and size.

    Args:
        options: of which several make it a sweep.
        prompts: with variables filled in.
        client: submits it.
        names: of the notebook; that of ``-o`` gets the sweep as soon as there is one.
    """
    from llmkit_jupyter.sweeps.start import sweep

    seeds = options.seeds or (() if options.seed is None else (options.seed,))
    common: dict[str, Any] = {
        "negative_prompt": options.negative,
        "image": options.image,
        "fps": options.fps,
        "options": dict(options.options) or None,
        "concurrency": options.concurrency,
    }
    with plain_warnings():
        study = sweep(
            prompts,
            models=options.models or None,
            seeds=seeds or None,
            durations=options.durations or None,
            sizes=options.sizes or None,
            name=options.name,
            client=client,
            reuse=options.reuse,
            confirm=options.yes,
            wait=False,
            **{name: value for name, value in common.items() if value is not None},
        )
    # Kept before it is waited for: an interrupt loses nothing.
    if options.output is not None:
        names[options.output] = study
    if options.background:
        shell.show(study)
    else:
        study.wait()
        if not rendering.in_notebook():
            shell.show(study)  # a terminal had its line only for as long as it ran
