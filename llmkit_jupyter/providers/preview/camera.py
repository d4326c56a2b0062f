"""The camera's own movement: moving in on the middle of the picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from llmkit_jupyter.providers.preview.planes import Planes


class Zoom:
    """Shows a growing middle part of a picture, smoothly and to a fraction of a pixel."""

    def __init__(self, frame: Planes, amount: float) -> None:
        """Zoom into `frame`; `amount` is by how much things have grown at the end (0.35: 35 %)."""
        self._frame = frame
        self._amount = amount
        self._shown = Planes.blank(frame.y.shape[1], frame.y.shape[0])

    def at(self, share: float) -> Planes:
        """Return the picture seen when this share (0 to 1) of the clip is over."""
        scale = 1 + self._amount * share * share * (3 - 2 * share)
        pairs = zip(
            (self._frame.y, self._frame.u, self._frame.v),
            (self._shown.y, self._shown.u, self._shown.v),
            strict=True,
        )
        for source, target in pairs:
            height, width = source.shape
            left, top = (width - width / scale) / 2, (height - height / scale) * 0.55
            box = (left, top, left + width / scale, top + height / scale)
            image = Image.fromarray(source)
            target[...] = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, box))
        return self._shown
