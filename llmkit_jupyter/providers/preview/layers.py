"""Which layers a scene has, from back to front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmkit_jupyter.providers.preview import (
    cat,
    city,
    falling,
    falls,
    fireworks,
    fish,
    flyers,
    ground,
    land,
    people,
    plants,
    sky,
    space,
    structures,
    vehicles,
    water,
    weather,
)
from llmkit_jupyter.providers.preview.stage import Draw, Stage, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmkit_jupyter.providers.preview.scene import Scene

# The name of a thing or of a kind of ground -> what draws it, from back to front.
ORDER: tuple[tuple[str, Callable[[Stage], Draw]], ...] = (
    ("nebula", space.nebula),
    ("stars", sky.stars),
    ("aurora", sky.aurora),
    ("planet", space.planet),
    ("meteor", space.meteor),
    ("sun", sky.sun),
    ("moon", sky.moon),
    ("clouds", sky.clouds),
    ("rainbow", space.rainbow),
    ("fireworks", fireworks.fireworks),
    ("mountains", land.mountains),
    ("hills", land.hills),
    ("city", city.city),
    ("forest", land.forest),
    ("waterfall", falls.waterfall),
    ("birds", flyers.birds),
    ("balloon", flyers.balloon),
    ("sea", water.sea),
    ("lake", water.lake),
    ("river", water.lake),
    ("pond", water.lake),
    ("street", water.lake),
    ("street", city.street),
    ("meadow", ground.meadow),
    ("snowfield", ground.snowfield),
    ("dunes", ground.dunes),
    ("room", ground.room),
    ("lighthouse", structures.lighthouse),
    ("fish", fish.fish),
    ("river", water.banks),
    ("pond", water.banks),
    ("bridge", structures.bridge),
    ("house", structures.house),
    ("train", vehicles.train),
    ("boat", vehicles.boat),
    ("fog", weather.fog),
    ("rocket", flyers.rocket),
    ("shore", water.shore),
    ("flowers", plants.flowers),
    ("car", city.cars),
    ("lamps", city.lamps),
    ("person", people.person),
    ("dancer", people.dancer),
    ("cat", cat.cat),
    ("yarn", cat.yarn),
    ("trees", plants.trees),
    ("blossom", plants.blossom),
    ("butterflies", flyers.butterflies),
    ("fireflies", falling.fireflies),
    ("petals", falling.petals),
    ("leaves", falling.leaves),
    ("snow", weather.snow),
    ("rain", weather.rain),
    ("lightning", weather.lightning),
)


def prepare(scene: Scene, width: int, height: int) -> list[Draw]:
    """Prepare every layer of a scene for a size in pixels, from back to front."""
    stage = build(scene, width, height)
    wanted = scene.things | {scene.ground}
    return [sky.backdrop(stage), *(layer(stage) for name, layer in ORDER if name in wanted)]
