"""Write a golden sample for every event name that has none yet: `python -m tests.golden.write`.

What is there is never overwritten: a sample is what some release stored, and must be read for ever.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge
from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo

from domain.kernel import corrections, ids, values
from domain.kernel.messages import DomainEvent, Envelope
from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper, Row
from domain.log.port import Proposed
from domain.reports.periods import RecurrenceRule

EVENTS: Final = Path(__file__).parent / "events"
STREAM: Final = "phase-PRJ-7/weld"

_AT: Final = datetime(2026, 3, 2, 7, 30, 0, 125, tzinfo=UTC)
_SAMPLES: Final[tuple[tuple[Any, Any], ...]] = (
    (values.Instant, _AT),
    (values.CalendarDate, date(2026, 3, 2)),
    (values.Quantity, Decimal("2.50")),
    (values.SignedQuantity, Decimal("-2.50")),
    (values.Text, 'Käfer "7" \\ 溶接 😀'),
    (values.Name, "Lackiererei 2"),
    (values.ZoneName, "Europe/Berlin"),
    (values.UnitCode, "H87"),
    (values.ReasonCode, "material_late"),
    (values.CurrencyCode, "EUR"),
    (ids.Id, "weld.1:a-B_2"),
    (ids.MessageId, "m-1/2026?x=1"),
    (ids.StreamName, STREAM),
    (corrections.EventId, f"{STREAM}:2"),
    (JsonValue, "text"),
    (values.WorkingMinutes, 480),
    (values.Milli, 1500),
    (values.BasisPoints, 2500),
    (values.Reason, values.Reason(code="other", text="the crane was away")),
    (RecurrenceRule, "FREQ=WEEKLY;BYDAY=FR"),
    (values.Digest, "0123456789abcdef" * 4),
    (bool, True),
    (int, 3),
    (str, "text"),
    (Decimal, Decimal("0.10")),
    (date, date(2026, 3, 2)),
    (datetime, _AT),
)


def sample(model: type[BaseModel], *, full: bool) -> BaseModel:
    """Return a valid instance: with every field, or with the required ones only."""
    hints = get_type_hints(model, include_extras=True)
    fields = {
        name: _value(hints[name])
        for name, field in model.model_fields.items()
        if full or field.is_required()
    }
    return model(**fields)


def _value(hint: Any) -> Any:  # noqa: ANN401  Type hints have no common type.
    for known, value in _SAMPLES:
        if hint == known:
            return value
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(arguments[0], arguments[1:])
    if origin is Literal:
        return arguments[0]
    if origin in {Union, UnionType}:
        return _value(next(one for one in arguments if one is not type(None)))
    if origin is tuple:
        return tuple(_value(one) for one in arguments if one is not Ellipsis)
    if origin in {dict, Mapping}:
        return {_value(arguments[0]): _value(arguments[1])}
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return sample(hint, full=True)
    msg = f"there is no sample value for {hint}"
    raise TypeError(msg)


def _bounded(hint: Any, metadata: tuple[Any, ...]) -> Any:  # noqa: ANN401  As above.
    constraints = [
        constraint
        for one in metadata
        for constraint in (one.metadata if isinstance(one, FieldInfo) else [one])
    ]
    bounds = [one for one in constraints if isinstance(one, Ge)]
    value = _value(hint)
    return max([value, *(bound.ge for bound in bounds)]) if bounds else value


def envelope(*, full: bool) -> Envelope:
    """Return an envelope with every field, or with the required ones only."""
    made = sample(Envelope, full=full)
    assert isinstance(made, Envelope)
    return made


def stored(mapper: EventMapper, event: DomainEvent, about: Envelope) -> dict[str, Any]:
    """Return a sample: the state as text, and what it must be read as."""
    encoded = mapper.encode(Proposed(STREAM, event, about))
    return {"state": encoded.state.decode(), "expected": read(mapper, encoded.topic, encoded.state)}


def read(mapper: EventMapper, topic: str, state: bytes) -> dict[str, Any]:
    """Return what stored bytes are read as today, in plain JSON."""
    row: Row = (1, STREAM, 1, topic, state)
    (recorded,) = mapper.decode([row])
    return {
        "name": recorded.event.type_name,
        "data": recorded.event.model_dump(mode="json"),
        "envelope": recorded.envelope.model_dump(mode="json"),
    }


def write_missing() -> list[str]:
    """Write the samples that are missing; return their names."""
    mapper = EventMapper(catalogue())
    written = []
    for name, model in sorted(mapper.registry.models.items()):
        path = EVENTS / f"{name}.json"
        if path.exists():
            continue
        samples = []
        for full in (True, False):
            event = sample(model, full=full)
            assert isinstance(event, DomainEvent)
            samples.append(stored(mapper, event, envelope(full=full)))
        document = {"topic": name, "samples": samples}
        with path.open("x", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1, sort_keys=True)
            file.write("\n")
        written.append(name)
    return written


if __name__ == "__main__":
    for new in write_missing():
        print(new)  # noqa: T201  A program's answer.
