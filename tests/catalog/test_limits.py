from __future__ import annotations

import pytest

from llmkit_jupyter.catalog.facts import bundled, snapshot
from llmkit_jupyter.catalog.limits import resolve
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import VideoGenerationRequest

RUNWAY, TURBO, KLING = "runway:1@2", "runway:1@1", "klingai:6@1"
ALEPH, PIXVERSE_5 = "runway:aleph@2.0", "pixverse:1@7"
HAILUO, PIXVERSE, VEO = "minimax:4@1", "pixverse:1@8", "google:3@2"
IMAGE = "https://example.com/first.png"


def checked(model, **values):
    return resolve(bundled(model), VideoGenerationRequest(**{"prompt": "a cat"} | values))


@pytest.mark.parametrize(
    ("model", "given", "duration", "size"),
    [
        (RUNWAY, {}, 5, (1280, 720)),
        (RUNWAY, {"duration": 8}, 8, (1280, 720)),
        (RUNWAY, {"image": IMAGE}, 5, (1280, 720)),  # required by its schema all the same
        (TURBO, {"image": IMAGE}, 5, (None, None)),  # the picture sets the size
        (HAILUO, {}, 6, (1366, 768)),
        (HAILUO, {"duration": 10}, 10, (1366, 768)),
        (HAILUO, {"width": 1920, "height": 1080}, 6, (1920, 1080)),
        ("klingai:kling-video@3-pro", {}, 5, (1920, 1080)),
        (VEO, {}, 4, (1280, 720)),
        (VEO, {"options": {"resolution": "720p"}}, 4, (None, None)),
        ("alibaba:wan@2.7", {}, None, (None, None)),  # nothing known, nothing required
        ("lightricks:ltx@2", {}, 5, (None, None)),  # only the duration is required
        ("lightricks:ltx@2.3-fast", {}, 5, (1280, 720)),
        ("klingai:kling-video@2.6-standard", {}, None, (None, None)),
    ],
)
def test_what_is_filled_in(model, given, duration, size):
    made = checked(model, **given)
    assert (made.duration, (made.width, made.height)) == (duration, size)


@pytest.mark.parametrize(
    ("model", "given", "field", "words"),
    [
        (RUNWAY, {"duration": 7}, "duration", "duration is 7; allowed: 5, 8 or 10 seconds"),
        (TURBO, {"duration": 11, "image": IMAGE}, "duration", "11; allowed: 2 to 10 seconds"),
        (RUNWAY, {"width": 1024, "height": 576}, "size", "1280x720, 720x1280"),
        (RUNWAY, {"negative_prompt": "rain"}, "negative_prompt", "'rain'"),
        (KLING, {"seed": 5}, "seed", "seed is 5"),
        (KLING, {"fps": 24}, "fps", "fps is 24"),
        (HAILUO, {"fps": 24}, "fps", "allowed: 25"),
        (HAILUO, {"duration": 10, "width": 1920, "height": 1080}, "duration", "6 seconds at"),
        (TURBO, {}, "image", ".with_image("),
        (TURBO, {}, "image", "Runway Gen-4.5 (runway:1@2) makes videos of words alone"),
        (TURBO, {"prompt": "x" * 1001, "image": IMAGE}, "prompt", "1 to 1000 characters"),
        (ALEPH, {"image": IMAGE}, "image", "it works on a video: .with_option("),
        (ALEPH, {}, "image", "a video, which this model works on: .with_option("),
        (VEO, {"options": {"outputQuality": 19}}, "option outputQuality", "20 to 99"),
        (VEO, {"options": {"outputQuality": True}}, "option outputQuality", "20 to 99"),
        (PIXVERSE_5, {"duration": 10, "options": {"resolution": "1080p"}}, "duration", "at 1080p"),
        (
            PIXVERSE_5,
            {"duration": 10, "width": 1920, "height": 1080},
            "duration",
            "5 or 8 seconds at 1920x1080",
        ),
        ("klingai:6@0", {"width": 1280, "height": 720}, "size", "1280x720"),
        (
            VEO,
            {"width": 1280, "height": 720, "options": {"resolution": "720p"}},
            "size",
            "not both",
        ),
        (VEO, {"options": {"resolution": "8K"}}, "option resolution", "720p, 1080p, 4K"),
        (VEO, {"options": {"resolutoin": "4K"}}, "option resolutoin", "did you mean resolution?"),
        (VEO, {"options": {"outputFormat": "GIF"}}, "option outputFormat", "MP4, WEBM, MOV"),
        (VEO, {"options": {"positivePrompt": "x"}}, "option positivePrompt", "prompt"),
        (VEO, {"options": {"numberResults": 2}}, "option numberResults", "count="),
        (VEO, {"options": {"width": 2}}, "option width", ".with_width("),
        (VEO, {"options": {"webhookURL": "https://x"}}, "option webhookURL", "nothing"),
        (VEO, {"options": {"webhookURL.x": "https://x"}}, "option webhookURL.x", "nothing"),
        (VEO, {"options": {"uploadEndpoint": "https://x"}}, "option uploadEndpoint", "nothing"),
        (VEO, {"options": {"taskUUID": "x"}}, "option taskUUID", "nothing"),
        (VEO, {"options": {"apiKey": "x"}}, "option apiKey", "nothing"),
    ],
)
def test_what_is_refused(model, given, field, words):
    with pytest.raises(InvalidRequestError) as caught:
        checked(model, **given)
    assert caught.value.field == field
    assert words in str(caught.value)
    assert (caught.value.provider, model in str(caught.value)) == ("runware", True)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (TURBO, {"image": IMAGE, "seed": 7}),
        ("klingai:7@1", {"options": {"inputs": {"video": "u", "audio": "v"}}}),
        (PIXVERSE, {"seed": 7, "negative_prompt": "rain", "options": {"settings.audio": True}}),
        (VEO, {"options": {"outputQuality": 80, "safety.mode": "fast"}}),
    ],
)
def test_what_is_taken_stays_as_it_is(model, given):
    made = checked(model, **given)
    for name, value in given.items():
        assert getattr(made, name) == value


def test_the_snapshot_knows_the_models_and_which_of_them_make_videos_of_words():
    assert len(snapshot()) == 97
    assert sum(facts.text_to_video for facts in snapshot().values()) == 67


@pytest.mark.parametrize("model", sorted(snapshot()))
def test_every_model_takes_its_own_defaults(model):
    facts = bundled(model)
    if facts.works_on:
        given = {"options": {"inputs": {"video": IMAGE}}}
    else:
        given = {"image": IMAGE} if facts.needs_input else {}
    made = checked(model, **given)
    assert resolve(facts, made) == made
