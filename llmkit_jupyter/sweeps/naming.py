"""How sweeps are called: by their maker, or by the day and a word that is easily typed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection

from llmkit_jupyter.errors import InvalidRequestError

LONGEST = 80  # characters
_WORDS = """
acorn amber anchor apple aspen beacon birch brook canyon cedar clover comet coral crane cricket
dawn delta dune eagle ember falcon fern fjord garnet grove harbor hazel heron indigo iris island
ivory jade juniper kestrel kite lagoon lantern larch lemon lilac lotus lynx maple marble meadow
mint moss nectar north oasis ocean olive opal orchid otter pearl pebble pine plum pond poplar
quartz quill raven reef ridge river robin saffron sage sail shell sierra silver sparrow spruce
stone swan tern thistle tide topaz tulip valley violet walnut wave willow wren yarrow zephyr
"""


def check_name(name: object) -> str:
    """Give a sweep's name without blanks around it.

    Raises:
        InvalidRequestError: says what a name may be.
    """
    allowed = f"1 to {LONGEST} printable characters without slashes"
    if not isinstance(name, str):
        raise InvalidRequestError("name", name, allowed)
    text = name.strip()
    if not 0 < len(text) <= LONGEST or not text.isprintable() or set(text) & {"/", "\\"}:
        raise InvalidRequestError("name", name, allowed)
    return text


def fresh_name(taken: Collection[str]) -> str:
    """Make a name that no sweep has: ``"nov-26-kite"``."""
    today = time.localtime()
    day = f"{time.strftime('%b', today).lower()}-{today.tm_mday}"
    words = _WORDS.split()
    while True:
        for word in secrets.SystemRandom().sample(words, len(words)):
            if (name := f"{day}-{word}") not in taken:
                return name
        day = f"{day}-{secrets.token_hex(2)}"
