"""Say what changed between two JSON Schemas of a message, and who still reads whose bytes.

backward: what was written under the old schema is read under the new one (old stored events, and
senders that were not updated). forward: what is written under the new schema is read under the old
one (readers that were not updated). A message's verdict is `full` where both hold for all its
changes, `none` where neither does. Schemas here are closed (`additionalProperties: false`), so a
field that is only added is not forward. What the comparison cannot decide, a changed pattern for
instance, counts as incompatible both ways. The terms are those of Confluent's schema registry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Verdict: TypeAlias = Literal["full", "backward", "forward", "none"]
Schema: TypeAlias = Mapping[str, Any]

_LOWER: Final = ("minimum", "exclusiveMinimum", "x-minimum", "x-exclusiveMinimum", "minLength",
                 "minItems")  # fmt: skip
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_EXACT: Final = ("pattern", "format", "uniqueItems", "multipleOf")
_SAID: Final = frozenset({"title", "description", "default", "examples", "$schema", "$id", "$defs"})
_KNOWN: Final = frozenset({
    *_LOWER, *_UPPER, *_EXACT, *_SAID, "type", "enum", "const", "anyOf", "oneOf", "discriminator",
    "$ref", "properties", "required", "additionalProperties", "items", "prefixItems",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, and whether each side still reads the other's bytes in spite of it."""

    kind: Literal["added", "removed", "renamed", "narrowed", "widened", "changed"]
    pointer: str
    text: str
    backward: bool
    forward: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One message's changes and their verdict."""

    name: str
    changes: tuple[Change, ...] = ()

    @property
    def backward(self) -> bool:
        return all(change.backward for change in self.changes)

    @property
    def verdict(self) -> Verdict:
        forward = all(change.forward for change in self.changes)
        if self.backward:
            return "full" if forward else "backward"
        return "forward" if forward else "none"


def removed_message(name: str, *, still_read: bool) -> Comparison:
    """Return the comparison of a message that is gone; an upcast still reads what is stored."""
    text = "is upcast to a newer event" if still_read else "is gone: what is stored cannot be read"
    return Comparison(name, (Change("removed", "", text, backward=still_read, forward=True),))


def new_message(name: str) -> Comparison:
    """Return the comparison of a message that is new: an older reader does not know it."""
    return Comparison(name, (Change("added", "", "is new", backward=True, forward=False),))


def compare(name: str, old: Schema, new: Schema) -> Comparison:
    """Compare two schemas of one message."""
    return Comparison(name, tuple(_Two(old, new).changes(old, new, "")))


class _Two:
    """Two documents with their definitions."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old.get("$defs", {})
        self._new = new.get("$defs", {})

    def changes(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        """Yield the differences of two schemas at a place."""
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if _shape(old) == _shape(new) and "$ref" not in str(old) + str(new):
            return
        if "anyOf" in old or "anyOf" in new or "oneOf" in old or "oneOf" in new:
            yield from self._of_choices(old, new, at)
        elif "properties" in old and "properties" in new:
            yield from self._of_objects(old, new, at)
        elif old.get("type") == new.get("type") == "array":
            yield from self._of_arrays(old, new, at)
        else:
            yield from _of_values(old, new, at)

    def _of_objects(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        was, now = old["properties"], new["properties"]
        must, must_now = set(old.get("required", ())), set(new.get("required", ()))
        added, removed = sorted(now.keys() - was.keys()), sorted(was.keys() - now.keys())
        for name in removed:
            other = self._renamed(was[name], now, added)
            if other is None:
                stays = "was required and is gone" if name in must else "is gone"
                yield Change("removed", f"{at}/{name}", stays, False, name not in must)
            else:
                added.remove(other)
                yield Change("renamed", f"{at}/{name}", f"is called {other} now", False, False)
        for name in added:
            if name in must_now:
                yield Change("added", f"{at}/{name}", "is new and required", False, False)
            else:
                yield Change("added", f"{at}/{name}", "is new and optional", True, False)
        for name in sorted(was.keys() & now.keys()):
            yield from self.changes(was[name], now[name], f"{at}/{name}")
            if name in must_now - must:
                yield Change("narrowed", f"{at}/{name}", "is required now", False, True)
            if name in must - must_now:
                yield Change("widened", f"{at}/{name}", "is optional now", True, False)
        yield from self._of_others(old, new, at)

    def _renamed(self, was: Schema, now: Mapping[str, Schema], added: list[str]) -> str | None:
        """Return the new field that has the old one's schema, if there is just one."""
        same = [name for name in added if not list(self.changes(was, now[name], ""))]
        return same[0] if len(same) == 1 else None

    def _of_others(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        """Yield what changed about names that are not listed."""
        was, now = (each.get("additionalProperties", True) for each in (old, new))
        if was == now:
            return
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from self.changes(was, now, f"{at}/*")
        elif was is False or now is False:
            text = "names that are not listed "
            if now is False:
                yield Change("narrowed", at, text + "are refused now", False, True)
            else:
                yield Change("widened", at, text + "are taken now", True, False)
        else:
            yield Change("changed", at, text_of_types(old, new), False, False)

    def _of_arrays(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        yield from self.changes(old.get("items", {}), new.get("items", {}), f"{at}/*")
        if old.get("prefixItems") != new.get("prefixItems"):
            yield Change("changed", at, "has other places", False, False)
        yield from _of_bounds(old, new, at)

    def _of_choices(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        """Compare alternatives as sets: each of one side must fit into one of the other's."""
        was, now = _alternatives(old), _alternatives(new)
        lone = [each for each in was if each.get("type") != "null"]
        lone_now = [each for each in now if each.get("type") != "null"]
        if len(lone) == len(lone_now) == 1:
            yield from self.changes(lone[0], lone_now[0], at)
            null, null_now = len(was) > 1, len(now) > 1
            if null and not null_now:
                yield Change("narrowed", at, "may not be null any more", False, True)
            if null_now and not null:
                yield Change("widened", at, "may be null now", True, False)
            return
        backward = all(any(self._fits(a, b, "backward") for b in now) for a in was)
        forward = all(any(self._fits(a, b, "forward") for a in was) for b in now)
        if backward and forward:
            return
        kind: Any = "widened" if backward else "narrowed" if forward else "changed"
        yield Change(kind, at, "has other alternatives", backward, forward)

    def _fits(self, old: Schema, new: Schema, way: Literal["backward", "forward"]) -> bool:
        return all(getattr(change, way) for change in self.changes(old, new, ""))


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema


def _alternatives(schema: Schema) -> list[Schema]:
    return list(schema.get("anyOf") or schema.get("oneOf") or [schema])


def _shape(schema: Any) -> Any:  # noqa: ANN401  A piece of JSON.
    """Return a schema without what only explains it; fields may be called like keywords."""
    if isinstance(schema, list):
        return [_shape(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: {name: _shape(each) for name, each in part.items()}
        if key == "properties"
        else _shape(part)
        for key, part in schema.items()
        if key not in _SAID
    }


def _of_values(old: Schema, new: Schema, at: str) -> Iterator[Change]:
    """Compare two schemas of plain values, or of things of different kinds."""
    if old.get("type") != new.get("type"):
        widened = (old.get("type"), new.get("type")) == ("integer", "number")
        narrowed = (old.get("type"), new.get("type")) == ("number", "integer")
        kind: Any = "widened" if widened else "narrowed" if narrowed else "changed"
        yield Change(kind, at, text_of_types(old, new), widened, narrowed)
    was, now = _listed(old), _listed(new)
    if was is not None and now is not None:
        for value in sorted(set(was) - set(now), key=str):
            yield Change("narrowed", at, f"may not be {value!r} any more", False, True)
        for value in sorted(set(now) - set(was), key=str):
            yield Change("widened", at, f"may be {value!r} now", True, False)
    elif now is not None:
        yield Change("narrowed", at, f"must be one of {now}", False, True)
    elif was is not None:
        yield from _opened_enum(new, at)
        return
    yield from _of_bounds(old, new, at)


def _listed(schema: Schema) -> list[Any] | None:
    """Return the values a schema lists; a constant is a list of one."""
    values: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return values


def _opened_enum(new: Schema, at: str) -> Iterator[Change]:
    """Yield that a list of values became a type: wider, if no bound shuts any of them out."""
    bounded = any(key in new for key in (*_LOWER, *_UPPER, *_EXACT))
    kind: Any = "changed" if bounded else "widened"
    yield Change(kind, at, "is no list of values any more", not bounded, False)


def _of_bounds(old: Schema, new: Schema, at: str) -> Iterator[Change]:
    for key in (*_LOWER, *_UPPER):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        up = 1 if key in _LOWER else -1
        tighter = was is None or (now is not None and (now - was) * up > 0)
        text = f"{key} was {was}, is {now}"
        if tighter:
            yield Change("narrowed", at, text, False, True)
        else:
            yield Change("widened", at, text, True, False)
    for key in _EXACT:
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        text = f"{key} was {was}, is {now}"
        kind: Any = "narrowed" if was is None else "widened" if now is None else "changed"
        yield Change(kind, at, text, now is None, was is None)
    for key in sorted((old.keys() | new.keys()) - _KNOWN):
        if old.get(key) != new.get(key):
            yield Change(
                "changed", at, f"{key} was {old.get(key)}, is {new.get(key)}", False, False
            )


def text_of_types(old: Schema, new: Schema) -> str:
    """Return what a value was and is."""
    return f"was {_named(old)}, is {_named(new)}"


def _named(schema: Schema) -> str:
    return str(schema.get("type") or ("one of several" if "anyOf" in schema else "anything"))
