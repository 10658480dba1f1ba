"""Find the model of a permanent name, and read older shapes as today's by upcasting."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain.kernel.messages import DomainEvent

StoredData: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upcast:
    """How the data of one released name read as the data of the next."""

    to: str
    change: Callable[[StoredData], StoredData]


class CatalogueGap(Exception):
    """The catalogue of event names contradicts itself: a duplicate, a gap or a cycle."""


_VERSIONED: Final = re.compile(r"(?P<stem>.+\.v)(?P<number>[1-9][0-9]*)", re.ASCII)


class Registry:
    """Every event type by its permanent name, and the upcasts from names of older releases.

    Raises CatalogueGap for what would only show when an old event is read: a name that two models
    have, an upcast beside a model of its name, a chain that goes in a circle or ends at a name no
    model has, and a version from whose predecessors no chain leads on.
    """

    def __init__(
        self, events: Iterable[type[DomainEvent]], upcasts: Mapping[str, Upcast] | None = None
    ) -> None:
        self.models: dict[str, type[DomainEvent]] = {}
        self.upcasts = dict(upcasts or {})
        for model in events:
            name = vars(model).get("type_name")
            if not isinstance(name, str):
                msg = f"{model.__name__} has no type_name of its own"
                raise CatalogueGap(msg)
            if name in self.models:
                msg = f"{name} is the name of {self.models[name].__name__} and {model.__name__}"
                raise CatalogueGap(msg)
            self.models[name] = model
        for name in self.upcasts:
            self._chain_ends(name)
        for name in (*self.models, *self.upcasts):
            self._reaches_back(name)

    def _reaches_back(self, name: str) -> None:
        """Refuse a version whose predecessor nobody reads: events of that name may be stored."""
        versioned = _VERSIONED.fullmatch(name)
        if versioned is None or versioned["number"] == "1":
            return
        before = f"{versioned['stem']}{int(versioned['number']) - 1}"
        if not self.knows(before):
            msg = f"{name} is known and {before} is not: what is stored under it cannot be read"
            raise CatalogueGap(msg)

    def _chain_ends(self, name: str) -> None:
        if name in self.models:
            msg = f"{name} has a model and an upcast: one of them is never used"
            raise CatalogueGap(msg)
        seen = {name}
        at = name
        while at in self.upcasts:
            at = self.upcasts[at].to
            if at in seen:
                msg = f"the upcasts of {name} go in a circle at {at}"
                raise CatalogueGap(msg)
            seen.add(at)
        if at not in self.models:
            msg = f"the upcasts of {name} end at {at}, which no model has"
            raise CatalogueGap(msg)

    def knows(self, name: str) -> bool:
        return name in self.models or name in self.upcasts

    def upcast(self, name: str, data: StoredData) -> tuple[type[DomainEvent], StoredData]:
        """Return today's model of a stored name, and its data in today's shape.

        Raises KeyError for a name that was never in the catalogue: names are never imported.
        """
        while (step := self.upcasts.get(name)) is not None:
            name, data = step.to, step.change(data)
        return self.models[name], data
