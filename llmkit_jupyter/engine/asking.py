"""What can be asked of a client without sending a request for a video."""

from __future__ import annotations

from collections.abc import Sequence

from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.catalog.models import Model, select
from llmkit_jupyter.engine.purse import Purse
from llmkit_jupyter.engine.record import new_record
from llmkit_jupyter.engine.telling import tell
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.request import VideoGenerationRequest


class Asking(Purse):
    """The side of a client that answers questions; the client itself adds the rest."""

    def models(
        self,
        *,
        text: bool | None = None,
        image: bool | None = None,
        duration: int | None = None,
        size: tuple[int, int] | None = None,
        refresh: bool = True,
    ) -> list[Model]:
        """List the models of all providers that can be used with these settings.

        Args:
            text: only those that do, or do not, work from a text alone.
            image: only those that do, or do not, take a picture to begin with.
            duration: only those that can make that many seconds.
            size: only those that can make that width and height.
            refresh: ``False`` lists what was last heard of, without asking the network.
        """
        if refresh:
            self._providers.look_around()
            for trouble in filter(None, (each.trouble for each in self._providers.all())):
                tell(trouble)
        found = [model for provider in self._providers.all() for model in provider.models()]
        return select(found, text=text, image=image, duration=duration, size=size)

    def controls(
        self, model: str | None = None, *, image: bool = False, refresh: bool = True
    ) -> Controls:
        """Give what a form for a model's videos offers, field by field; sends no request.

        Args:
            model: as in a request; the one that requests get which name none, by default.
            image: the video begins with a picture: some names mean another model then.
            refresh: ``False`` answers at once by what was last heard; else the provider may look
                up what the model takes, which can take a few seconds.

        Raises:
            ModelNotFoundError: names the nearest ids.
            InvalidRequestError, ProviderNotFoundError, AuthenticationError: as for a request.
        """
        return self._providers.controls(model, image=image, refresh=refresh)

    def expected(self, request: VideoGenerationRequest) -> float | None:
        """Give the seconds that such a video usually takes, submission to end of generation.

        Learned from the latest jobs of the same provider, model, duration and size, of all
        sessions; ``None`` where there were none. Asks nobody.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
            JournalError: the journal cannot be read.
        """
        provider, sent = self._providers.judged(request)
        like = new_record(
            provider=provider.name, endpoint="", account="", request=request, sent=sent
        )
        usual = self._engine.journal.usual(like).result()
        return usual.median if usual else None

    def makes_here(self, request: VideoGenerationRequest) -> bool:
        """Whether a request's video is made by this process itself; asks nobody.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        return not self._providers.judged(request)[0].remote

    def video_providers(self) -> list[str]:
        """List the providers that can be used with these settings, the default one first."""
        return self._providers.names()

    def check_each(self, requests: Sequence[VideoGenerationRequest]) -> list[LLMKitError | None]:
        """Tell what is wrong with each request, where anything is; sends none of them."""
        return self._providers.check_each(requests)

    def validate(
        self, request: VideoGenerationRequest, *, refresh: bool = True
    ) -> VideoGenerationRequest:
        """Check a request and give it with every default filled in; sends nothing.

        Args:
            request: what would be generated.
            refresh: ``False`` judges by what is known, without asking the network, and warns of
                nothing.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        if not refresh:
            return self._providers.judged(request)[1]
        return self._providers.checked([request])[0][1]
