"""Hold the schemas to the committed ones, and the verdicts on changes to what models then read."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from consumers.failures import WrongInput
from consumers.requests import COMMANDS
from consumers.schema_changes import Change, Comparison, compare
from consumers.schemas import check, export, read, schema_of, schemas_of, text_of
from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import Instant, Quantity
from domain.log.catalogue import catalogue

BASELINE = Path(__file__).parents[3] / "deploy" / "schemas"


def changed(comparisons: list[Comparison]) -> dict[str, list[str]]:
    return {
        each.name: [f"{change.pointer} {change.text}" for change in each.changes]
        for each in comparisons
        if each.changes
    }


def test_the_code_has_the_schemas_that_are_committed() -> None:
    now = schemas_of(catalogue())
    assert changed(check(read(BASELINE), now)) == {}, "run `takt schema export deploy/schemas`"


class Renamed(DomainEvent):
    """A start whose field is called otherwise than it is stored."""

    type_name = "phase.started.v1"
    message_class: ClassVar[MessageClass] = "progress"

    began_at: Instant
    resources: tuple[str, ...] = ()


def test_a_renamed_field_does_not_pass_the_committed_schemas() -> None:
    now = {**schemas_of(catalogue()), "events/phase.started.v1": schema_of(Renamed)}
    found = {each.name: each for each in check(read(BASELINE), now) if each.changes}
    assert found.keys() == {"events/phase.started.v1"}
    (started,) = found.values()
    assert started.verdict == "none"
    assert ("renamed", "/actual_start") in {(one.kind, one.pointer) for one in started.changes}


def test_the_same_code_writes_the_same_bytes_and_writes_them_once(tmp_path: Path) -> None:
    first = export(schemas_of(catalogue()), tmp_path)
    (tmp_path / "events" / "phase.forgotten.v1.json").write_text("{}")
    again = export(schemas_of(catalogue()), tmp_path)
    assert len(first["written"]) == len(catalogue().models) + len(COMMANDS)
    assert again == {"written": [], "removed": ["events/phase.forgotten.v1"]}
    assert read(tmp_path) == schemas_of(catalogue())


def test_a_quantity_is_a_text_and_its_bound_an_extension() -> None:
    schema = schema_of(catalogue().models["commitment.receipt_posted.v1"])
    assert schema["$id"] == "/schemas/commitment.receipt_posted.v1.json"
    assert schema["properties"]["qty"] == {
        "type": "string",
        "pattern": r"^-?\d{1,38}(\.\d{1,38})?$",
        "x-minimum": 0,
        "title": "Qty",
    }
    assert schema["properties"]["at"]["format"] == "date-time"


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_what_is_no_set_of_schemas_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "events").mkdir()
        (tmp_path / "events" / "a.v1.json").write_text(content)
    with pytest.raises(WrongInput):
        read(tmp_path)


def test_an_event_that_is_gone_is_read_only_where_it_is_upcast() -> None:
    old = {"events/part.weighed.v1": {"type": "object"}}
    new = {"events/part.weighed.v2": {"type": "object"}}
    verdicts = {each.name: each.verdict for each in check(old, new)}
    assert verdicts == {"events/part.weighed.v1": "forward", "events/part.weighed.v2": "backward"}
    upcast = check(old, new, frozenset({"part.weighed.v1"}))
    assert {each.name: each.verdict for each in upcast} == {
        "events/part.weighed.v1": "full",
        "events/part.weighed.v2": "backward",
    }


class Inner(BaseModel):
    """Something inside."""

    model_config = ConfigDict(extra="forbid", strict=True)

    size: int


class Sampled(DomainEvent):
    """An event whose fields the mutations give it."""

    type_name = "part.sampled.v1"
    message_class: ClassVar[MessageClass] = "progress"


Field_ = tuple[Any, Any]
BASE: dict[str, Field_] = {
    "count": (Annotated[int, Field(ge=0, le=10)], ...),
    "name": (Annotated[str, Field(min_length=1, max_length=5)], ...),
    "kind": (Literal["a", "b"], ...),
    "note": (str | None, None),
    "parts": (tuple[Inner, ...], ()),
}
MUTATIONS: dict[str, dict[str, Field_ | None]] = {
    "nothing": {},
    "field added": {"more": (str | None, None)},
    "required field added": {"more": (str, ...)},
    "optional field removed": {"note": None},
    "required field removed": {"count": None},
    "field renamed": {"count": None, "counted": BASE["count"]},
    "field required": {"note": (str | None, ...)},
    "field optional": {"count": (BASE["count"][0], 1)},
    "null allowed": {"count": (BASE["count"][0] | None, None)},
    "null forbidden": {"note": (str, "")},
    "value removed": {"kind": (Literal["a"], ...)},
    "value added": {"kind": (Literal["a", "b", "c"], ...)},
    "values opened": {"kind": (str, ...)},
    "bound raised": {"count": (Annotated[int, Field(ge=3, le=10)], ...)},
    "bound lowered": {"count": (Annotated[int, Field(ge=-3, le=10)], ...)},
    "bound dropped": {"count": (int, ...)},
    "longer": {"name": (Annotated[str, Field(min_length=1, max_length=50)], ...)},
    "shorter": {"name": (Annotated[str, Field(min_length=1, max_length=2)], ...)},
    "pattern": {"name": (Annotated[str, Field(pattern="^[a-m]+$")], ...)},
    "type changed": {"count": (Annotated[str, Field(min_length=1)], ...)},
    "quantity instead": {"count": (Quantity, ...)},
    "inside changed": {"parts": (tuple[int, ...], ())},
}
VERDICTS: dict[str, str] = {
    "nothing": "full",
    "field added": "backward",
    "required field added": "none",
    "optional field removed": "forward",
    "required field removed": "none",
    "field renamed": "none",
    "field required": "forward",
    "field optional": "backward",
    "null allowed": "backward",
    "null forbidden": "forward",
    "value removed": "forward",
    "value added": "backward",
    "values opened": "backward",
    "bound raised": "forward",
    "bound lowered": "backward",
    "bound dropped": "backward",
    "longer": "backward",
    "shorter": "forward",
    "pattern": "none",
    "type changed": "none",
    "quantity instead": "none",
    "inside changed": "none",
}


@cache
def model_of(mutation: str) -> type[DomainEvent]:
    fields = {**BASE, **MUTATIONS[mutation]}
    present: Any = {name: field for name, field in fields.items() if field is not None}
    made: type[DomainEvent] = create_model("Mutated", __base__=Sampled, **present)
    return made


@cache
def comparison(old: str, new: str) -> Comparison:
    return compare("m", schema_of(model_of(old)), schema_of(model_of(new)))


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_each_kind_of_change_has_its_verdict(mutation: str) -> None:
    assert comparison("nothing", mutation).verdict == VERDICTS[mutation]


def test_a_change_says_where_it_is_and_what() -> None:
    assert comparison("nothing", "value removed").changes == (
        Change("narrowed", "/kind", "may not be 'b' any more", backward=False, forward=True),
    )


@given(st.data(), st.sampled_from(sorted(MUTATIONS)), st.sampled_from(sorted(MUTATIONS)))
# Half of what the pools give is for one model or the other only: filtering is meant.
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_what_the_old_model_took_the_new_one_takes_where_the_verdict_says_so(
    data: st.DataObject, old: str, new: str
) -> None:
    writer, reader = model_of(old), model_of(new)
    sample = data.draw(_samples(writer))
    if comparison(old, new).backward:
        reader.model_validate_json(sample)


@pytest.mark.parametrize("mutation", [name for name, kind in VERDICTS.items() if kind == "none"])
def test_what_is_called_incompatible_has_a_sample_that_does_not_read(mutation: str) -> None:
    sample = {"count": 7, "name": "zz", "kind": "b", "note": "n", "parts": [{"size": 1}]}
    model_of("nothing").model_validate_json(json.dumps(sample))
    with pytest.raises(ValidationError):
        model_of(mutation).model_validate_json(json.dumps(sample))


def _samples(model: type[BaseModel]) -> st.SearchStrategy[str]:
    """Return JSON texts that the model takes, with and without what may be left out."""
    pools: dict[str, st.SearchStrategy[Any]] = {
        "count": st.one_of(st.integers(-3, 12), st.sampled_from(["x", "2.5"]), st.none()),
        "counted": st.integers(0, 10),
        "name": st.text("abz", max_size=7),
        "kind": st.sampled_from(["a", "b", "c", "d"]),
        "note": st.one_of(st.none(), st.text("n", max_size=3)),
        "more": st.one_of(st.none(), st.just("m")),
        "parts": st.lists(st.one_of(st.integers(0, 3), st.just({"size": 1})), max_size=2),
    }
    fields = sorted(model.model_fields.items())  # A set's order would differ between processes.
    required = [name for name, field in fields if field.is_required()]
    optional = {name: pools[name] for name, field in fields if not field.is_required()}
    built = st.fixed_dictionaries({name: pools[name] for name in required}, optional=optional)
    return built.map(json.dumps).filter(lambda text: _takes(model, text))


def _takes(model: type[BaseModel], text: str) -> bool:
    try:
        model.model_validate_json(text)
    except ValidationError:
        return False
    return True


def test_the_text_of_a_schema_does_not_depend_on_the_order_of_its_keys() -> None:
    assert (
        text_of({"b": 1, "a": [2]})
        == text_of({"a": [2], "b": 1})
        == '{\n "a": [\n  2\n ],\n "b": 1\n}\n'
    )
