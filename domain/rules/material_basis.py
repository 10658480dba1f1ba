"""M11: find material that is planned on what does not hold any more: a bill, a substitute."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from domain.items.events import EVENTS as ITEM_EVENTS
from domain.items.events import SubstituteApproved
from domain.items.facts import NOTHING as NO_QUANTITY
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import end_of_day
from domain.requirements.events import EVENTS as REQUIREMENT_EVENTS
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "material_basis"


class StaleMaterialBasis(BySubject[Spells]):
    """DOMAIN M11: a substitute has expired, or the bill was revised after stock was reserved.

    A substitute counts until the end of its last day in the project's zone; from then on what is
    still to be issued of the requirements it was approved for lacks its basis. What was reserved
    before the item's bill was revised is of the older revision. The measure is the quantity of
    both. It moves no date by itself. It clears when the substitute is approved anew or nothing more
    is needed, and when what is reserved is released or reserved again.
    """

    name = NAME
    code = "M11"
    title = "Material is planned on an expired substitute, or on an older bill."
    at_once = True
    category = "item"
    heeds = Heeds.of(*ITEM_EVENTS, *REQUIREMENT_EVENTS)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def concerned(self, state: Spells, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the item, or the item of the requirement, that an event is about."""
        need = project.material.needs.get(recorded.subject_id)
        if subject_of(recorded.stream).category == "requirement" and need is not None:
            return (need.item,)
        return super().concerned(state, recorded, project)

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare an item's reservations with its bill, and its substitutes with the day."""
        del state
        now, stock = project.now, project.material.standing(key)
        older = NO_QUANTITY
        positions: set[int] = set()
        bom, last = stock.bom, stock.reserved_last
        if bom is not None and last is not None and _place(last) < _place(bom):
            older = stock.reserved_in_all
            positions |= {bom.position, last.position} if older else set()
        expired = NO_QUANTITY
        again: datetime | None = None
        for each in stock.substitutes:
            if each.until is None:
                continue
            end = end_of_day(each.until, project.network.zone)
            if now is None or now < end:
                again = end if again is None else min(again, end)
            else:
                expired = max(expired, _lacking(key, each, project))
        if not older and not expired:
            return Judgement(because=f"What is planned of {key} holds", again=again)
        parts = []
        if older:
            parts.append(f"{older} are reserved of an older bill than {bom and bom.event.revision}")
        if expired:
            parts.append(f"{expired} rest on a substitute that has expired")
            positions |= {need.position for need in project.material.needs_of(key) if need.is_open}
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="material",
            subjects=(stream_of("item", project.project_id, key),),
            severity="medium",
            impact_days=NOTHING,
            summary=f"{key}: {', '.join(parts)}",
            evidence=tuple(sorted(positions)),
            first_position=recorded.position,
            remedies=(
                "Have the substitute approved again, or order the item itself",
                "Check what is reserved against the bill, and reserve it anew",
            ),
        )
        return Judgement(found, again=again)


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def _lacking(item_id: str, approved: SubstituteApproved, project: Watched) -> Decimal:
    """Return what is still to be issued of the requirements a substitute was approved for."""
    issued = project.material.standing(item_id).issued
    left = [
        max(NO_QUANTITY, need.qty - issued.get(need.id, NO_QUANTITY))
        for need in project.material.needs_of(item_id)
        if need.is_open and approved.for_requirement in {None, need.id}
    ]
    return sum(left, NO_QUANTITY)
