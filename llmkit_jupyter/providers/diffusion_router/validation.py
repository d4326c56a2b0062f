"""What a request must have, and what a form offers, for a model at a server."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from llmkit_jupyter.catalog.controls import Controls, of_unknown
from llmkit_jupyter.catalog.models import DEFAULT_DURATION
from llmkit_jupyter.catalog.open_models import family_of
from llmkit_jupyter.catalog.optional import OptionField
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.providers.diffusion_router import bodies, hosting
from llmkit_jupyter.providers.diffusion_router.faults import NAME
from llmkit_jupyter.providers.diffusion_router.hosting import Hosted
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.request import VideoGenerationRequest

UNKNOWN_DURATION = 4  # seconds: what such servers make where nothing is said
OPTIONS = (
    OptionField(
        name="num_inference_steps",
        title="Steps",
        help="More steps take longer and may look better.",
        kind="whole",
        low=1,
        high=200,
    ),
    OptionField(
        name="guidance_scale",
        title="Guidance",
        help="How closely the video follows the words.",
        kind="number",
        low=0,
        high=20,
    ),
    OptionField(
        name="flow_shift",
        title="Flow shift",
        help="How much of the work goes into the large shapes.",
        kind="number",
        low=0,
        high=100,
    ),
)


def validated(
    request: VideoGenerationRequest, hosted: Sequence[Hosted], manners: Manners, url: str
) -> VideoGenerationRequest:
    """Choose the server's model, a duration and a seed, and check what is known.

    Args:
        request: as it was given.
        hosted: by the server, as last heard.
        manners: of the server.
        url: of the server.

    Raises:
        InvalidRequestError: names the field, the value and what is allowed.
    """
    bodies.check_options(request)
    if manners.strict:
        bodies.check_strict(request, url, seeded=True)
    model, kind = hosting.find(hosted, request.model, url, image=request.image is not None)
    if request.image is not None and not kind.image:
        allowed = f"no image to begin with, for {model}"
        raise InvalidRequestError("image", request.image, allowed, provider=NAME)
    if request.image is None and not kind.text:
        allowed = f"an image, which {model} begins with: .with_image(picture)"
        raise InvalidRequestError("image", None, allowed, provider=NAME)
    duration = request.duration
    if duration is None and "num_frames" not in request.options:
        duration = DEFAULT_DURATION if family_of(model or "") else UNKNOWN_DURATION
    seed = request.seed
    if seed is None and not manners.strict:
        # Left to themselves, some make the same video of the same words each time.
        seed = secrets.randbelow(2**31)
    return replace(request, model=model, duration=duration, seed=seed)


def controls(
    model: str, hosted: Sequence[Hosted], manners: Manners, url: str, *, image: bool
) -> Controls:
    """Give what a model takes, by what the server says of it and by its name.

    Raises:
        ModelNotFoundError: names those that there are.
    """
    name, kind = hosting.find(hosted, model or None, url, image=image)
    return replace(
        of_unknown(name or model),
        takes_seed=not manners.strict,
        takes_negative_prompt=not manners.strict,
        takes_fps=not manners.strict,
        takes_image=kind.image,
        needs_image=kind.image and not kind.text,
        options=() if manners.strict else OPTIONS,
    )
