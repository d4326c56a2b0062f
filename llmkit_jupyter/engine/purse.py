"""The money of one client: estimates, confirmations, and the budget in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from llmkit_jupyter.engine import loop
from llmkit_jupyter.engine.budget import Budget, Spending, dollars
from llmkit_jupyter.engine.choosing import Checked
from llmkit_jupyter.engine.engine import Engine
from llmkit_jupyter.engine.prices import Prices
from llmkit_jupyter.errors import ConfirmationRequiredError, InvalidRequestError
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.settings import Settings

PRICE_UNKNOWN = "The price is not known beforehand; the budget counts it when the video is done."
BALANCE_SECONDS = 10.0


class Purse:
    """What a client asks before it spends anything."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prices = Prices()

    def prices(self, engine: Engine, checked: Sequence[Checked]) -> list[float | None]:
        """Give the price of each request in US dollars; ``None`` where nobody knows it.

        Raises:
            LLMKitError: a provider would refuse one of them.
        """
        if not any(provider.paid for provider, _ in checked):
            return [0.0] * len(checked)
        return loop.shared().wait(self._prices.of(checked, engine.journal))

    def check_confirmed(self, prices: Sequence[float | None], *, confirm: bool) -> None:
        """Refuse a sum that a person should say yes to first.

        Raises:
            ConfirmationRequiredError: says the sum.
        """
        check_flag("confirm", confirm)
        known = [price for price in prices if price]
        unknown = prices.count(None)
        total = sum(known)
        limit = self._settings.confirm_above
        # Who wants to be asked about every cent wants to be asked about unknown prices as well.
        if confirm or not (total > limit or (unknown and limit == 0)):
            return
        videos = "1 video" if len(known) == 1 else f"{len(known)} videos"
        parts = [f"{videos} would cost about {dollars(total)}"] if known else []
        if unknown:
            parts.append(f"the price of {unknown} is not known beforehand")
        raise ConfirmationRequiredError(
            f"{', and '.join(parts)}, more than confirm_above ({dollars(limit)}). "
            "Say yes with confirm=True, or --yes in %%video.",
            estimate=total,
        )

    def budget(self, engine: Engine) -> Budget | None:
        """Give the budget in force: that of the session, else the setting."""
        if engine.session_budget is not None:
            return engine.session_budget
        if self._settings.budget is None:
            return None
        source = self._settings.sources.get("budget", "the setting budget")
        return Budget(self._settings.budget, source)

    def spending(self, engine: Engine) -> Spending:
        """Add up what counts against the budget in force, or everything."""
        return engine.journal.spending(self.budget(engine)).result()

    def balance(self, provider: Provider) -> float | None:
        """Give what is left in the provider's account, in US dollars; ``None`` if not told.

        Raises:
            LLMKitError: the provider cannot be asked.
            TimeoutError: it did not answer within ten seconds.
        """
        if not provider.paid:
            return None
        return loop.shared().wait(asyncio.wait_for(provider.balance(), BALANCE_SECONDS))


def check_flag(name: str, value: object) -> None:
    """Refuse what is neither ``True`` nor ``False``: the text ``"no"`` would count as yes.

    Raises:
        InvalidRequestError: says so.
    """
    if not isinstance(value, bool):
        raise InvalidRequestError(name, value, "True or False")
