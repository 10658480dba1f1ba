"""Name every event type ever stored; fail at the start of the program if there is a gap."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from domain.kernel.clock import ClockAdvanced
from domain.kernel.corrections import EVENTS as CORRECTIONS
from domain.kernel.messages import DomainEvent
from domain.kernel.registry import CatalogueGap, Registry, Upcast

AGGREGATES: Final = (
    "calendars", "projects", "plans", "phases", "departments", "resources", "commitments",
    "conflicts", "branches", "requirements", "items", "reports", "estimates", "rates",
    "contracts", "special_requests", "meetings", "inquiries", "notices", "publications",
    "disputes",
)  # fmt: skip
"""The folders of the domain whose `events` are stored."""


@cache
def catalogue() -> Registry:
    """Return the registry of everything stored; raises CatalogueGap where it contradicts itself."""
    events: list[type[DomainEvent]] = [ClockAdvanced, *CORRECTIONS]
    upcasts: dict[str, Upcast] = {}
    for aggregate in AGGREGATES:
        events += import_module(f"domain.{aggregate}.events").EVENTS
        for name, upcast in _upcasts(aggregate).items():
            if name in upcasts:
                msg = f"{name} is upcast twice"
                raise CatalogueGap(msg)
            upcasts[name] = upcast
    return Registry(events, upcasts)


def _upcasts(aggregate: str) -> Mapping[str, Upcast]:
    """Return the aggregate's upcasts; it has the module only once there is one."""
    name = f"domain.{aggregate}.upcasts"
    if find_spec(name) is None:
        return {}
    upcasts: Mapping[str, Upcast] = import_module(name).UPCASTS
    return upcasts
