"""From words to a scene: what is in the picture, under which light, and how it moves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from llmkit_jupyter.providers.preview.words import VOCABULARY, meanings

_SPEEDS = {"slow": 0.55, "fast": 1.9, "timelapse": 1.2}
_THINGS = ("sky", "weather", "land", "water", "city", "space", "moving")
_INDOORS = {"cat", "yarn"}
_ON_FOOT = {"flowers", "trees", "blossom", "person", "dancer", "cat", "yarn"}

# What a prompt without any known word may look like: time, ground and things.
_DEFAULTS: tuple[tuple[str, str, str], ...] = (
    ("sunset", "lake", "sun mountains clouds"),
    ("dawn", "meadow", "sun hills fog birds"),
    ("night", "lake", "moon stars mountains forest"),
    ("day", "sea", "sun clouds boat birds"),
    ("dusk", "lake", "stars mountains forest"),
    ("night", "meadow", "aurora stars mountains forest"),
    ("sunset", "dunes", "sun birds"),
    ("day", "meadow", "sun clouds hills flowers butterflies"),
    ("night", "space", "stars nebula planet"),
    ("dawn", "lake", "sun mountains balloon fog"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What to draw.

    Attributes:
        time: Time of day or place of light: a name from `palette.TIMES`.
        ground: What lies below the horizon: sea, lake, pond, river, street, meadow, snowfield,
            dunes, room, or space (nothing).
        things: Names of the layers to draw besides sky and ground.
        tints: Colour names that the prompt gives to things, as (thing, colour).
        mood: Colour name that the whole picture leans towards, or "".
        speed: How fast things move; 1 is normal.
        drift: How fast clouds and fog move; 1 is normal.
        sway: How far the camera pans, as a share of the picture's width.
        zoom: How far the camera moves in over the clip; 0 is not at all.
        entropy: Where all randomness of this scene comes from.
    """

    time: str
    ground: str
    things: frozenset[str]
    tints: tuple[tuple[str, str], ...] = ()
    mood: str = ""
    speed: float = 1.0
    drift: float = 1.0
    sway: float = 0.05
    zoom: float = 0.0
    entropy: int = 0

    def tint(self, thing: str) -> str:
        """Return the colour name the prompt gives a thing, or ""."""
        return dict(self.tints).get(thing, "")


def read_prompt(prompt: str, seed: int) -> Scene:
    """Read a prompt into a scene; the seed varies the composition, never what was asked for."""
    digest = hashlib.sha256(f"{seed}\0{prompt}".encode("utf-8", "surrogatepass")).digest()
    entropy = int.from_bytes(digest[:8], "big")
    rng = np.random.default_rng(entropy)
    found = meanings(prompt)
    said = {pair for word in found for pair in word}
    asked = {meaning for group, meaning in said if group in _THINGS}
    times = [name for name in VOCABULARY["time"] if ("time", name) in said]
    motion = {meaning for group, meaning in said if group == "motion"}
    tints, mood = _colours(found)
    if not asked and not times:
        time, ground, names = _DEFAULTS[int(rng.integers(len(_DEFAULTS)))]
        things = set(names.split())
    else:
        time = _time(times, asked, rng)
        ground = _ground(asked, rng)
        things = _complete(asked, time, ground, rng)
    speed = float(np.prod([_SPEEDS.get(word, 1.0) for word in motion]))
    drift = speed * (14 if "timelapse" in motion else 1) * (2.5 if "drifting" in motion else 1)
    return Scene(
        time=time,
        ground=ground,
        things=frozenset(things),
        tints=tints,
        mood=mood,
        speed=speed,
        drift=drift,
        sway=0.0 if "still" in motion else 0.2 if "pan" in motion else 0.045,
        zoom=0.35 if "zoom" in motion else 0.0,
        entropy=entropy,
    )


def _colours(found: list[tuple[tuple[str, str], ...]]) -> tuple[tuple[tuple[str, str], ...], str]:
    """Give each colour to the thing named right after it, or else to the whole picture."""
    tints: dict[str, str] = {}
    mood = ""
    for at, word in enumerate(found):
        for group, colour in word:
            if group != "colour":
                continue
            nexts = [pair for other in found[at + 1 : at + 3] for pair in other]
            nexts = [meaning for kind, meaning in nexts if kind in _THINGS]
            if nexts:
                tints.update(dict.fromkeys(nexts, colour))
            else:
                mood = colour
    return tuple(sorted(tints.items())), mood


def _time(times: list[str], asked: set[str], rng: np.random.Generator) -> str:
    if times:
        # "a sunset by night": the light wins, the picture is prettier with it.
        return next((name for name in ("dawn", "sunset", "dusk") if name in times), times[0])
    if asked & {"nebula", "planet"} and not asked & {"mountains", "city", "sea", "lake"}:
        return "space"
    rules = (
        ("stars aurora moon fireworks meteor fireflies nebula planet", "night"),
        ("lightning rain", "storm"),
        ("city lamps car", ("dusk", "night", "sunset")[int(rng.integers(3))]),
        ("rocket", "dusk"),
        ("cat dancer person", ("sunset", "dawn")[int(rng.integers(2))]),
    )
    usual = ("day", "dawn", "day", "sunset")[int(rng.integers(4))]
    return next((time for names, time in rules if asked & set(names.split())), usual)


def _ground(asked: set[str], rng: np.random.Generator) -> str:
    outdoors = asked - _INDOORS - {"rain", "moon", "stars", "sun"}
    named = [name for name in ("sea", "pond", "lake", "river") if name in asked]
    if named:
        return named[0]
    if not outdoors and asked & _INDOORS:
        return "room"
    if asked & {"nebula", "planet"} and not asked & {"mountains", "hills", "forest", "city"}:
        return "space"
    rules = (
        ("lamps car", "street"),
        ("fireworks", "lake"),
        ("dunes", "dunes"),
        ("boat lighthouse", "sea"),
        ("fish", "pond"),
        ("waterfall bridge", "river"),
        ("snow", "snowfield"),
        ("city", ("lake", "street")[int(rng.integers(2))]),
        ("flowers blossom trees house cat dancer person butterflies train", "meadow"),
        ("mountains", ("lake", "meadow")[int(rng.integers(2))]),
        ("sun fireworks", "lake"),
    )
    return next((ground for names, ground in rules if asked & set(names.split())), "meadow")


def _complete(asked: set[str], time: str, ground: str, rng: np.random.Generator) -> set[str]:
    """Add what belongs to the scene although nobody names it."""
    things = set(asked) - {"sea", "lake", "pond", "river"}
    # The finer word wins: a dancer is a person, and cherry blossom grows on trees.
    for finer, coarser in (("dancer", "person"), ("blossom", "trees")):
        things -= {coarser} if finer in things else set()
    if ground in {"room", "space"}:
        return things | ({"stars"} if ground == "space" or time == "night" else set())
    things |= _overhead(things, time, rng)
    if not things & {"mountains", "hills", "city", "forest", "dunes"} and ground != "sea":
        things |= {("mountains", "hills")[int(rng.integers(2))]}
    if ground in {"sea", "lake"} and things & _ON_FOOT:
        things |= {"shore"}
    return things | {"street": {"lamps"}, "pond": {"fish"}}.get(ground, set())


def _overhead(things: set[str], time: str, rng: np.random.Generator) -> set[str]:
    """Return what is in the sky by itself: sun, moon, stars, clouds."""
    found: set[str] = set()
    bad = bool(things & {"rain", "lightning", "snow"})
    if time in {"night", "dusk"}:
        found |= {"stars"} if not bad else set()
        if time == "night" and not bad and not things & {"aurora", "fireworks", "city"}:
            found |= {"moon"}
    elif not bad and time != "storm" and "moon" not in things:
        found |= {"sun"}
    open_sky = things & {"aurora", "stars", "moon", "planet", "nebula"}
    if (bad and not open_sky) or (time in {"day", "dawn", "sunset"} and rng.random() < 0.75):
        found |= {"clouds"}
    return found
