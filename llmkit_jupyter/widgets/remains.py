"""What stays of a studio in its notebook: an output below it with the plain videos."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmkit_jupyter.notebook import display, shell
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets import hosts

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob


class Remains:
    """The outputs below all views of one studio; out of sight while the studio is there.

    Args:
        slot: the studio's.
    """

    def __init__(self, slot: str) -> None:
        self._slot = slot
        self._names: list[str] = []
        self._video: VideoGenerationResponse | None = None

    def show(self, jobs: Sequence[VideoJob]) -> None:
        """Keep a place in the cell that is running."""
        name = f"llmkit-{uuid.uuid4().hex}"
        ended = _ended(jobs)
        shell.publish(self._bundle(jobs, ended), display_id=name)
        self._names.append(name)
        if _ended(jobs) != ended:
            self.draw(jobs)

    def draw(self, jobs: Sequence[VideoJob]) -> None:
        """Show how the jobs of the latest submission have ended."""
        if self._names:
            # Not for nobody: what is embedded counts towards what a notebook may hold.
            bundle = self._bundle(jobs, _ended(jobs))
            for name in self._names:
                shell.publish(bundle, display_id=name, update=True)

    def _bundle(
        self, jobs: Sequence[VideoJob], ended: Sequence[VideoGenerationResponse]
    ) -> MimeBundle:
        videos = [response for response in ended if response.status == "completed"]
        # What went wrong takes no video's place.
        before = [self._video] if self._video is not None and not videos else []
        self._video = videos[-1] if videos else self._video
        bundles = [display.render_response(response) for response in (*before, *ended)]
        if len(ended) < len(jobs):
            bundles.append(display.render_note(_left(len(jobs) - len(ended))))
        all_of_them: MimeBundle = {
            "text/html": "".join(str(bundle["text/html"]) for bundle in bundles),
            "text/plain": "\n".join(str(bundle["text/plain"]) for bundle in bundles),
        }
        pictures = [bundle["image/jpeg"] for bundle in bundles if "image/jpeg" in bundle]
        if pictures:
            all_of_them["image/jpeg"] = pictures[0]
        return hosts.covered(self._slot, all_of_them)


def _left(count: int) -> str:
    many = "1 video was" if count == 1 else f"{count} videos were"
    return f"{many} not finished here. Open the studio again, and see how far it is."


def _ended(jobs: Sequence[VideoJob]) -> list[VideoGenerationResponse]:
    return [job.response for job in jobs if job.done()]
