"""Name every class of bad input with the outcome it must have at every edge.

A case is one or more messages in the JSON format of CloudEvents, so that HTTP, Kafka and files
get the very same bytes. What only one edge can be sent stands with that edge.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

Outcome = Literal["refused", "kept", "recorded", "parked", "repeated", "conflict"]
"""kept: refused, and a dead letter that can be redriven at every edge."""

PROJECT: Final = "PRJ-7"
KNOWN: Final = f"phase-{PROJECT}/weld"
"""The subject that every log under test knows."""
TIME: Final = "2026-03-02T07:00:00Z"
NOW: Final = "2026-03-02T08:00:00Z"
"""What the clock says while a case is sent."""
SOURCE: Final = "/acme/berlin/hall-1"
TYPE: Final = "phase.interrupted.v1"


def said(message_id: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a good fact as a JSON object, changed; a member set to ... is left out."""
    members = {
        "specversion": "1.0",
        "id": message_id,
        "source": SOURCE,
        "type": TYPE,
        "subject": KNOWN,
        "time": TIME,
        "data": {"at": TIME, "stop_code": "jam"},
        **changes,
    }
    return {name: value for name, value in members.items() if value is not ...}


def written(message_id: str, **changes: Any) -> bytes:  # noqa: ANN401
    return json.dumps(said(message_id, **changes), ensure_ascii=False).encode()


def with_text(message_id: str, stop_code: bytes) -> bytes:
    """Return a fact whose `stop_code` is this piece of JSON, byte for byte."""
    marker = "0123456789"
    whole = written(message_id, data={"at": TIME, "stop_code": marker})
    return whole.replace(f'"{marker}"'.encode(), stop_code)


@dataclass(frozen=True, slots=True)
class Case:
    """One class of bad input (its number in the list of classes), and what must come of it."""

    number: int
    name: str
    steps: Callable[[str], list[tuple[bytes, Outcome]]]
    """The messages and the outcome of each, made when needed; given an id nobody else uses."""
    stored: dict[str, Any] = field(default_factory=dict)
    """What the last recorded event must say: its data, and `effective_at` and `actor`."""

    def __str__(self) -> str:
        return f"{self.number}-{self.name}"


CASES: list[Case] = []
Step = tuple[Callable[[str], bytes], Outcome]


def _steps(number: int, name: str, *steps: Step, stored: dict[str, Any] | None = None) -> None:
    CASES.append(
        Case(
            number,
            name,
            lambda unique: [(make(unique), outcome) for make, outcome in steps],
            stored or {},
        )
    )


def _changed(**changes: Any) -> Callable[[str], bytes]:  # noqa: ANN401
    """Return a maker of a good fact, changed."""
    return lambda unique: written(unique, **changes)


def _fact(
    number: int,
    name: str,
    outcome: Outcome,
    stored: dict[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401
) -> None:
    """One message: a good fact, changed."""
    _steps(number, name, (_changed(**changes), outcome), stored=stored)


def _data(number: int, name: str, outcome: Outcome, **data: Any) -> None:  # noqa: ANN401
    """One message whose data is this beside `at`; if it is recorded, then exactly so."""
    whole = {"at": TIME, **data}
    stored = whole if outcome == "recorded" else None
    _steps(number, name, (_changed(data=whole), outcome), stored=stored)


def _text(number: int, name: str, outcome: Outcome, json_text: bytes, stored: str = "") -> None:
    """One message whose `stop_code` is this piece of JSON, byte for byte."""
    wanted = {"at": TIME, "stop_code": stored} if outcome == "recorded" else None
    _steps(number, name, (lambda unique: with_text(unique, json_text), outcome), stored=wanted)


def _around(number: int, name: str, before: bytes, after: bytes = b"") -> None:
    """One refused message: a good fact between other bytes."""
    _steps(number, name, (lambda unique: before + written(unique) + after, "refused"))


def _raw(number: int, name: str, message: bytes) -> None:
    """One refused message: these bytes."""
    _steps(number, name, (lambda _: message, "refused"))


def _progress(number: int, name: str, outcome: Outcome, **data: Any) -> None:  # noqa: ANN401
    """One message about progress, with numbers and quantities."""
    whole = {"remaining_min": 5, "basis": "count", **data}
    stored = whole if outcome == "recorded" else None
    make = _changed(type="phase.progress_recorded.v1", data=whole)
    _steps(number, name, (make, outcome), stored=stored)


# A. Bytes and JSON

_raw(1, "empty body", b"")
_raw(2, "white space only", b" \t ")
for _top in (b"null", b"[]", b'"x"', b"1"):
    _raw(3, f"top level {_top.decode()}", _top)
_around(4, "trailing garbage", b"", b" x")
_around(4, "two documents", b"{} ")
_around(5, "byte order mark", b"\xef\xbb\xbf")
for _encoding in ("utf-16", "utf-16-le", "utf-32"):
    _raw(6, _encoding, written("encoded").decode().encode(_encoding))
_text(6, "Latin-1", "refused", '"Störung"'.encode("latin-1"))
_text(7, "lone surrogate", "refused", rb'"\ud800"')
_text(8, "NUL in a text", "refused", rb'"a\u0000b"')
_text(9, "raw control character", "refused", b'"a\x01b"')
for _digits in (b"1e400", b"-1e400", b"1e-400", b"1.5", b"NaN", b"-Infinity"):
    _text(10, _digits.decode(), "refused", _digits)
_text(11, "5,000 digits", "refused", b"9" * 5_000)
for _whole in (str(2**53 + 1), str(2**63), str(2**64)):
    _text(12, f"{_whole} as number", "refused", _whole.encode())
    _data(12, f"{_whole} as text", "recorded", stop_code=_whole)
_text(13, "key twice in data", "refused", b'"a","stop_code":"b"')
_text(13, "key twice, escaped", "refused", rb'"a","stop\u005fcode":"b"')
_steps(13, "key twice", (lambda unique: written(unique)[:-1] + b',"id":"other"}', "refused"))
for _depth in (33, 1_000, 100_000):
    _text(14, f"depth {_depth}", "refused", b"[" * (_depth - 2) + b"]" * (_depth - 2))
_steps(
    15,
    "10 million elements",
    (lambda unique: with_text(unique, b"[" + b"0," * 9_999_999 + b"0]"), "refused"),
)
_data(15, "100,000 keys", "refused", **{str(key): 0 for key in range(100_000)})
_text(15, "10,001 values", "refused", b"[" + b"0," * 10_000 + b"0]")
_data(16, "keys of the log's library, as text", "recorded", stop_code='{"_type_":"x","_data_":{}}')
_data(16, "keys of the log's library", "refused", stop_code="x", _type_="x", _data_={})
_data(17, "keys of others, as text", "recorded", stop_code='{"__proto__":{},"$ref":"#","@type":1}')
for _key in ("__class__", "__proto__", "constructor", "$ref", "@type"):
    _data(17, f"key {_key}", "refused", stop_code="x", **{_key: {}})
_text(18, "comment", "refused", b'"a" /* b */')
_text(18, "trailing comma", "refused", b'"a",')
_text(18, "single quotes", "refused", b"'a'")
_TWINS: Final = {
    "composed": "w\u00e9ld",
    "decomposed": "we\u0301ld",
    "homoglyph": "w\u0435ld",
    "zero width": "we\u200bld",
    "right to left": "we\u202eld",
}
for _name, _twin in _TWINS.items():
    _fact(19, f"{_name} in an id", "refused", subject=f"phase-{PROJECT}/{_twin}")
    _data(19, f"{_name} in a text", "recorded", stop_code=_twin)
_fact(19, "a case twin is another subject", "parked", subject=f"phase-{PROJECT}/WELD")
_data(20, "emoji", "recorded", stop_code="🔥 👩🏽‍🏭 \U0001d518")
_text(20, "emoji as escapes", "recorded", rb'"\ud83d\udd25"', "🔥")
_data(21, "text of 64 KiB and a byte", "refused", stop_code="x" * 65_537)
_data(21, "text of 64 KiB", "recorded", stop_code="x" * 65_536)
for _field in ("actor", "principal", "recorded_at", "position"):
    _data(22, f"{_field} in the data", "refused", stop_code="x", **{_field: "boss"})
_fact(22, "an actor beside the data means nothing", "recorded", {"actor": "mes-1"}, actor="boss")
for _broken in ("e30", "e30==", "e3 0=", "e30=\n", "!!!!", "e31="):
    _fact(24, f"base64 {_broken!r}", "refused", data=..., data_base64=_broken)
_fact(
    24,
    "good base64",
    "recorded",
    {"at": TIME, "stop_code": "b64"},
    data=...,
    data_base64=base64.b64encode(f'{{"at":"{TIME}","stop_code":"b64"}}'.encode()).decode(),
)

# B. Identity and order

_steps(25, "same id, same body", (written, "recorded"), (written, "repeated"))
_steps(
    26,
    "same id, other body",
    (written, "recorded"),
    (_changed(data={"at": TIME, "stop_code": "other"}), "conflict"),
    (written, "repeated"),
)


def _spelt_otherwise(unique: str) -> bytes:
    members = said(unique, time="2026-03-02T08:00:00.000+01:00")
    return json.dumps(dict(reversed(members.items())), separators=(" , ", " : ")).encode()


_steps(27, "same id, other spelling", (written, "recorded"), (_spelt_otherwise, "repeated"))
_fact(28, "id missing", "refused", id=...)
for _bad in ("", "a b", "a\tb", "x" * 10_000, "ü", 7, None):
    _fact(28, f"id {str(_bad)[:9]!r}", "refused", id=_bad)
for _bad_id in ("../..", "we ld", "weld'--", "%00", "{weld}", "x" * 65, "", "a/b"):
    _fact(28, f"subject id {_bad_id[:9]!r}", "refused", subject=f"phase-{PROJECT}/{_bad_id}")
for _odd in (
    "../..",
    "';DROP+TABLE+events;--",
    "%00",
    "x" * 200,
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "{a-b}",
):
    _steps(
        29,
        f"message id {_odd[:20]} is opaque",
        (_changed(id=_odd, source="/odd"), "recorded"),
        (_changed(id=_odd, source="/odd"), "repeated"),
        (_changed(id=f"{_odd}x".swapcase(), source="/odd"), "recorded"),
    )
_steps(
    31,
    "a gap, a repeat and a decrease in the source's sequence",
    *(
        (_changed(id=f"sequence-{index}", sequence=sequence), "recorded")
        for index, sequence in enumerate(("5", "9", "9", "1"))
    ),
)
_FINISHED: Final = {"type": "phase.finished.v1", "data": {"actual_finish": TIME}}
_STARTED: Final = {"type": "phase.started.v1", "data": {"actual_start": TIME}}
_steps(
    32,
    "completion before start",
    (_changed(id="finish-first", **_FINISHED), "recorded"),
    (_changed(id="start-later", **_STARTED), "recorded"),
)
_fact(33, "late by a year", "recorded", time="2025-03-02T07:00:00Z")
_fact(34, "unknown phase", "parked", subject=f"phase-{PROJECT}/unknown")
_fact(34, "unknown project", "parked", subject="phase-PRJ-404/weld")
_fact(
    34,
    "unknown resource",
    "parked",
    type="resource.outage_ended.v1",
    subject="resource-press",
    data={"at": TIME},
)
_steps(
    37,
    "two sources claim the same at the same time",
    (_changed(source="/mes/a"), "recorded"),
    (_changed(source="/mes/b"), "recorded"),
)
_fact(38, "a correction from outside", "refused", type="event.voided.v1", data={"target": "x"})
_fact(
    38,
    "time told from outside",
    "refused",
    type="clock.advanced.v1",
    subject="clock",
    data={"to": TIME},
)

# C. Time

_BAD_TIMES: Final[dict[str, tuple[int, object]]] = {
    "naive": (39, "2026-03-02T07:00:00"),
    "offset +18:00": (40, "2026-03-02T07:00:00+18:00"),
    "offset -18:00": (40, "2026-03-02T07:00:00-18:00"),
    "offset +25:00": (40, "2026-03-02T07:00:00+25:00"),
    "a gap of daylight saving by zone name": (41, "2025-03-30T02:30:00[Europe/Berlin]"),
    "second 60": (43, "2025-12-31T23:59:60Z"),
    "24:00:00": (44, "2026-03-01T24:00:00Z"),
    "year 0000": (45, "0000-03-02T07:00:00Z"),
    "year 0001": (45, "0001-01-01T00:00:00+01:00"),
    "year 1969": (45, "1969-12-31T23:59:59Z"),
    "year 9999": (45, "9999-12-31T23:59:59-01:00"),
    "year 10000": (45, "10000-01-01T00:00:00Z"),
    "negative year": (45, "-2026-03-02T07:00:00Z"),
    "seven digits": (46, "2026-03-02T07:00:00.1234567Z"),
    "comma": (46, "2026-03-02T07:00:00,5Z"),
    "epoch seconds": (47, 1_772_434_800),
    "epoch milliseconds": (47, 1_772_434_800_000),
    "epoch microseconds": (47, 1_772_434_800_000_000),
    "epoch as text": (47, "1772434800"),
    "week date": (51, "2026-W10-1T07:00:00Z"),
    "ordinal date": (51, "2026-061T07:00:00Z"),
    "basic form": (51, "20260302T070000Z"),
    "Arabic digits": (47, "\u0662\u0660\u0662\u0666-03-02T07:00:00Z"),
    "a space for the T": (42, "2026-03-02 07:00:00Z"),
    "true": (47, True),
}
for _name, (_number, _time) in _BAD_TIMES.items():
    _fact(_number, f"{_name} as time", "refused", time=_time)
    _fact(_number, f"{_name} in the data", "refused", data={"at": _time, "stop_code": "x"})
for _good in (
    "2026-03-02T07:00:00Z",
    "2026-03-02T07:00:00+00:00",
    "2026-03-02T07:00:00-00:00",
    "2026-03-02t07:00:00z",
    "2026-03-02T08:00:00+01:00",
    "2026-03-02T07:00:00.000000Z",
    "2026-03-02T12:30:00+05:30",
):
    _fact(
        42,
        _good,
        "recorded",
        {"at": TIME, "stop_code": "x", "effective_at": TIME},
        time=_good,
        data={"at": _good, "stop_code": "x"},
    )
_fact(
    41,
    "an offset inside a gap of daylight saving",
    "recorded",
    {"effective_at": "2025-03-30T01:30:00Z"},
    time="2025-03-30T02:30:00+01:00",
    zone="Europe/Berlin",
)
_fact(41, "unknown zone", "refused", zone="Europe/Berlyn")
_fact(
    46,
    "zeros beyond microseconds say nothing",
    "recorded",
    {"effective_at": "2026-03-02T07:00:00.123000Z"},
    time="2026-03-02T07:00:00.123000000Z",
)
_fact(48, "in the future", "kept", time="2026-03-02T08:05:01Z")
_fact(48, "a clock five minutes ahead", "recorded", time="2026-03-02T08:05:00Z")
_fact(49, "ten years ago", "recorded", time="2016-03-02T07:00:00Z")

for _name, _until, _outcome in (
    ("end before start", "2026-03-02T06:59:59Z", "refused"),
    ("no length at all", TIME, "parked"),
):
    _fact(
        50,
        _name,
        cast("Outcome", _outcome),
        type="resource.outage_reported.v1",
        subject="resource-press",
        data={"since": TIME, "until": _until, "kind": "breakdown"},
    )

# What else makes a message no fact of the catalogue.

_fact(22, "unknown type", "refused", type="phase.exploded.v1")
_fact(22, "a request's event", "refused", type="phase.released.v1")
_fact(22, "time missing", "refused", time=...)
_fact(22, "subject missing", "refused", subject=...)
_fact(22, "subject of another category", "refused", subject="plan-PRJ-7")
_fact(22, "another specversion", "refused", specversion="0.3")
_fact(22, "data missing", "refused", data=...)
_fact(22, "data no object", "refused", data=["at"])
_fact(22, "an object as attribute", "refused", zone={"a": 1})
_fact(22, "reason other without words", "refused", reasoncode="other")
_progress(56, "a unit of our own", "refused", qty_good="5", uom="pieces")
for _amount in (5, "-5", "1e3", "\u0661", "9" * 39, " 5", "5.", "+5", ""):
    _progress(12, f"quantity {ascii(_amount)[:9]}", "refused", qty_good=_amount)
_progress(12, "quantity of 38 digits", "recorded", qty_good="1" * 19 + "." + "0" * 19)
for _share in (-1, 10_001, "50", True):
    _progress(57, f"share {_share!r}", "refused", physical_bp=_share)
for _minutes in (-1, True, "5", 5_270_401):
    _progress(57, f"minutes {_minutes!r}", "refused", remaining_min=_minutes)
