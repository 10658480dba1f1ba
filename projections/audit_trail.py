"""Answer who changed what, when it was true and when it was known, and why: a row per event."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.work_axis import zone_info
from projections.contract import NO_PROJECT, Row, Sorted
from projections.latest import sentence

POSITION_DIGITS: Final = 20

Trail: TypeAlias = Mapping[str, Row]
"""What one event leaves in the trail: one row."""


class AuditProjection:
    """The trail: each event of the log, ticks included, as one row of its project.

    A row is what the event and its envelope say and nothing else, so it never changes. Phases are
    told by their ids: a name may be another one tomorrow. Moments in the sentence are in the zone
    of the message, UTC where it names none; all other moments are UTC.
    """

    name = "audit"
    version = 1
    keeps_state = False

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Return the project that the event names, or `-`."""
        return (recorded.project_id or NO_PROJECT,)

    def initial(self, key: str) -> Trail:
        """Return nothing: every event makes its own row."""
        del key
        return {}

    def fold(self, state: Trail, recorded: Recorded[Any]) -> Trail:
        """Return the row of the event."""
        del state
        return {row_id(recorded.position): _row(recorded)}

    def rows(self, state: Trail) -> Mapping[str, Row]:
        """Return the event's row by its row id."""
        return state

    def due(self, state: Trail) -> None:
        """Return that time alone changes nothing that has happened."""
        del state


def row_id(position: int) -> str:
    """Return the row id of a position: twenty digits, so that text order is log order."""
    return f"{position:0{POSITION_DIGITS}}"


def _row(recorded: Recorded[Any]) -> Row:
    event, about = recorded.event, recorded.about
    said = about.get
    zone, reason = said("zone"), said("reason")
    old, new = _changed_value(event)
    return Sorted(
        {
            "actor": about["actor"],
            "causation_id": about["causation_id"],
            "class": event.message_class,
            "correlation_id": about["correlation_id"],
            "effective_at": about["effective_at"],
            "event_id": recorded.event_id,
            "external_ref": said("external_ref"),
            "intake": about["intake"],
            "message_id": about["message_id"],
            "new": new,
            "old": old,
            "on_behalf_of": said("on_behalf_of"),
            "position": recorded.position,
            "project": said("project_id"),
            "reason": reason and {"code": reason["code"], "text": reason.get("text")},
            "recorded_at": about["recorded_at"],
            "responsible": said("responsible"),
            "role": about["role"],
            "source": about["source"],
            "stream": recorded.stream,
            "type": event.type_name,
            "version": recorded.version,
            "what": sentence(recorded, str, zone_info(zone or "UTC")),
            "zone": zone,
        }
    )


def _changed_value(event: DomainEvent) -> tuple[Any, Any]:
    """Return the value before and after, as JSON; None where the event does not say it."""
    pair = old_and_new(type(event))
    if pair is None:
        return None, None
    said = event.model_dump(mode="json", include=set(pair))
    return _in_order(said[pair[0]]), _in_order(said[pair[1]])


def _in_order(value: Any) -> Any:  # noqa: ANN401  Whatever a field of an event may hold.
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_in_order(each) for each in value]
    return value


@cache
def old_and_new(model: type[DomainEvent]) -> tuple[str, str] | None:
    """Return the names of the fields that say what was and what is, e.g. `old_min`, `new_min`."""
    names = model.model_fields
    return next(
        (
            (name, f"new{name[3:]}")
            for name in names
            if (name == "old" or name.startswith("old_")) and f"new{name[3:]}" in names
        ),
        None,
    )
