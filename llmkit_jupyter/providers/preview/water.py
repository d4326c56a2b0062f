"""Water: lakes that mirror the scene, the sea with its waves, rivers."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from llmkit_jupyter.providers.preview.ground import receding
from llmkit_jupyter.providers.preview.noise import line, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import U8, Cutout, Floats, Planes, lighten, to_yuv
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_BANK_DEPTH = 0.6  # how near the banks are to the camera, 0 to 1


class Ripples:
    """Two fields of wavelets that slide through each other and so never repeat."""

    def __init__(self, stage: Stage, top: int, strength: float, *, speed: float = 1.0) -> None:
        """Prepare wavelets for the rows from `top` down; `strength` is in steps of luma."""
        rng = stage.rng("ripples")
        rows = stage.height - top
        near = np.arange(rows, dtype=np.float32)[:, None] / max(1, rows)
        swing = strength * (0.35 + 0.65 * near)
        self._reach = max(4, round(0.12 * stage.width))
        shape = (rows, stage.width + self._reach)
        self._fields: list[U8] = []
        for across, along in ((8.0, 17.0), (19.0, 38.0)):
            field = receding(rng, shape, across, along)
            self._fields.append(np.rint(field * swing).astype(np.uint8))
        self._windows = [sliding_window_view(f, stage.width, axis=1) for f in self._fields]
        self._rows = np.arange(rows)
        self._pace = (speed * stage.unit * (4 + 26 * near[:, 0])).astype(np.float32)
        # Above this level lie the crests, about one wavelet in six.
        self.crest: U8 = np.rint(swing * 1.24).astype(np.uint8)

    def at(self, t: float) -> U8:
        """Return the wavelets (rows, width) at time t, as luma to add."""
        # Back and forth with an incommensurate beat: there is no end of the field to reach.
        shifts: list[Floats] = []
        for beat, sign in ((0.37, 1.0), (0.29, -1.0)):
            swing = self._reach / 2 * (1 + sign * np.sin(t * beat * self._pace / (self._reach / 2)))
            shifts.append(np.clip(swing, 0, self._reach))
        first, second = (
            window[self._rows, shift.astype(np.intp)]
            for window, shift in zip(self._windows, shifts, strict=True)
        )
        first += second
        return first


def _glitter(stage: Stage, rows: int) -> tuple[slice, U8] | None:
    """Return the columns and the strength of the path of light on the water."""
    if not stage.has("sun", "moon"):
        return None
    x = np.arange(stage.width, dtype=np.float32)
    near = np.arange(rows, dtype=np.float32)[:, None] / max(1, rows)
    spread = stage.width * (0.022 + 0.075 * near)
    low = 1.0 if stage.light[1] > stage.horizon * 0.6 else 0.6
    path = np.exp(-(((x - stage.light[0]) / spread) ** 2)) * (1 - 0.45 * near) * low
    left = max(0, int(stage.light[0] - stage.width * 0.2) // 2 * 2)
    right = min(stage.width, int(stage.light[0] + stage.width * 0.2) // 2 * 2)
    return slice(left, right), (path[:, left:right] * 130).astype(np.uint8)


def _sparkle(region: U8, waves: U8, path: U8 | int, level: U8) -> None:
    """Brighten the crests of the waves where the path of light lies."""
    crest = np.maximum(waves, level)
    crest -= level
    np.minimum(crest, 15, out=crest)
    crest *= 16
    np.minimum(crest, path, out=crest)
    lighten(region, crest)


def sea(stage: Stage) -> Draw:
    """Roll a sea towards the viewer, with the path of light and, in a storm, high waves."""
    top = stage.horizon
    rows = stage.height - top
    rough = stage.has("lightning", "leaves") or stage.scene.time == "storm"
    colours = stage.palette
    near = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    mirror = mix(colours.colour("horizon"), colours.colour("middle"), smooth(0, 0.5, near))
    deep = rgb(stage.tint("sea", colours.water))
    colour = mix(mirror * np.float32(0.92), deep, 0.3 + 0.6 * smooth(0.0, 0.75, near))
    colour = np.repeat(colour, stage.width, axis=1)
    x = np.arange(stage.width, dtype=np.float32)[None, :]
    if stage.has("sun", "moon"):
        # Low light spreads warmly over the water, widest at the viewer.
        spread = stage.width * (0.12 + 0.2 * near[..., 0])
        pool = np.exp(-(((x - stage.light[0]) / spread) ** 2)) * (1 - near[..., 0]) * colours.glow
        colour = mix(colour, colours.colour("light"), (pool * 0.5)[..., None])
    strength = 34.0 if rough else 22.0
    ripples = Ripples(stage, top, strength, speed=2.2 if rough else 1.0)
    yuv = to_yuv(colour.astype(np.float32))
    yuv[..., 0] += stage.rng("sea").random(yuv.shape[:2], np.float32) - strength * 0.95
    base = np.clip(yuv[..., 0], 16, 235 - 2 * strength).astype(np.uint8)
    tone = np.rint((yuv[0::2, 0::2, 1:] + yuv[1::2, 1::2, 1:]) / 2).astype(np.uint8)
    glitter = _glitter(stage, rows)
    foam: U8 = ripples.crest + np.uint8(6)
    swell = _Swell(stage, rows, (2.6 if rough else 1.2) * stage.unit)

    def draw(frame: Planes, t: float) -> None:
        waves = ripples.at(t)[swell.rows(t)]
        water = frame.y[top:]
        np.add(base, waves, out=water)
        frame.u[top // 2 :] = tone[..., 0]
        frame.v[top // 2 :] = tone[..., 1]
        if glitter:
            columns, path = glitter
            _sparkle(water[:, columns], waves[:, columns], path, ripples.crest)
        if rough:
            _sparkle(water, waves, 34, foam)

    return draw


class _Swell:
    """Rows that rise and fall as long waves pass towards the viewer."""

    def __init__(self, stage: Stage, rows: int, height: float) -> None:
        self._rows = np.arange(rows, dtype=np.float32)
        near = self._rows / max(1, rows)
        self._swing = height * (1 + 7 * near)
        # Waves of equal length in the world crowd together towards the horizon.
        self._phase = 26 * np.log(near + 0.05)
        self._last = rows - 1
        self._pace = stage.scene.speed

    def rows(self, t: float) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Return for each row of water which row of the calm picture shows there."""
        moved = self._rows + self._swing * np.sin(self._phase - 2.1 * t)
        return np.clip(moved, 0, self._last).astype(np.intp)


def lake(stage: Stage) -> Draw:
    """Mirror everything above the horizon in water that shimmers."""
    calm = stage.scene.ground != "street"
    colours = stage.palette
    tint = stage.tint(stage.scene.ground, "")
    water = rgb(tint) * colours.colour("shade") if tint else colours.colour("water")
    if not calm:
        water = mix(rgb("#14161c"), colours.colour("near"), 0.4)
    clear = {"lake": 0.86, "pond": 0.62, "river": 0.66}.get(stage.scene.ground, 0.78)
    return _mirror(stage, stage.horizon, water, clear)


def _mirror(stage: Stage, top: int, water: Floats, clear: float) -> Draw:
    rows = stage.height - top
    near = np.arange(rows, dtype=np.float32) / max(1, rows)
    # Seen flatter, water mirrors more; at our feet we look into it.
    keep = clear * (1 - 0.45 * near)
    share = np.rint(keep * 256).astype(np.uint16)[:, None]
    add = [np.rint(part * (1 - keep) * 256).astype(np.uint16)[:, None] for part in to_yuv(water)]
    squeeze = min(1.0, (top - 2) / max(1, rows))
    source = np.arange(rows, dtype=np.float32) * squeeze
    swing = stage.unit * (0.6 + 8 * near)
    phase = 30 * np.log(near + 0.04)
    reach = max(2, round(7 * stage.unit))
    ripples = Ripples(stage, top, 9.0)
    glitter = _glitter(stage, rows)
    padded = [np.empty((top // n, stage.width // n + 2 * reach), np.uint8) for n in (1, 2, 2)]
    views = [sliding_window_view(p, p.shape[1] - 2 * reach, axis=1) for p in padded]

    def draw(frame: Planes, t: float) -> None:
        lift = swing * (np.sin(phase - 1.7 * t) + 0.5 * np.sin(phase * 2.3 + 1.1 * t))
        sway = reach * (0.3 + 0.7 * near) * np.sin(phase * 3.1 + 2.3 * t)
        up = np.clip(top - 1 - source - lift, 0, top - 1).astype(np.intp)
        side = np.clip(reach + sway, 0, 2 * reach).astype(np.intp)
        for index, plane in enumerate((frame.y, frame.u, frame.v)):
            step = 1 if index == 0 else 2
            pad = padded[index]
            edge = top // step
            pad[:, reach:-reach] = plane[:edge]
            pad[:, :reach] = plane[:edge, :1]
            pad[:, -reach:] = plane[:edge, -1:]
            height = plane.shape[0] - edge
            at = up[::step][:height] // step
            shift = side[::step][:height] if step == 1 else (side[::step][:height] + reach) // 2
            mirrored = views[index][np.minimum(at, edge - 1), shift]
            mixed = mirrored * share[::step][:height]
            mixed += add[index][::step][:height]
            mixed >>= 8
            plane[edge:] = mixed
        waves = ripples.at(t)
        lighten(frame.y[top:], waves)
        if glitter:
            columns, path = glitter
            _sparkle(frame.y[top:, columns], waves[:, columns], path, ripples.crest)

    return draw


def banks(stage: Stage) -> Draw:
    """Lay banks beside the water, so that it becomes a river or a pond."""
    rng = stage.rng("banks")
    margin = stage.margin(_BANK_DEPTH)
    shape = (stage.height - stage.horizon, stage.width + 2 * margin)
    near = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    x = np.arange(shape[1], dtype=np.float32)[None, :] / shape[1] - 0.5
    uneven = (line(rng, shape[0], 9, 3, 0.5)[:, None] - 0.5) * 0.05 * (0.3 + near)
    if stage.scene.ground == "river":
        winding = 0.10 * np.sin(near * 5.2 + float(rng.uniform(0, 6))) * (1 - near)
        outside = (np.abs(x - winding) - 0.05 - 0.36 * near**1.25 - uneven) * shape[1]
    else:
        # A pond is a round thing seen from the side, its shores a little uneven.
        wobble = (line(rng, shape[1], 8, 4, 0.5)[None, :] - 0.5) * 0.07
        round_shape = (np.abs(x) / 0.385) ** 2.4 + (np.abs(near - 0.47) / (0.41 + wobble)) ** 2.4
        outside = (round_shape - 1 - uneven) * shape[0] * 0.3
    return _grass(stage, outside)


def shore(stage: Stage) -> Draw:
    """Lay a strip of land along the lower edge for those who stand beside wide water."""
    margin = stage.margin(_BANK_DEPTH)
    shape = (stage.height - stage.horizon, stage.width + 2 * margin)
    near = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    edge = 0.7 + 0.06 * (line(stage.rng("shore"), shape[1], 5, 4, 0.5)[None, :] - 0.5)
    return _grass(stage, (near - edge) * shape[0])


def _grass(stage: Stage, outside: Floats) -> Draw:
    """Cover with grass whatever lies outside the water; distances in pixels."""
    colours = stage.palette
    rng = stage.rng("bank grass")
    near = np.linspace(0, 1, outside.shape[0], dtype=np.float32)[:, None]
    shape = (outside.shape[0], outside.shape[1])
    grass = mix(colours.colour("leaf"), colours.colour("near"), 0.25 + 0.4 * near[..., None])
    tufts = receding(rng, shape, 12, 12) * 0.6 + receding(rng, shape, 30, 16) * 0.4
    colour = grass * (0.7 + 0.55 * tufts)[..., None]
    colour = mix(colour, colours.colour("haze"), 0.35 * (1 - smooth(0, 0.4, near))[..., None])
    # A wet, dark rim where land meets water.
    rim = np.exp(-np.maximum(outside, 0) / (9 * stage.unit + 1))
    cutout = Cutout.make(colour * (1 - 0.5 * rim)[..., None], np.clip(outside + 0.5, 0, 1))
    margin = stage.margin(_BANK_DEPTH)

    def draw(frame: Planes, t: float) -> None:
        cutout.over(frame, stage.pan(t, _BANK_DEPTH) - margin, stage.horizon)

    return draw
