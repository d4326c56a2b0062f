"""The city: a skyline with lit windows, street lamps, and traffic on the road."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.noise import smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes, lighten
from llmkit_jupyter.providers.preview.shapes import Sketch, glow
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_LAMP_COLOURS = ("#ffd98a", "#ffc266", "#fff0c8", "#bfe0ff")


def city(stage: Stage) -> Draw:
    """Build three rows of houses, hazier the farther, with windows that go on and off."""
    layers = [_row(stage, index) for index in range(3)]

    def draw(frame: Planes, t: float) -> None:
        for layer in layers:
            layer(frame, t)

    return draw


def _row(stage: Stage, index: int) -> Draw:
    rng = stage.rng(f"city/{index}")
    colours, unit = stage.palette, stage.unit
    depth = (0.1, 0.2, 0.34)[index]
    margin = stage.margin(depth)
    width = stage.width + 2 * margin
    dark = stage.scene.time in {"night", "dusk", "storm"}
    near = (0.12, 0.5, 0.88)[index]
    tall = stage.horizon * (0.66, 0.52, 0.34)[index]
    first = max(0, int(stage.horizon - tall * 1.2) // 2 * 2)
    height = stage.horizon - first
    own = stage.tint("city", "")
    base = mix(colours.colour("far"), colours.colour("near"), near)
    if not dark:
        base = mix(base, rgb("#8c93a0") * colours.colour("shade"), 0.45)
    if own:
        base = mix(base, rgb(own) * colours.colour("shade"), 0.5)
    colour = np.empty((height, width, 3), np.float32)
    colour[...] = base
    alpha = np.zeros((height, width), np.float32)
    blinks: list[tuple[int, int, int, int, float]] = []
    centre = float(rng.uniform(0.3, 0.7)) * width
    left = -int(20 * unit)
    while left < width:
        wide = max(3, round(float(rng.uniform(38, 92)) * unit * (0.75 + 0.25 * index)))
        middle = math.exp(-(((left - centre) / (0.3 * width)) ** 2))
        high = tall * float(rng.uniform(0.22, 0.66)) * (0.7 + 0.9 * middle)
        top = max(2, round(height - high))
        span = slice(max(0, left), max(0, left + wide))
        # Every house has a shade of its own and a lit side.
        tone = base * np.float32(rng.uniform(0.82, 1.18))
        across = np.linspace(0, 1, wide, dtype=np.float32)[max(0, -left) :][: width - span.start]
        lit = across if stage.light[0] > stage.width / 2 else 1 - across
        house = mix(tone, colours.colour("light"), (0.13 * lit)[None, :, None])
        colour[top:, span] = house
        alpha[top:, span] = 1
        _roof(rng, colour, alpha, (span, top), tone, unit)
        blinks += _windows(rng, colour, (span, top, height), dark=dark, near=near, unit=unit)
        left += wide + (0 if rng.random() < 0.7 else round(float(rng.uniform(2, 16)) * unit))
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    veil = smooth(0.35, 1.0, rows) * (0.55 - 0.38 * near) + 0.22 * (1 - near)
    colour = mix(colour, colours.colour("haze"), veil)
    strip = Cutout.make(colour, alpha)
    gone = round(16 + 219 * float(base.mean()))

    def draw(frame: Planes, t: float) -> None:
        at = round(stage.pan(t, depth)) - margin
        strip.over(frame, at, first)
        for x, y, wide, high, start in blinks:
            if math.sin(t * 0.55 + start) > 0.35 and x + at >= 0:
                frame.y[first + y : first + y + high, x + at : x + at + wide] = gone

    return draw


def _roof(
    rng: np.random.Generator,
    colour: Floats,
    alpha: Floats,
    place: tuple[slice, int],
    tone: Floats,
    unit: float,
) -> None:
    """Set something on the roof now and then: a smaller storey or an antenna."""
    span, top = place
    wide = span.stop - span.start
    if rng.random() < 0.4:
        inset, rise = round(wide * 0.22), round(float(rng.uniform(8, 26)) * unit)
        part = (slice(max(0, top - rise), top), slice(span.start + inset, span.stop - inset))
        colour[part], alpha[part] = tone, 1
        top -= rise
    if rng.random() < 0.22:
        thick = max(1, round(2 * unit))
        at = min(alpha.shape[1] - thick, span.start + wide // 2)
        part = (slice(max(0, top - round(34 * unit)), max(0, top)), slice(at, at + thick))
        colour[part], alpha[part] = tone, 0.9


def _windows(
    rng: np.random.Generator,
    colour: Floats,
    place: tuple[slice, int, int],
    *,
    dark: bool,
    near: float,
    unit: float,
) -> list[tuple[int, int, int, int, float]]:
    """Paint a house's windows; return those that blink, as (x, y, width, height, phase)."""
    span, top, height = place
    blinks: list[tuple[int, int, int, int, float]] = []
    wide, high = max(1, round((3 + 2 * near) * unit)), max(1, round((4 + 3 * near) * unit))
    step_x, step_y = wide + max(1, round(4.5 * unit)), high + max(1, round(5.5 * unit))
    lit = float(rng.uniform(0.25, 0.7)) if dark else 0.16
    tones = [rgb(code) for code in _LAMP_COLOURS]
    main = tones[int(rng.integers(len(tones)))]
    columns = range(span.start + step_x // 2, min(span.stop, colour.shape[1]) - wide, step_x)
    rows = range(top + step_y // 2, height - high - round(8 * unit), step_y)
    on = rng.random((len(rows), len(columns)))
    for row, y in enumerate(rows):
        for column, x in enumerate(columns):
            pane = colour[y : y + high, x : x + wide]
            if on[row, column] < lit:
                strength = 0.5 + 0.5 * near * (0.4 + on[row, column] / lit * 0.6)
                pane[...] = mix(pane, main, strength if dark else strength * 0.5)
                if dark and near > 0.4 and on[row, column] < lit * 0.03:
                    blinks.append((x, y, wide, high, float(rng.uniform(0, 6.3))))
            else:
                pane *= np.float32(0.86)
    return blinks


def lamps(stage: Stage) -> Draw:
    """Set street lamps along the way, receding, each in a halo of its own."""
    rng = stage.rng("lamps")
    colours = stage.palette
    warm = rgb(stage.tint("lamps", "#ffcf87"))
    strong = stage.scene.time in {"night", "dusk", "storm"}
    side = 1.0 if rng.random() < 0.5 else -1.0
    posts: list[tuple[Cutout, Cutout, float, float, float]] = []
    for step in range(5):
        size = 0.42 + 0.22 * step
        x = stage.width * (0.5 + side * (0.06 + 0.1 * step))
        foot = stage.horizon + (stage.height - stage.horizon) * (0.03 + 0.12 * step)
        sketch = Sketch(60, 260, size * stage.unit)
        ink = mix(colours.colour("near"), rgb("#0c0d12"), 0.6)
        sketch.stroke([(30, 258), (30, 40)], [7, 4], ink)
        sketch.stroke([(30, 42), (30 - 5 * side, 26), (30 - 20 * side, 22)], [4, 3.4, 3], ink)
        sketch.ellipse((30 - 20 * side, 27), (8, 6), warm)
        halo = glow(80 * size * stage.unit, warm, 0.9 if strong else 0.35)
        up = (260 - 27) * size * stage.unit
        posts.append((sketch.cutout(), halo, x, foot, up))

    def draw(frame: Planes, t: float) -> None:
        for post, halo, x, foot, up in posts:
            at = x + stage.pan(t, 0.5)
            post.over(frame, at - post.width / 2, foot - post.height)
            halo.centred(frame, at - 20 * side * up / 233, foot - up)

    return draw


def cars(stage: Stage) -> Draw:
    """Let cars pass in both directions, with the glow of their lamps on the road."""
    rng = stage.rng("cars")
    own = stage.tint("car", "")
    lanes: list[tuple[Cutout, float, float, float, float]] = []
    strong = stage.scene.time in {"night", "dusk", "storm"}
    for index in range(6):
        way = 1.0 if index % 2 else -1.0
        size = (0.85 if way < 0 else 1.25) * stage.unit
        code = own or ("#7d2226", "#2c4a78", "#8a8d92", "#2a2c33", "#c9a13a")[int(rng.integers(5))]
        car = _car(stage.palette.shaded(code), size, way)
        row = stage.horizon + (stage.height - stage.horizon) * (0.2 if way < 0 else 0.42)
        speed = way * float(rng.uniform(150, 230)) * stage.unit
        lanes.append((car, row, float(rng.uniform(0, 1)), speed, way))
    front = glow(46 * stage.unit, rgb("#fff2c8"), 0.95 if strong else 0.4)
    back = glow(30 * stage.unit, rgb("#ff4a38"), 0.9 if strong else 0.4)
    length = stage.width + 400 * stage.unit

    def draw(frame: Planes, t: float) -> None:
        for car, row, start, speed, way in lanes:
            x = (start * length + speed * t) % length - 200 * stage.unit
            car.centred(frame, x, row - car.height / 2)
            front.centred(frame, x + way * car.width * 0.47, row - car.height * 0.36)
            back.centred(frame, x - way * car.width * 0.47, row - car.height * 0.4)

    return draw


def _car(paint: Floats, scale: float, way: float) -> Cutout:
    sketch = Sketch(150, 56, scale)

    def at(x: float, y: float) -> tuple[float, float]:
        return (75 + way * (x - 75), y)

    body = [(4, 42), (6, 28), (30, 24), (50, 8), (92, 7), (116, 23), (142, 28), (146, 42)]
    sketch.polygon([at(*point) for point in body], paint)
    glass = mix(rgb("#1b2430"), rgb("#9fb6cc"), 0.35)
    sketch.polygon([at(*p) for p in ((40, 23), (54, 12), (70, 11), (70, 23))], glass)
    sketch.polygon([at(*p) for p in ((75, 23), (75, 11), (90, 11), (106, 23))], glass)
    sketch.polygon([at(*p) for p in ((4, 42), (6, 36), (145, 36), (146, 42))], paint * 0.6)
    for x in (34, 116):
        sketch.ellipse(at(x, 43), (12, 12), rgb("#101114"))
        sketch.ellipse(at(x, 43), (5.5, 5.5), rgb("#6b7078"))
    return sketch.cutout()


def street(stage: Stage) -> Draw:
    """Lay a kerb and the road's dashed line over the wet mirror of the street."""
    rows = stage.height - stage.horizon
    kerb = max(2, round(rows * 0.05))
    dash = max(6, round(74 * stage.unit))
    line_row = stage.horizon + round(rows * 0.31)
    thick = max(1, round(4 * stage.unit))

    def draw(frame: Planes, t: float) -> None:
        frame.y[stage.horizon : stage.horizon + kerb] //= 2
        frame.y[stage.horizon : stage.horizon + kerb] += 14
        shift = round(stage.pan(t, 0.5))
        for x in range(-2 * dash + shift % (2 * dash), stage.width, 2 * dash):
            lighten(frame.y[line_row : line_row + thick, max(0, x) : max(0, x + dash)], 46)

    return draw
