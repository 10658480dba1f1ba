"""A fact is judged the same whatever door it came through."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from consumers.canonical_json import canonical
from consumers.intake import (
    ClockAhead,
    FactDoor,
    dead_letter,
    digest_of,
    dispatch_request,
    judge_fact,
    text_of,
)
from consumers.kafka.binding import from_kafka, to_kafka, to_kafka_structured
from consumers.kafka.envelope import CloudEvent
from consumers.kafka.json_format import read_event
from domain.commitments import events as commitments
from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import DomainEvent, Envelope, Mark, MessageClass, Principal
from domain.kernel.refusals import Malformed, NotAuthorised
from domain.kernel.registry import Registry, StoredData, Upcast
from domain.kernel.values import Name, Quantity, Reason
from domain.log.port import DeadLetter, MessageKey, Original, Outcome, Submission
from domain.phases import events as phases
from domain.phases.events import PhaseStarted
from domain.plans import events as plans
from domain.resources import events as resources

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MES = Principal(party_id="mes-1", role="plant_system", on_behalf_of="Hall 1")
ORIGINAL = Original(channel="kafka", place="takt.plant.events.v1/0/17", value=b"{}")


class GoodsWeighed(DomainEvent):
    """Goods were put on the scale."""

    type_name = "resource.goods_weighed.v2"
    message_class: ClassVar[MessageClass] = "progress"
    mark: ClassVar[Mark] = "fact"

    weight: Quantity
    scale: Name


def with_a_scale(stored: StoredData) -> StoredData:
    return {"weight": stored["kilograms"], "scale": "unknown"}


REGISTRY = Registry(
    (
        *phases.EVENTS, *plans.EVENTS, *resources.EVENTS, *commitments.EVENTS, ClockAdvanced,
        GoodsWeighed,
    ),
    {"resource.goods_weighed.v1": Upcast("resource.goods_weighed.v2", with_a_scale)},
)  # fmt: skip
DOOR = FactDoor(registry=REGISTRY)


def fact(**changes: Any) -> CloudEvent:  # noqa: ANN401
    return CloudEvent.model_validate(
        {
            "id": "mes-17",
            "source": "/acme/berlin/hall-1",
            "type": "phase.started.v1",
            "subject": "phase-PRJ-7/weld",
            "time": NOW - timedelta(hours=1),
            "data": {"actual_start": "2026-03-02T08:00:00+01:00", "resources": ["press", "R2"]},
            **changes,
        }
    )


def judged(event: CloudEvent, *, door: FactDoor = DOOR, principal: Principal = MES) -> Submission:
    return judge_fact(event, door=door, principal=principal, received_at=NOW, original=ORIGINAL)


def test_a_fact_becomes_a_submission_with_its_whole_envelope() -> None:
    told = fact(
        extensions={
            "zone": "Europe/Berlin",
            "reasoncode": "weather",
            "reasontext": "frost",
            "responsible": "Acme Ltd",
            "externalref": "WO 4711",
            "causationid": "order-1",
            "correlationid": "shift-1",
        }
    )
    submission = judged(told)
    (proposed,) = submission.events
    assert proposed.stream == "phase-PRJ-7/weld"
    assert proposed.event == PhaseStarted(
        actual_start=NOW - timedelta(hours=1), resources=("press", "R2")
    )
    assert proposed.envelope.model_dump() == {
        "recorded_at": NOW,
        "effective_at": NOW - timedelta(hours=1),
        "zone": "Europe/Berlin",
        "intake": "fact",
        "actor": "mes-1",
        "role": "plant_system",
        "on_behalf_of": "Hall 1",
        "source": "/acme/berlin/hall-1",
        "message_id": "mes-17",
        "external_ref": "WO 4711",
        "causation_id": "order-1",
        "correlation_id": "shift-1",
        "project_id": "PRJ-7",
        "responsible": "Acme Ltd",
        "reason": Reason(code="weather", text="frost").model_dump(),
        "decided_on": None,
    }
    assert submission == Submission(
        key=MessageKey("/acme/berlin/hall-1", "mes-17"),
        digest=digest_of(told),
        received_at=NOW,
        events=(proposed,),
        parks=True,
        original=ORIGINAL,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "x" * 255, "source": "é" * 500},
        {"time": datetime(1970, 1, 1, tzinfo=UTC)},
        {"extensions": {"partitionkey": "PRJ-7", "traceparent": "00-1-2-00"}},
    ],
)
def test_an_envelope_without_extensions_holds_what_its_model_would_check(
    changes: dict[str, Any],
) -> None:
    (proposed,) = judged(fact(**changes)).events
    assert Envelope.model_validate(vars(proposed.envelope)) == proposed.envelope
    assert vars(proposed.envelope).keys() == Envelope.model_fields.keys()


def test_without_a_cause_a_message_is_its_own_cause() -> None:
    (proposed,) = judged(fact()).events
    assert (proposed.envelope.causation_id, proposed.envelope.correlation_id) == (
        "mes-17",
        "mes-17",
    )


def test_a_consequence_belongs_to_what_its_cause_belongs_to() -> None:
    (proposed,) = judged(fact(extensions={"causationid": "order-1"})).events
    assert proposed.envelope.correlation_id == "order-1"


@pytest.mark.parametrize(
    ("event_type", "subject", "data", "project_id"),
    [
        ("phase.resumed.v1", "phase-PRJ-7/weld", {"at": "2026-03-02T07:00:00Z"}, "PRJ-7"),
        ("plan.gate_satisfied.v1", "plan-P.1", {"gate_id": "g", "evidence": "letter"}, "P.1"),
        ("resource.outage_ended.v1", "resource-P1/press", {"at": "2026-03-02T07:00:00Z"}, "P1"),
        ("resource.outage_ended.v1", "resource-press", {"at": "2026-03-02T07:00:00Z"}, None),
        ("phase.aborted.v1", "phase-A/a:1", None, "A"),
        ("resource.goods_weighed.v1", "resource-scale", {"kilograms": "2.50"}, None),
    ],
)
def test_the_project_is_what_the_subject_says(
    event_type: str, subject: str, data: object, project_id: str | None
) -> None:
    (proposed,) = judged(fact(type=event_type, subject=subject, data=data)).events
    assert proposed.envelope.project_id == project_id


def test_an_older_major_is_read_as_todays() -> None:
    (proposed,) = judged(
        fact(
            type="resource.goods_weighed.v1",
            subject="resource-scale",
            data={"kilograms": "12.500"},
        )
    ).events
    assert proposed.event == GoodsWeighed.model_validate_json(
        '{"weight":"12.500","scale":"unknown"}'
    )


def test_where_the_subject_does_not_say_the_project_it_is_looked_up_or_told() -> None:
    known = FactDoor(registry=REGISTRY, project_of_subject={"resource-press": "P1"}.get)
    ended = fact(
        type="resource.outage_ended.v1",
        subject="resource-press",
        data={"at": "2026-03-02T07:00:00Z"},
    )
    told = ended.model_copy(update={"extensions": {"project": "P2"}})
    assert judged(ended, door=known).events[0].envelope.project_id == "P1"
    assert judged(told).events[0].envelope.project_id == "P2"
    with pytest.raises(Malformed, match="belongs to project P1") as refused:
        judged(told, door=known)
    assert refused.value.pointer == "/project"


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"type": "phase.begun.v1"}, "/type", "not in the catalogue"),
        ({"type": "phase.released.v1"}, "/type", "send its command"),
        ({"type": "clock.advanced.v1", "subject": "clock"}, "/type", "by Takt itself"),
        ({"subject": None}, "/subject", "phase-<project>/<id>"),
        ({"subject": "weld"}, "/subject", "no stream"),
        ({"subject": "phase-weld"}, "/subject", "phase-<project>/<id>"),
        ({"subject": "phase-PRJ-7/we/ld"}, "/subject", "phase-<project>/<id>"),
        ({"subject": "resource-PRJ-7/weld"}, "/subject", "phase-<project>/<id>"),
        ({"subject": "phase-PRJ-7/wéld"}, "/subject", "no stream"),
        ({"subject": "phase-PRJ-7/we ld"}, "/subject", "no stream"),
        ({"subject": "phase-PRJ-7/{weld}"}, "/subject", "no stream"),
        ({"subject": "phase-PRJ-7/" + "w" * 65}, "/subject", "no stream"),
        ({"subject": "phase-PRJ-7/../weld"}, "/subject", "phase-<project>/<id>"),
        ({"time": None}, "/time", "when it happened"),
        ({"data": None}, "/data/actual_start", "required"),
        ({"data": []}, "/data", "JSON object"),
        ({"data": b"\x00", "datacontenttype": "application/avro"}, "/data", "JSON object"),
        ({"data": {"actual_start": "2026-03-02"}}, "/data/actual_start", "RFC 3339"),
        ({"data": {"actual_start": 1_700_000_000}}, "/data/actual_start", "RFC 3339"),
        (
            {"data": {"actual_start": "2026-03-02T07:00:00Z", "actor": "boss"}},
            "/data/actor",
            "Extra inputs",
        ),
        (
            {"data": {"actual_start": "2026-03-02T07:00:00Z", "resources": ["a", ""]}},
            "/data/resources/1",
            "at least 1",
        ),
        ({"extensions": {"zone": "Mars/Olympus"}}, "/zone", "no IANA time zone"),
        ({"extensions": {"reasoncode": "other"}}, "/reasoncode", "needs a text"),
        ({"extensions": {"reasoncode": "Weather"}}, "/reasoncode", "pattern"),
        ({"extensions": {"reasoncode": "predecessor_late"}}, "/reasoncode", "root cause"),
        ({"extensions": {"reasontext": "frost"}}, "/reasoncode", "missing"),
        ({"extensions": {"causationid": "a b"}}, "/causationid", "pattern"),
        ({"extensions": {"project": "PRJ-8"}}, "/project", "belongs to project PRJ-7"),
    ],
)
def test_a_fact_that_is_not_well_formed_is_refused_with_its_place(
    changes: dict[str, Any], pointer: str, said: str
) -> None:
    with pytest.raises(Malformed, match=said) as refused:
        judged(fact(**changes))
    assert refused.value.pointer == pointer


def test_old_data_that_an_upcast_cannot_read_is_refused() -> None:
    weighed = fact(type="resource.goods_weighed.v1", subject="resource-scale", data={})
    with pytest.raises(Malformed, match="newest version") as refused:
        judged(weighed)
    assert refused.value.pointer == "/data"


def test_a_clock_may_run_ahead_by_five_minutes_and_no_more() -> None:
    limit = NOW + timedelta(minutes=5)
    assert judged(fact(time=limit)).events[0].envelope.effective_at == limit
    with pytest.raises(ClockAhead, match="check the clock"):
        judged(fact(time=limit + timedelta(microseconds=1)))


def test_a_fact_that_tells_of_a_moment_to_come_is_the_sources_clock_too() -> None:
    limit = NOW + timedelta(minutes=5)
    assert judged(fact(data={"actual_start": limit.isoformat()})).parks
    with pytest.raises(ClockAhead, match="actual_start lies in the future") as refused:
        judged(fact(data={"actual_start": (limit + timedelta(minutes=1)).isoformat()}))
    assert refused.value.pointer == "/data/actual_start"


def test_a_fact_that_comes_years_late_is_taken() -> None:
    long_ago = NOW.replace(year=2016)
    assert judged(fact(time=long_ago)).events[0].envelope.effective_at == long_ago


def test_only_registered_sources_are_heard_where_sources_are_registered() -> None:
    strict = FactDoor(registry=REGISTRY, sources={"kafka": frozenset({"/acme/berlin/hall-1"})})
    assert judged(fact(), door=strict).parks
    with pytest.raises(NotAuthorised, match="'/else' is not registered"):
        judged(fact(source="/else"), door=strict)
    assert judged(fact(source="/else")).key.source == "/else"


def test_a_principal_reports_on_its_own_projects_only() -> None:
    mine = Principal(party_id="v", role="vendor", projects=frozenset({"PRJ-7"}))
    assert judged(fact(), principal=mine).parks
    with pytest.raises(NotAuthorised):
        judged(fact(subject="phase-PRJ-8/weld"), principal=mine)
    with pytest.raises(NotAuthorised):
        judged(
            fact(
                type="resource.outage_ended.v1",
                subject="resource-press",
                data={"at": "2026-03-02T07:00:00Z"},
            ),
            principal=mine,
        )


def test_an_auditor_reports_nothing() -> None:
    with pytest.raises(NotAuthorised):
        judged(fact(), principal=Principal(party_id="a", role="auditor"))


# The digest


def test_the_same_event_has_the_same_digest_however_it_is_written() -> None:
    told = fact(extensions={"count": 7, "urgent": True})
    spellings = [
        told,
        from_kafka(*to_kafka(told)),
        from_kafka(*to_kafka_structured(told)),
        from_kafka([*to_kafka(told)[0], ("content-type", b"application/json")], to_kafka(told)[1]),
        from_kafka([*to_kafka(told)[0], ("ce_traceparent", b"00-1-2-00")], to_kafka(told)[1]),
        read_event(
            b'{ "data":{"resources":["press","R2"],"actual_start":"2026-03-02T08:00:00+01:00"},'
            b'"urgent":true,"count":7,"time":"2026-03-02T08:00:00.000+01:00","id":"mes-17",'
            b'"subject":"phase-PRJ-7/weld","type":"phase.started.v1","specversion":"1.0",'
            b'"source":"/acme/berlin/hall-1"}'
        ),
    ]
    assert {digest_of(event) for event in spellings} == {digest_of(told)}


@pytest.mark.parametrize(
    "changes",
    [
        {"time": NOW},
        {"subject": "phase-PRJ-7/grind"},
        {"type": "phase.resumed.v1"},
        {"data": {"actual_start": "2026-03-02T08:00:00+01:00"}},
        {"data": None},
        {"extensions": {"responsible": "Acme Ltd"}},
    ],
)
def test_another_body_has_another_digest(changes: dict[str, Any]) -> None:
    assert digest_of(fact(**changes)) != digest_of(fact())


# Refusals


def test_a_refusal_becomes_a_dead_letter_with_its_place_and_its_bytes() -> None:
    refused = Malformed("write it so", "/data/at")
    assert dead_letter(refused, ORIGINAL, NOW) == DeadLetter(
        ORIGINAL, "malformed", "/data/at: write it so", NOW
    )


def test_the_sentence_of_a_refusal_holds_nothing_a_database_cannot() -> None:
    assert (
        text_of(Malformed("a\x00b\ud800c\nd"))
        == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d"
    )
    assert len(text_of(Malformed("x" * 5_000))) == 1_000


# Requests


class Recorder:
    """Stands for the dispatcher: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes, dict[str, Any]]] = []

    def dispatch(self, command_name: str, body: bytes, **circumstances: Any) -> Outcome:  # noqa: ANN401
        self.asked.append((command_name, body, circumstances))
        return Outcome("recorded", position=1)


REQUEST = {
    "type": "phase.release.v1",
    "subject": None,
    "data": {"project_id": "PRJ-7", "phase_id": "weld"},
}


def test_a_request_is_handed_over_with_its_circumstances() -> None:
    dispatcher = Recorder()
    asked = fact(**REQUEST, extensions={"expectedversion": "3", "correlationid": "shift-1"})
    outcome = dispatch_request(asked, dispatcher=dispatcher, principal=MES, received_at=NOW)
    assert outcome == Outcome("recorded", position=1)
    assert dispatcher.asked == [
        (
            "phase.release.v1",
            canonical(REQUEST["data"]),
            {
                "key": MessageKey("/acme/berlin/hall-1", "mes-17"),
                "principal": MES,
                "received_at": NOW,
                "expected_version": 3,
                "causation_id": None,
                "correlation_id": "shift-1",
            },
        )
    ]


@pytest.mark.parametrize("version", ["-1", "x", "1.0", "٣", "9" * 30, " 3"])
def test_an_impossible_expected_version_is_refused(version: str) -> None:
    asked = fact(**REQUEST, extensions={"expectedversion": version})
    with pytest.raises(Malformed, match="whole number") as refused:
        dispatch_request(asked, dispatcher=Recorder(), principal=MES, received_at=NOW)
    assert refused.value.pointer == "/expectedversion"


def test_a_request_whose_data_is_no_object_is_refused() -> None:
    with pytest.raises(Malformed, match="JSON object"):
        dispatch_request(
            fact(**{**REQUEST, "data": [1]}),
            dispatcher=Recorder(),
            principal=MES,
            received_at=NOW,
        )
