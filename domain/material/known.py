"""Keep what is known of a project's requirements and items, event by event."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from domain.items.events import EVENTS as ITEM_EVENTS
from domain.items.events import BomRevised
from domain.items.facts import Standing, Timeline
from domain.kernel.messages import DomainEvent, Recorded
from domain.requirements.events import (
    EVENTS as REQUIREMENT_EVENTS,
)
from domain.requirements.events import (
    RequirementCancelled,
    RequirementChanged,
    RequirementIdentified,
)


class Need:
    """One requirement: what a phase needs of an item, as it was said last."""

    __slots__ = (
        "id", "is_open", "item", "offset_min", "phase", "position", "priority", "qty", "uom",
    )  # fmt: skip

    def __init__(self, requirement_id: str, event: RequirementIdentified, position: int) -> None:
        self.id = requirement_id
        self.phase = event.phase
        self.item = event.item
        self.uom = event.uom
        self.qty: Decimal = event.qty
        self.offset_min = event.offset_min
        self.priority = event.priority
        self.is_open = True
        self.position = position
        """The position of the event that said it last."""

    def change(self, event: RequirementChanged, position: int) -> None:
        """Take over what differs; what is absent stays as it was."""
        self.position = position
        self.qty = self.qty if event.qty is None else event.qty
        self.offset_min = self.offset_min if event.offset_min is None else event.offset_min
        self.priority = self.priority if event.priority is None else event.priority


class KnownItem:
    """One item: everything recorded of it, and what that adds up to, found out when asked for."""

    __slots__ = ("_standing", "_timeline", "id")

    def __init__(self, item_id: str) -> None:
        self.id = item_id
        self._timeline = Timeline()
        self._standing: Standing | None = None

    def take_in(self, recorded: Recorded[Any]) -> None:
        """Take one more event in."""
        self._timeline = self._timeline.after(recorded)
        self._standing = None

    @property
    def standing(self) -> Standing:
        """What it adds up to."""
        if self._standing is None:
            self._standing = self._timeline.standing()
        return self._standing


class KnownMaterial:
    """The requirements and items of one project, by id; `fold` changes it in place."""

    def __init__(self) -> None:
        self.needs: dict[str, Need] = {}
        self.items: dict[str, KnownItem] = {}
        self._needed: set[str] = set()
        """The items that a requirement ever named."""
        self._of_item: dict[str, list[Need]] = {}
        self._of_phase: dict[str, list[Need]] = {}
        self._users: Mapping[str, Sequence[str]] | None = None

    def fold(self, recorded: Recorded[Any]) -> bool:
        """Take one event in; False if it says nothing of requirements or items."""
        match recorded.event:
            case RequirementIdentified() as identified:
                need = self.needs[recorded.subject_id] = Need(
                    recorded.subject_id, identified, recorded.position
                )
                self._needed.add(identified.item)
                self._of_item.setdefault(need.item, []).append(need)
                self._of_phase.setdefault(need.phase, []).append(need)
            case RequirementChanged() as changed:
                self.needs[recorded.subject_id].change(changed, recorded.position)
            case RequirementCancelled():
                self.needs[recorded.subject_id].is_open = False
            case event if isinstance(event, ITEM_EVENTS):
                known = self.items.setdefault(recorded.subject_id, KnownItem(recorded.subject_id))
                known.take_in(recorded)
                if isinstance(event, BomRevised):
                    self._users = None
            case _:
                return False
        return True

    def item_of(self, named: str, for_requirements: Iterable[str]) -> str | None:
        """Return the item that an order is of: that of the requirements it is for, or its own.

        None where it is none of the project's.
        """
        for requirement_id in for_requirements:
            if requirement_id in self.needs:
                return self.needs[requirement_id].item
        return named if named in self.items or named in self._needed else None

    def parts_of(self, item_id: str) -> tuple[str, ...]:
        """Return what an item is made of, one level down."""
        bom = self.standing(item_id).bom
        return () if bom is None else tuple(part.item for part in bom.event.lines)

    def users(self) -> Mapping[str, Sequence[str]]:
        """Return what each part goes into, one level up."""
        if self._users is None:
            found: dict[str, list[str]] = {}
            for item_id in self.items:
                for part in self.parts_of(item_id):
                    found.setdefault(part, []).append(item_id)
            self._users = found
        return self._users

    def needs_of(self, item_id: str) -> Sequence[Need]:
        """Return every requirement of an item, those that are over among them."""
        return self._of_item.get(item_id, ())

    def needs_for(self, phase_id: str) -> Sequence[Need]:
        """Return every requirement of a phase, those that are over among them."""
        return self._of_phase.get(phase_id, ())

    def standing(self, item_id: str) -> Standing:
        """Return what an item's history adds up to; nothing for one nobody said anything of."""
        known = self.items.get(item_id)
        return Standing() if known is None else known.standing


def concerns_material(event: DomainEvent) -> bool:
    """Tell whether an event says something of requirements or items."""
    return isinstance(event, (*REQUIREMENT_EVENTS, *ITEM_EVENTS))
