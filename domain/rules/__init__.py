"""Find what does not fit, event by event, without a clock and without sampling."""

from typing import Any, Final

from domain.rules.contradiction import FactContradicts
from domain.rules.finding import Cleared, Finding, Found, Rule
from domain.rules.finish_after_promise import FinishAfterPromise
from domain.rules.promise_late import PromiseLate

RULES: Final[tuple[Rule[Any], ...]] = (FactContradicts(), PromiseLate(), FinishAfterPromise())
"""Every rule, in the order in which they are asked."""

__all__ = ["RULES", "Cleared", "Finding", "Found", "Rule"]
