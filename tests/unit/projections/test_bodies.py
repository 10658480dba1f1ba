"""A row has one canonical text, whichever encoder writes it and whichever event it came from."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.messages import Recorded
from domain.kernel.values import Reason
from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper, Stored
from domain.log.port import Proposed
from domain.phases.events import PhaseStarted
from domain.plans.events import PhaseDurationRevised
from projections.audit_trail import AuditProjection
from projections.contract import Sorted
from projections.stores.bodies import body_of
from tests.fakes import ListFeed
from tests.unit.projections.tallies import FIRST, minute

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def in_order(value: Any) -> Any:  # noqa: ANN401  Any JSON value.
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(each) for each in value] if isinstance(value, list) else value


@given(st.dictionaries(texts, values, max_size=4))
def test_a_row_in_order_is_written_as_the_same_bytes_as_any_other(row: dict[str, Any]) -> None:
    canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert body_of(Sorted(in_order(row))) == body_of(row) == canonical


def told() -> ListFeed:
    feed = ListFeed()
    feed.record(f"phase-{FIRST}/weld", PhaseStarted(actual_start=minute(1)), project_id=FIRST)
    feed.record(
        f"plan-{FIRST}",
        PhaseDurationRevised(phase_id="weld", old_min=60, new_min=90),
        project_id=FIRST,
        recorded_at=minute(2).replace(microsecond=500_000),
        zone="Europe/Berlin",
        on_behalf_of="welding",
        external_ref="ö\u2028\x7f",
        responsible="ACME",
        reason=Reason(code="material_late", text="“steel”"),
    )
    return feed


def test_every_row_of_the_trail_is_in_order() -> None:
    trail = AuditProjection()
    for recorded in told().events:
        ((_, row),) = trail.rows(trail.fold({}, recorded)).items()
        assert isinstance(row, Sorted)
        assert body_of(row) == body_of(dict(row))


def test_an_event_out_of_the_log_says_the_same_about_itself_as_before_it_went_in() -> None:
    mapper = EventMapper(catalogue())
    for recorded in told().events:
        encoded = mapper.encode(Proposed(recorded.stream, recorded.event, recorded.envelope))
        stored: Recorded[Any] = Stored(
            recorded.event, encoded.state, recorded.stream, recorded.version, recorded.position
        )
        assert stored.about == recorded.about
        assert stored.project_id == recorded.project_id
