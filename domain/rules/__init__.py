"""Find what does not fit, event by event, without a clock and without sampling."""

from typing import Any, Final

from domain.rules.finding import Cleared, Finding, Found, Rule
from domain.rules.finish_after_promise import FinishAfterPromise

RULES: Final[tuple[Rule[Any], ...]] = (FinishAfterPromise(),)
"""Every rule, in the order in which they are asked."""

__all__ = ["RULES", "Cleared", "Finding", "Found", "Rule"]
