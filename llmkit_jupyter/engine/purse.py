"""The money of a client: estimates, confirmations, and the budget in force."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from llmkit_jupyter.engine import engine as engines
from llmkit_jupyter.engine import loop
from llmkit_jupyter.engine.budget import Budget, Spending, dollars
from llmkit_jupyter.engine.choosing import Checked, Providers
from llmkit_jupyter.engine.costs import MOST_DAYS, DayCost, beginning
from llmkit_jupyter.engine.drafts import Draft
from llmkit_jupyter.engine.engine import Engine
from llmkit_jupyter.engine.prices import Prices
from llmkit_jupyter.engine.reuse import BY_WORD, Rule, as_rule
from llmkit_jupyter.errors import ConfirmationRequiredError, InvalidRequestError
from llmkit_jupyter.request import VideoGenerationRequest, whole_number
from llmkit_jupyter.settings import Settings

PRICE_UNKNOWN = "The price is not known beforehand; the budget counts it when the video is done."
BALANCE_SECONDS = 10.0


class Purse:
    """The side of a client that looks at money; the client itself adds the rest."""

    def __init__(self, settings: Settings, providers: Providers) -> None:
        self.settings: Settings = settings
        self._providers = providers
        self._prices = Prices()

    @property
    def _engine(self) -> Engine:
        # Asked for each time: after a fork the child has an engine of its own.
        return engines.for_settings(self.settings)

    @property
    def engine(self) -> Engine:
        """What keeps this client's jobs; for the floors above, whose names may change."""
        return self._engine

    def estimate(self, request: VideoGenerationRequest) -> float | None:
        """Give the price in US dollars before anything is sent; ``None`` where unknown.

        The provider is asked; where it does not tell, earlier videos of the kind do.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        return self._asked(self._providers.checked([request]))[0]

    @property
    def budget(self) -> float | None:
        """US dollars that may be spent; ``None`` without a limit.

        Set here, it holds for all clients of this home in this process. It counts the jobs of
        all kernels, from now on or, where a budget is in force, from where that one began.
        ``None`` goes back to the setting.
        """
        found = self._budget()
        return found.limit if found else None

    @budget.setter
    def budget(self, limit: float | None) -> None:
        self._engine.set_budget(limit, "set in this session", instead=self._budget())

    def spending(self) -> Spending:
        """Add up what counts against the budget; everything, where there is none."""
        return self._engine.journal.spending(self._budget()).result()

    def costs(self, days: int | None = 30) -> list[DayCost]:
        """Add up what videos cost by day and model, the earliest day first, of all sessions.

        Args:
            days: how many, with today as the last, by the clock of this machine; ``None`` for
                all there is.

        Raises:
            InvalidRequestError: no number of days.
        """
        since: float | None = None
        if days is not None:
            since = beginning(whole_number("days", days, 1, MOST_DAYS, "days"), time.time())
        return self._engine.journal.costs(since).result()

    def balance(self) -> float | None:
        """Give what is left in the account, in US dollars; ``None`` where that is not told.

        Raises:
            LLMKitError: the provider cannot be asked.
            TimeoutError: it did not answer within ten seconds.
        """
        provider = self._providers[self._providers.default]
        if not provider.paid:
            return None
        return loop.shared().wait(asyncio.wait_for(provider.balance(), BALANCE_SECONDS))

    @property
    def reuse(self) -> bool | None:
        """What is answered from the library instead of being made, and paid for, once more.

        ``None``: requests that name a seed, where all else is the same; ``True``: also those
        without one, by the newest video; ``False``: none. Set here, it holds for all clients of
        this home in this process; what a call is given itself counts more.
        """
        session = self._engine.session_rule
        return BY_WORD[self.settings.reuse] if session == "unset" else session

    @reuse.setter
    def reuse(self, rule: bool | None) -> None:
        self._engine.session_rule = as_rule("reuse", rule)

    def prices(
        self, requests: Sequence[VideoGenerationRequest], *, reuse: bool | None = None
    ) -> list[float | None]:
        """Give the price of each in US dollars; 0 where the library has it, ``None`` if unknown.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        checked = self._providers.checked(requests)
        return self._prices_of(self._engine.draft(requests, checked, rule=self._rule(reuse)))

    def _rule(self, reuse: object) -> Rule:
        given = as_rule("reuse", reuse)
        return self.reuse if given is None else given

    def _prices_of(self, drafts: Sequence[Draft]) -> list[float | None]:
        prices = iter(self._asked([each.checked for each in drafts if not each.entry.found]))
        return [0.0 if each.entry.found else next(prices) for each in drafts]

    def _asked(self, checked: Sequence[Checked]) -> list[float | None]:
        if not any(provider.paid for provider, _ in checked):
            return [0.0] * len(checked)
        return loop.shared().wait(self._prices.of(checked, self._engine.journal))

    def check_prices(
        self, prices: Sequence[float | None], *, confirm: bool, limited: bool = False
    ) -> None:
        """Refuse a sum that needs a yes first.

        Args:
            prices: in US dollars; 0 where nothing is charged, ``None`` where unknown.
            confirm: the yes.
            limited: they are held back by a budget of their own.

        Raises:
            ConfirmationRequiredError: says the sum.
        """
        known = [price for price in prices if price]
        unknown = prices.count(None)
        total = sum(known)
        limit = self.settings.confirm_above
        if unknown > 1 and not confirm and (limited or self._budget() is not None):
            raise ConfirmationRequiredError(
                f"The price of {unknown} videos is not known beforehand, so the budget cannot "
                "hold them back. Say yes with confirm=True, or --yes in %%video.",
                estimate=total,
            )
        # Who wants to be asked about every cent wants to be asked about unknown prices as well.
        if confirm or not (total > limit or (unknown and limit == 0)):
            return
        videos = "1 video" if len(known) == 1 else f"{len(known)} videos"
        parts = [f"{videos} would cost about {dollars(total)}"] if known else []
        if unknown:
            more = "more " if known else ""
            parts.append(f"the price of {unknown} {more}is not known beforehand")
        above = f"more than confirm_above ({dollars(limit)})"
        if total <= limit:
            above = f"and confirm_above is {dollars(limit)}"
        sentence = f"{' and '.join(parts)}, {above}."
        raise ConfirmationRequiredError(
            f"{sentence[0].upper()}{sentence[1:]} Say yes with confirm=True, or --yes in %%video.",
            estimate=total,
        )

    def _budget(self) -> Budget | None:
        """Give the budget in force: that of the session, else the setting."""
        session = self._engine.session_budget
        if session is not None or self.settings.budget is None:
            return session
        source = self.settings.sources.get("budget", "the setting budget")
        return Budget(self.settings.budget, source)


def check_flag(name: str, value: object) -> None:
    """Refuse what is neither ``True`` nor ``False``: the text ``"no"`` would count as yes.

    Raises:
        InvalidRequestError: says so.
    """
    if not isinstance(value, bool):
        raise InvalidRequestError(name, value, "True or False")
