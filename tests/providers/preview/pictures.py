"""What the tests of the preview share: drawing, decoding and comparing pictures.

To time the two halves of a render separately, use `render.frames` for drawing and
`encode.write` for encoding; see `drawn` and `render.render`.
"""

import hashlib
from itertools import islice

import av
import numpy as np

from llmkit_jupyter.providers.preview.render import Clip, draw_scene, frames


def clip(prompt="a lake with mountains", seed=1, width=128, height=72, duration=1, fps=24):
    return Clip(prompt, seed, width, height, duration, fps)


def drawn(what, at):
    """Return copies of the luma and chroma of the pictures with these numbers."""
    wanted = set(at)
    return [
        (picture.y.copy(), picture.u.copy(), picture.v.copy())
        for index, picture in enumerate(islice(frames(what), max(wanted) + 1))
        if index in wanted
    ]


def drawn_scene(scene, what):
    """Return a few luma and chroma pictures of a scene, spread over a clip at two a second."""
    return [(p.y.copy(), p.u.copy(), p.v.copy()) for p in draw_scene(scene, what)]


def decoded(path):
    """Return the decoded pictures of a file as arrays, one (rows, width) array each."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def fingerprint(path):
    """Return a hash of all decoded pictures."""
    digest = hashlib.sha256()
    for picture in decoded(path):
        digest.update(np.ascontiguousarray(picture).tobytes())
    return digest.hexdigest()


def changed(first, second, step=6):
    """Return the largest share of pixels that differ by more than `step` in any picture."""
    shares = [
        float(np.mean(np.abs(a.astype(int) - b.astype(int)) > step))
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    return max(shares)
