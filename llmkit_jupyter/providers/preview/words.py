"""The vocabulary: which words of a prompt put what into the scene.

To teach the preview a new word, add it to a line of `VOCABULARY`. To teach it a new thing,
add a line here and a layer of the same name to `layers.py`.
"""

from __future__ import annotations

import re
import unicodedata

# Group -> meaning -> the words that say it. Plurals are understood by themselves.
VOCABULARY: dict[str, dict[str, str]] = {
    "time": {
        "dawn": "sunrise dawn morning daybreak",
        "day": "day daylight daytime noon midday afternoon sunny bright summer spring",
        "sunset": "sunset sundown evening autumn",
        "dusk": "dusk twilight",
        "night": "night midnight nighttime nocturnal dark",
    },
    "sky": {
        "sun": "sun sunlight sunshine sunny sunrise sunset sundown",
        "moon": "moon moonlight moonlit moonrise lunar",
        "stars": "star starry starlight stellar constellation",
        "aurora": "aurora borealis northern-lights polar-lights",
        "clouds": "cloud cloudy overcast skies",
        "rainbow": "rainbow",
        "meteor": "meteor shooting-star falling-star comet",
    },
    "weather": {
        "rain": "rain rainy raining rainfall drizzle wet downpour monsoon",
        "snow": "snow snowy snowing snowfall snowflake winter blizzard",
        "lightning": "storm stormy lightning thunder thunderstorm tempest",
        "fog": "fog foggy mist misty haze hazy",
        "leaves": "leaf leave autumn autumnal windy wind breeze",
        "petals": "petal",
    },
    "land": {
        "mountains": "mountain alps alpine peak summit himalaya cliff volcano",
        "hills": "hill hilly valley countryside highland village",
        "dunes": "desert dune sand sandy sahara",
        "forest": "forest woods woodland pine fir jungle wilderness",
        "blossom": "cherry blossom sakura",
        "trees": "tree oak maple willow birch orchard garden park",
        "flowers": "flower field meadow garden wildflower tulip rose sunflower poppy lavender",
        "house": "house cottage cabin hut home farm village",
        "lighthouse": "lighthouse beacon",
    },
    "water": {
        "sea": "sea ocean wave beach coast shore surf bay island",
        "lake": "lake reflection mirror",
        "pond": "pond koi",
        "river": "river stream creek brook",
        "waterfall": "waterfall cascade",
    },
    "city": {
        "city": "city skyline downtown skyscraper building cityscape town metropolis urban neon",
        "lamps": "street streetlight streetlamp lamp lantern avenue",
        "bridge": "bridge viaduct",
    },
    "space": {
        "nebula": "space nebula galaxy galactic cosmos cosmic universe interstellar",
        "planet": "planet saturn jupiter orbit",
        "rocket": "rocket spaceship spacecraft launch",
    },
    "moving": {
        "birds": "bird seagull gull crane flock swallow",
        "butterflies": "butterfly",
        "fireflies": "firefly magic magical fairy",
        "boat": "boat ship sailboat sailing yacht vessel",
        "balloon": "balloon airship",
        "train": "train railway locomotive",
        "car": "car traffic highway taxi",
        "fish": "fish koi carp goldfish",
        "cat": "cat kitten kitty",
        "yarn": "yarn wool",
        "person": "person people man woman girl boy child figure human someone hiker walk walking",
        "dancer": "dance dancing dancer ballet",
        "fireworks": "firework celebration",
    },
    "colour": {
        "red": "red crimson scarlet",
        "orange": "orange amber",
        "gold": "gold golden",
        "yellow": "yellow",
        "green": "green emerald",
        "turquoise": "turquoise teal cyan",
        "blue": "blue azure",
        "purple": "purple violet lilac",
        "pink": "pink magenta",
        "brown": "brown",
        "white": "white silver",
        "grey": "grey gray",
        "black": "black",
    },
    "motion": {
        "slow": "slow slowly gentle gently calm serene peaceful tranquil slow-motion",
        "fast": "fast quick quickly racing rapid rapidly",
        "timelapse": "timelapse time-lapse hyperlapse",
        "pan": "pan panning tracking flyover drone",
        "zoom": "zoom zooming close-up dolly",
        "still": "still static tripod",
        "drifting": "drift drifting floating windy wind",
    },
}

_TOKEN = re.compile(r"[^\W\d_]+", re.UNICODE)
_MEANINGS: dict[str, tuple[tuple[str, str], ...]] = {}
for _group, _lines in VOCABULARY.items():
    for _meaning, _words in _lines.items():
        for _word in _words.split():
            _MEANINGS[_word] = (*_MEANINGS.get(_word, ()), (_group, _meaning))
_PHRASES = {word.replace("-", " "): word for word in _MEANINGS if "-" in word}


def meanings(prompt: str) -> list[tuple[tuple[str, str], ...]]:
    """Return, word by word, what the known words of a prompt mean, as (group, meaning) pairs.

    Unknown words give an empty tuple, so that neighbours stay neighbours.
    """
    # Far more than anybody types; a prompt may be a whole book.
    text = unicodedata.normalize("NFKC", prompt[:4000]).lower()
    text = " ".join(_TOKEN.findall(text))
    for phrase, word in _PHRASES.items():
        text = re.sub(rf"\b{phrase}(?=s?\b)", word, text)
    return [_lookup(token) for token in text.split()]


def _lookup(token: str) -> tuple[tuple[str, str], ...]:
    for word in _forms(token):
        if word in _MEANINGS:
            return _MEANINGS[word]
    return ()


def _forms(token: str) -> list[str]:
    """Return the word as it stands, and what it may be the plural of."""
    forms = [token]
    if token.endswith("ies"):
        forms.append(token[:-3] + "y")
    if token.endswith("es"):
        forms.append(token[:-2])
    if token.endswith("s"):
        forms.append(token[:-1])
    return forms
