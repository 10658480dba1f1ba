"""Give a condition its identity, so that however often it is found it is one conflict."""

from collections.abc import Iterable

from domain.kernel.ids import derived_id


def conflict_id(rule: str, subjects: Iterable[str]) -> str:
    """Return the id of the conflict that a rule's condition on these streams has for ever.

    It is the hash of the rule and the sorted subjects; project streams and order lines have ids
    of their own, so two projects never share one.
    """
    return derived_id("", rule, *sorted(subjects))
