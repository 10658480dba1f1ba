"""Write a folded state as bytes and read it back: object by object, column by column, no code.

Objects of one class lie side by side as columns, one per field, so reading is a handful of passes
in C. What is frozen is built once and shared by every state made of the same bytes; what a fold
may change is built anew for each. Which classes may occur, and what of them is left out because it
can be computed again, is said by their forms: bytes name forms, never modules.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import accumulate, pairwise, repeat
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from domain.kernel.messages import DomainEvent, Recorded

Json: TypeAlias = Any
Keep: TypeAlias = Callable[[Recorded[Any]], int]
"""Keeps an event beside the columns and returns its number there."""

_PLAIN: Final = frozenset({type(None), bool, int, float, str})
_FROZEN, _MUTABLE = 0, 1


class Unsupported(Exception):
    """A state holds what has no form; it cannot be kept as bytes."""


class Unreadable(Exception):
    """Bytes that are no state of these forms: damaged, or written by other code."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the objects of one class are taken apart.

    `derived` are fields left out, which a fresh object (`fresh`) has as if nothing was computed
    yet; `shared` are containers that are replaced but never changed in place, and `json` are those
    of them that hold nothing but JSON values.
    """

    name: str
    cls: type
    derived: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    json: frozenset[str] = frozenset()
    fresh: Callable[[], Any] | None = None
    fields: tuple[str, ...] = field(init=False)
    frozen: bool = field(init=False)

    def __post_init__(self) -> None:
        sample = None if self.fresh is None else self.fresh()
        names = tuple(name for name in _fields(self.cls, sample) if name not in self.derived)
        object.__setattr__(self, "fields", names)
        object.__setattr__(self, "frozen", _is_frozen(self.cls))

    def made(self, count: int) -> list[Any]:
        """Return so many objects whose fields are to be filled."""
        if self.fresh is not None:
            return [self.fresh() for _ in range(count)]
        return list(map(object.__new__, repeat(self.cls, count)))

    def built(self, columns: Sequence[Sequence[Any]], count: int) -> list[Any]:
        """Return the objects of these columns."""
        if issubclass(self.cls, tuple):
            return list(map(self.cls._make, zip(*columns, strict=True)))  # type: ignore[attr-defined]
        made = self.made(count)
        self.fill(made, columns)
        return made

    def fill(self, made: Sequence[Any], columns: Iterable[Sequence[Any]]) -> None:
        """Set the fields of objects, past what forbids it: nobody has seen them yet."""
        for name, column in zip(self.fields, columns, strict=True):
            slot = getattr(self.cls, name, None)
            if hasattr(slot, "__set__"):
                deque(map(slot.__set__, made, column), maxlen=0)  # type: ignore[union-attr]
            else:
                for each, value in zip(made, column, strict=True):
                    each.__dict__[name] = value


class Forms:
    """Every class that may occur in a state, by its name and by itself."""

    def __init__(
        self, classes: Iterable[Form], enums: Iterable[type[Enum]], events: Mapping[str, Any]
    ) -> None:
        self.by_class = {form.cls: form for form in classes}
        self.by_name = {form.name: form for form in self.by_class.values()}
        self.enums: dict[str, type[Enum]] = {each.__qualname__: each for each in enums}
        self.events: Mapping[str, type[DomainEvent]] = events

    def described(self) -> str:
        """Return all that makes bytes of one release readable by another."""
        forms = sorted((form.name, *form.fields) for form in self.by_class.values())
        return repr((forms, sorted(self.enums)))


class _Node:
    """An object on its way into columns: its place in the table of its likes."""

    __slots__ = ("depth", "index", "stage", "table")

    def __init__(self, stage: int, depth: int, table: "_Table") -> None:
        self.stage = stage
        self.depth = depth
        self.table = table
        self.index = len(table.rows)


@dataclass(slots=True)
class _Table:
    kind: str
    rows: list[Any] = field(default_factory=list)
    first: int = 0


class Writer:
    """Take one state apart."""

    def __init__(self, forms: Forms, keep: Keep) -> None:
        self._forms = forms
        self._keep = keep
        self._known: dict[int, _Node] = {}
        self._values: dict[tuple[type, Any], _Node] = {}
        self._tables: dict[tuple[int, int, str], _Table] = {}
        self._alive: list[object] = []

    def written(self, root: object) -> Json:
        """Return the state as JSON values; raises Unsupported."""
        top = self._value(root, _MUTABLE)
        first = 1  # The nought is None.
        tables = [self._tables[key] for key in sorted(self._tables)]
        for table in tables:
            table.first = first
            first += len(table.rows)
        stages = [key[0] for key in sorted(self._tables)]
        return {
            "tables": [
                [stage, table.kind, len(table.rows), self._columns(table)]
                for stage, table in zip(stages, tables, strict=True)
            ],
            "root": _column([top]),
        }

    def _columns(self, table: _Table) -> Json:
        what, _, _ = table.kind.partition(":")
        if what in {"value", "event"}:
            return table.rows
        if what in {"object", "fact"}:
            return [_column(column) for column in zip(*table.rows, strict=True)]
        if what == "dict":
            keys = [key for row in table.rows for key in row[0]]
            values = [value for row in table.rows for value in row[1]]
            return [[len(row[0]) for row in table.rows], _column(keys), _column(values)]
        flat = [value for row in table.rows for value in row]
        return [[len(row) for row in table.rows], _column(flat)]

    def _value(self, value: Any, stage: int) -> Any:  # noqa: ANN401  Plain as it is, else a node.
        kind = type(value)
        if kind in _PLAIN:
            return value
        node = self._known.get(id(value))
        if node is not None:
            if node.stage != stage and kind in {list, dict, set, deque}:
                msg = f"a {kind.__name__} is part of something frozen and of something that changes"
                raise Unsupported(msg)
            return node
        form = self._forms.by_class.get(kind)
        if form is not None:
            node = self._object(value, form, stage)
        elif kind in _CONTAINERS:
            node = self._container(value, kind, stage)
        else:
            return self._leaf(value, kind)
        self._known[id(value)] = node
        self._alive.append(value)
        return node

    def _object(self, value: Any, form: Form, stage: int) -> _Node:  # noqa: ANN401
        if form.frozen:
            row = [self._value(getattr(value, name), _FROZEN) for name in form.fields]
            node = self._node(_FROZEN, _depth(row, _FROZEN), f"object:{form.name}")
            node.table.rows.append(row)
            return node
        if stage == _FROZEN:
            msg = f"something frozen holds a {form.name}, which changes"
            raise Unsupported(msg)
        node = self._known[id(value)] = self._node(_MUTABLE, 0, f"object:{form.name}")
        self._alive.append(value)
        row = []
        node.table.rows.append(row)
        for name in form.fields:
            part = getattr(value, name)
            if name not in form.json:
                part = self._value(part, _FROZEN if name in form.shared else _MUTABLE)
            row.append(part)
        return node

    def _container(self, value: Any, kind: type, stage: int) -> _Node:  # noqa: ANN401
        stage = _FROZEN if kind in {tuple, frozenset} else stage
        if kind is dict:
            keys = [self._value(key, _FROZEN) for key in value]
            row: Any = (keys, [self._value(each, stage) for each in value.values()])
            parts = keys + row[1]
        elif kind in {set, frozenset}:
            row = parts = [self._value(each, _FROZEN) for each in value]
        else:
            row = parts = [self._value(each, stage) for each in value]
        simple = "" if any(type(part) is _Node for part in parts) else ":plain"
        name = f"{kind.__name__}{simple}"
        if kind is deque and value.maxlen is not None:
            name = f"{kind.__name__}:{value.maxlen}"
        node = self._node(stage, _depth(parts, stage), name)
        node.table.rows.append(row)
        return node

    def _leaf(self, value: Any, kind: type) -> _Node:  # noqa: ANN401
        if isinstance(value, Recorded):
            return self._fact(value)
        known = (kind, value)
        if isinstance(value, DomainEvent):
            known = (_Node, id(value))
            self._alive.append(value)
        node = self._values.get(known)
        if node is not None:
            return node
        if kind is datetime and value.tzinfo is not None and not isinstance(value.tzinfo, ZoneInfo):
            name, text = "value:instant", value.isoformat()
        elif kind is date:
            name, text = "value:date", value.isoformat()
        elif kind is Decimal:
            name, text = "value:decimal", str(value)
        elif kind is ZoneInfo:
            name, text = "value:zone", value.key
        elif self._forms.enums.get(kind.__qualname__) is kind:
            name, text = f"value:{kind.__qualname__}", value.value
        elif isinstance(value, DomainEvent) and self._forms.events.get(value.type_name) is kind:
            name, text = f"event:{value.type_name}", value.model_dump_json()
        else:
            msg = f"{kind.__module__}.{kind.__qualname__} has no form"
            raise Unsupported(msg)
        node = self._values[known] = self._node(_FROZEN, 0, name)
        node.table.rows.append(text)
        return node

    def _fact(self, recorded: Recorded[Any]) -> _Node:
        known = (Recorded, recorded.position)
        node = self._values.get(known)
        if node is None:
            node = self._values[known] = self._node(_FROZEN, 0, "fact")
            node.table.rows.append(
                (self._keep(recorded), recorded.position, recorded.stream, recorded.version)
            )
        return node

    def _node(self, stage: int, depth: int, kind: str) -> _Node:
        # Objects that change are made before all containers that may hold them.
        at = (stage, depth, kind)
        table = self._tables.get(at)
        if table is None:
            table = self._tables[at] = _Table(kind)
        return _Node(stage, depth, table)


def _depth(parts: Iterable[Any], stage: int) -> int:
    """Return how many layers of its stage lie below something made of these parts, and itself."""
    below = (part.depth for part in parts if type(part) is _Node and part.stage == stage)
    return 1 + max(below, default=0)


def _column(values: Sequence[Any]) -> Json:
    """Return values as a column: `p` plain, `c` one plain value, `r` references, `m` mixed."""
    kinds = set(map(type, values))
    if _Node not in kinds:
        first = values[0] if values else None
        if len(values) > 1 and len(kinds) == 1 and all(value == first for value in values):
            return ["c", first]
        return ["p", list(values)]
    if kinds <= _REFERENCES:
        return ["r", [0 if value is None else _number(value) for value in values]]
    return ["m", [[_number(value)] if type(value) is _Node else value for value in values]]


_REFERENCES: Final = frozenset({_Node, type(None)})


def _number(node: _Node) -> int:
    return node.table.first + node.index


class Picture:
    """A state as read from its columns: what is frozen is made, what changes is made on demand.

    Raises Unreadable where the columns are not of these forms.
    """

    def __init__(self, written: Json, forms: Forms, facts: Callable[..., list[Any]]) -> None:
        self._forms = forms
        self._pool: list[Any] = [None]
        self._later: list[tuple[str, int, Json]] = []
        try:
            for stage, kind, count, columns in written["tables"]:
                if stage == _FROZEN:
                    self._pool += self._built(kind, count, columns, self._pool, facts)
                else:
                    self._later.append((kind, count, columns))
            self._shared = len(self._pool)
            self._root = written["root"]
            self._later = [
                (kind, count, self._ahead(kind, columns)) for kind, count, columns in self._later
            ]
        except Unreadable:
            raise
        except Exception as error:
            msg = f"the columns of a checkpoint cannot be read: {error!r}"
            raise Unreadable(msg) from error

    def state(self) -> Any:  # noqa: ANN401
        """Return a state of its own; raises Unreadable."""
        pool = list(self._pool)
        waiting: list[tuple[Form, list[Any], Json]] = []
        try:
            for kind, count, columns in self._later:
                what, _, name = kind.partition(":")
                if what == "object":
                    form = self._forms.by_name[name]
                    made = form.made(count)
                    waiting.append((form, made, columns))
                else:
                    made = self._built(kind, count, columns, pool, None)
                pool += made
            for form, made, columns in waiting:
                form.fill(made, [_values(column, pool, len(made)) for column in columns])
            return _values(self._root, pool, 1)[0]
        except Exception as error:
            msg = f"the columns of a checkpoint cannot be read: {error!r}"
            raise Unreadable(msg) from error

    def _ahead(self, kind: str, columns: Json) -> Json:
        """Resolve columns that refer to what is shared only."""
        if kind.startswith("object:"):
            return [self._resolved(column) for column in columns]
        return [columns[0], *map(self._resolved, columns[1:])]

    def _resolved(self, column: Json) -> Json:
        kind, values = column
        if kind == "r" and (not values or max(values) < self._shared):
            return ["p", list(map(self._pool.__getitem__, values))]
        return column

    def _built(
        self,
        kind: str,
        count: int,
        columns: Json,
        pool: list[Any],
        facts: Callable[..., list[Any]] | None,
    ) -> list[Any]:
        what, _, name = kind.partition(":")
        if what == "object":
            form = self._forms.by_name[name]
            return form.built([_values(column, pool, count) for column in columns], count)
        if what == "value":
            return list(map(_LEAVES.get(name) or self._forms.enums[name], columns))
        if what == "event":
            read = self._forms.events[name].model_validate_json
            return [read(text) for text in columns]
        if what == "fact" and facts is not None:
            return facts(*(_values(column, pool, count) for column in columns))
        ends = [0, *accumulate(columns[0])]
        flat = _values(columns[1], pool, ends[-1])
        if what == "dict":
            values = _values(columns[2], pool, ends[-1])
            return [
                dict(zip(flat[a:b], values[a:b], strict=True)) if b > a else {}
                for a, b in pairwise(ends)
            ]
        if what == "deque":
            maxlen = int(name) if name.isdecimal() else None
            return [deque(flat[a:b], maxlen) for a, b in pairwise(ends)]
        make = _CONTAINERS_BY_NAME[what]
        return [make(flat[a:b]) for a, b in pairwise(ends)]


def _values(column: Json, pool: list[Any], count: int) -> Sequence[Any]:
    kind, values = column
    if kind == "p":
        return values  # type: ignore[no-any-return]
    if kind == "r":
        return list(map(pool.__getitem__, values))
    if kind == "c":
        return [values] * count
    if kind == "m":
        return [pool[value[0]] if type(value) is list else value for value in values]
    msg = f"there is no column of kind {kind!r}"
    raise Unreadable(msg)


def _fields(cls: type, sample: object | None) -> tuple[str, ...]:
    if issubclass(cls, tuple):
        return tuple(cls._fields)  # type: ignore[attr-defined]
    slots = [name for each in cls.__mro__ for name in vars(each).get("__slots__", ())]
    return tuple(slots or (vars(sample) if sample is not None else ()))


def _is_frozen(cls: type) -> bool:
    if issubclass(cls, tuple):
        return True
    parameters = getattr(cls, "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


_CONTAINERS: Final = frozenset({tuple, list, dict, set, frozenset, deque})
_CONTAINERS_BY_NAME: Final[Mapping[str, Callable[[Sequence[Any]], Any]]] = {
    "tuple": tuple,
    "list": list,
    "set": set,
    "frozenset": frozenset,
}
_LEAVES: Final[Mapping[str, Callable[[str], Any]]] = {
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "zone": ZoneInfo,
}
