"""Fetches finished videos: with the key from the server itself, without it from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from llmkit_jupyter.errors import InvalidVideoError, ResultExpiredError
from llmkit_jupyter.providers.base import Sink
from llmkit_jupyter.providers.diffusion_router.faults import NAME
from llmkit_jupyter.transport.auth import BearerAuth
from llmkit_jupyter.transport.download import Rules, download
from llmkit_jupyter.transport.origins import is_public, literal, lookup


class Content:
    """The files of one server.

    Args:
        url: of the server.
        auth: its key, if it wants one.
        size_limit: bytes of the largest video that is fetched.
    """

    def __init__(self, url: str, auth: BearerAuth | None, size_limit: int) -> None:
        self._url = url
        self._auth = auth
        self._size_limit = size_limit
        self._private: bool | None = None

    async def fetch(self, url: str, sink: Sink) -> None:
        """Stream a file.

        Raises:
            LLMKitError: as from ``download``; names the address, without its query.
        """
        rules = Rules(size_limit=self._size_limit, allow_private=await self._is_private())
        try:
            await download(url, sink, own_origin=self._url, auth=self._auth, rules=rules)
        except (ResultExpiredError, InvalidVideoError) as error:
            told = type(error)(f"{url.partition('?')[0]} gave no video: {error}", provider=NAME)
            told.retry_after_seconds = error.retry_after_seconds
        else:
            return
        # Outside of the handler: what it was made from may hold the key's header.
        raise told

    async def _is_private(self) -> bool:
        """Whether the server is on this machine or network, and may name others that are."""
        if self._private is None:
            parts = urlsplit(self._url)
            host = parts.hostname or ""
            found = [host]
            if literal(host) is None:
                try:
                    found = await lookup(host, parts.port or 443)
                except OSError:
                    return False  # not known now, and looked up again
            addresses = [each for text in found if (each := literal(text)) is not None]
            self._private = bool(addresses) and not any(map(is_public, addresses))
        return self._private
