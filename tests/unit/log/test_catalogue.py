"""Every event type that is stored has a name, and the program does not start without."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from domain.kernel.registry import CatalogueGap, Upcast
from domain.log import catalogue as module
from domain.log.catalogue import AGGREGATES, catalogue
from tests.unit.log.samples import PartAdded, PartCounted, counted_before_notes

DOMAIN = Path(module.__file__).parents[1]
OLDER = {"part.counted.v1": Upcast("part.counted.v2", counted_before_notes)}


def test_no_aggregate_with_events_is_left_out() -> None:
    found = {path.parent.name for path in DOMAIN.glob("*/events.py")}
    assert found == set(AGGREGATES)


def test_every_event_of_every_aggregate_is_in_the_catalogue() -> None:
    models = set(catalogue().models.values())
    for aggregate in AGGREGATES:
        events = import_module(f"domain.{aggregate}.events").EVENTS
        assert events
        assert set(events) <= models


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, SimpleNamespace]:
    """Put two made-up aggregates in place of the real ones."""
    known = {
        "domain.nuts.events": SimpleNamespace(EVENTS=(PartAdded,)),
        "domain.bolts.events": SimpleNamespace(EVENTS=(PartCounted,)),
        "domain.bolts.upcasts": SimpleNamespace(UPCASTS=OLDER),
    }
    monkeypatch.setattr(module, "AGGREGATES", ("nuts", "bolts"))
    monkeypatch.setattr(module, "import_module", lambda name: known[name])
    monkeypatch.setattr(module, "find_spec", known.get)
    return known


def build() -> set[str]:
    return set(catalogue.__wrapped__().models)


def test_an_aggregate_need_not_have_upcasts(modules: dict[str, SimpleNamespace]) -> None:
    assert "domain.nuts.upcasts" not in modules
    anywhere = {"clock.advanced.v1", "event.corrected.v1", "event.voided.v1"}
    assert build() == {*anywhere, "part.added.v1", "part.counted.v2"}
    assert set(catalogue.__wrapped__().upcasts) == {"part.counted.v1"}


def test_a_new_version_without_the_upcast_of_the_one_before_ends_the_start(
    modules: dict[str, SimpleNamespace],
) -> None:
    del modules["domain.bolts.upcasts"]
    with pytest.raises(CatalogueGap, match=r"part\.counted\.v2 is known and part\.counted\.v1 is"):
        build()


def test_an_upcast_that_leads_nowhere_ends_the_start(modules: dict[str, SimpleNamespace]) -> None:
    astray = {"part.counted.v2": Upcast("part.counted.v3", counted_before_notes)}
    modules["domain.bolts.events"].EVENTS = ()
    modules["domain.bolts.upcasts"] = SimpleNamespace(UPCASTS=astray)
    with pytest.raises(CatalogueGap, match=r"end at part\.counted\.v3"):
        build()


def test_a_name_given_twice_ends_the_start(modules: dict[str, SimpleNamespace]) -> None:
    modules["domain.bolts.events"].EVENTS = (PartCounted, PartAdded)
    with pytest.raises(CatalogueGap, match=r"part\.added\.v1"):
        build()


def test_one_name_upcast_by_two_aggregates_ends_the_start(
    modules: dict[str, SimpleNamespace],
) -> None:
    for aggregate in ("nuts", "bolts"):
        modules[f"domain.{aggregate}.upcasts"] = SimpleNamespace(UPCASTS=OLDER)
    with pytest.raises(CatalogueGap, match="upcast twice"):
        build()
