"""Hold the registry of permanent names to finding gaps, duplicates and circles at start."""

from typing import ClassVar

import pytest

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.registry import CatalogueGap, Registry, StoredData, Upcast


class Weighed(DomainEvent):
    type_name = "part.weighed.v2"
    message_class: ClassVar[MessageClass] = "progress"

    grams: int


class Measured(Weighed):
    type_name = "part.measured.v3"


class Named(DomainEvent):
    type_name = "part.named.v1"
    message_class: ClassVar[MessageClass] = "progress"


class NamedAgain(DomainEvent):
    type_name = "part.named.v1"
    message_class: ClassVar[MessageClass] = "progress"


class Nameless(Named):
    pass


def in_grams(stored: StoredData) -> StoredData:
    return {"grams": stored["kilograms"] * 1000}


V2 = Upcast("part.weighed.v2", in_grams)
V3 = Upcast("part.measured.v3", in_grams)


def test_a_version_may_be_left_out_on_the_way_if_it_is_read_too() -> None:
    registry = Registry([Measured], {"part.measured.v1": V3, "part.measured.v2": V3})
    assert registry.upcast("part.measured.v1", {"kilograms": 2}) == (Measured, {"grams": 2000})


def test_an_older_name_is_read_as_todays() -> None:
    registry = Registry([Weighed], {"part.weighed.v1": Upcast("part.weighed.v2", in_grams)})
    assert registry.upcast("part.weighed.v1", {"kilograms": 2}) == (Weighed, {"grams": 2000})
    assert registry.upcast("part.weighed.v2", {"grams": 1}) == (Weighed, {"grams": 1})
    assert registry.knows("part.weighed.v1")
    assert not registry.knows("os.path")


def test_a_name_that_was_never_registered_is_not_looked_for_elsewhere() -> None:
    with pytest.raises(KeyError):
        Registry([Named]).upcast("domain.kernel.messages:DomainEvent", {})


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(CatalogueGap, match="is the name of Named and NamedAgain"):
        Registry([Named, NamedAgain])


def test_a_name_is_never_inherited() -> None:
    with pytest.raises(CatalogueGap, match="Nameless has no type_name"):
        Registry([Nameless])


@pytest.mark.parametrize(
    ("upcasts", "said"),
    [
        ({"part.weighed.v1": Upcast("part.weighed.v3", in_grams)}, "which no model has"),
        ({"part.weighed.v2": Upcast("part.weighed.v2", in_grams)}, "a model and an upcast"),
        (
            {
                "part.a.v1": Upcast("part.b.v1", in_grams),
                "part.b.v1": Upcast("part.a.v1", in_grams),
            },
            "in a circle",
        ),
        ({"part.a.v1": Upcast("part.a.v1", in_grams)}, "in a circle at part.a.v1"),
        ({}, "part.weighed.v2 is known and part.weighed.v1 is not"),
        (
            {"part.old.v3": Upcast("part.weighed.v2", in_grams), "part.weighed.v1": V2},
            "part.old.v3 is known and part.old.v2 is not",
        ),
    ],
)
def test_a_chain_of_upcasts_that_leads_nowhere_is_refused(
    upcasts: dict[str, Upcast], said: str
) -> None:
    with pytest.raises(CatalogueGap, match=said):
        Registry([Weighed], upcasts)
