"""Read and write one event type's stored bytes in a single pass over the JSON.

What lies in the log was checked to the last rule when its event was made, and proved readable
before it was committed. So reading checks names and types, and leaves out the kernel's finer rules
(a time written as RFC 3339, a text without NUL, lengths and patterns), which would take longer than
all the rest. Validators of any other kind are left as they are. A field that is gone from a model
is passed by: a new shape has a new name, and every name's golden sample must encode to itself.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias, cast, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic_core import CoreConfig, SchemaSerializer, SchemaValidator
from pydantic_core import core_schema as cs

from domain.kernel.filled import filled
from domain.kernel.messages import DomainEvent, Envelope
from domain.kernel.values import CalendarDate, Instant, Name, Quantity, Text, ZoneName

Schema: TypeAlias = dict[str, Any]

_RULES: Final = {
    rule.func
    for alias in (CalendarDate, Instant, Name, Quantity, Text, ZoneName)
    for rule in get_args(alias)
    if isinstance(rule, AfterValidator | BeforeValidator)
}
_CONFIG: Final = CoreConfig(strict=True, extra_fields_behavior="ignore")

DATA: Final = b',"data":'
"""What divides envelope and event; in a JSON text these bytes cannot occur inside a string."""


Encode: TypeAlias = Callable[[DomainEvent, Envelope], bytes]
Decode: TypeAlias = Callable[[bytes], DomainEvent]


ReadsBack: TypeAlias = Callable[[bytes, DomainEvent], bool]


class StoredForm(NamedTuple):
    """How the events of one name are written and read."""

    encode: Encode
    decode: Decode
    """Reads the event alone; who, when and why is read by `envelope_of`, when somebody asks."""
    reads_back: ReadsBack
    """Tells whether the bytes read as this event, without making another one."""


def stored_form(model: type[DomainEvent]) -> StoredForm:
    """Return the stored form of an event type: the envelope's fields, flat, and `data`, last."""
    fields = _plain_fields(model)
    data = model.__pydantic_core_schema__ if fields is None else _record(fields)
    schema = _record({**_ENVELOPE, "data": cs.typed_dict_field(data)})
    write = SchemaSerializer(schema, _CONFIG).to_json
    read = SchemaValidator(data, _CONFIG).validate_json
    make, names = filled, set(model.model_fields)

    def encode(event: DomainEvent, envelope: Envelope) -> bytes:
        content = event if fields is None else vars(event)
        return write({**vars(envelope), "data": content}, exclude_none=True, warnings=False)

    if fields is None:

        def decode_model(state: bytes) -> DomainEvent:
            return cast("DomainEvent", read(state[state.index(DATA) + 8 : -1]))

        def model_reads_back(state: bytes, event: DomainEvent) -> bool:
            return vars(decode_model(state)) == vars(event)

        return StoredForm(encode, decode_model, model_reads_back)

    def decode(state: bytes) -> DomainEvent:
        return make(model, read(state[state.index(DATA) + 8 : -1]), names)

    def reads_back(state: bytes, event: DomainEvent) -> bool:
        return bool(read(state[state.index(DATA) + 8 : -1]) == vars(event))

    return StoredForm(encode, decode, reads_back)


def envelope_of(state: bytes) -> Envelope:
    """Read who, when and why from stored bytes; raises pydantic's ValidationError."""
    about = _read_envelope(state[: state.index(DATA)] + b"}")
    return filled(Envelope, about, _ENVELOPE_NAMES)


def _record(fields: Mapping[str, Any]) -> Any:  # noqa: ANN401  pydantic's schemas are dicts.
    return cs.typed_dict_schema(dict(fields), config=_CONFIG, extra_behavior="ignore")


def _plain_fields(model: type[BaseModel]) -> dict[str, Any] | None:
    """Return the fields of a model that is nothing but its fields, without the finer rules."""
    schema = cast("Schema", model.__pydantic_core_schema__)
    inner = schema.get("schema", {})
    is_plain = (
        (schema["type"], inner.get("type")) == ("model", "model-fields")
        and not (schema.get("custom_init") or schema.get("post_init") or schema.get("root_model"))
        and not model.__private_attributes__
        and all(set(field) <= {"type", "schema", "metadata"} for field in inner["fields"].values())
    )
    if not is_plain:
        return None
    return {
        name: cs.typed_dict_field(
            _without_rules(field["schema"]), required=field["schema"]["type"] != "default"
        )
        for name, field in inner["fields"].items()
    }


def _without_rules(schema: Any) -> Any:  # noqa: ANN401  pydantic's schemas are dicts.
    if isinstance(schema, list):
        return [_without_rules(part) for part in schema]
    if not isinstance(schema, dict) or schema.get("type") == "model":
        return schema  # A model inside validates itself, whatever is around it.
    if _is_rule(schema):
        return _without_rules(schema["schema"])
    if schema.get("type") == "str":
        return {"type": "str"}
    return {key: _without_rules(part) for key, part in schema.items()}


def _is_rule(schema: Schema) -> bool:
    if schema.get("type") not in {"function-before", "function-after"}:
        return False
    rule = schema["function"]["function"]
    # pydantic checks a bound on one of the kernel's types by a partial of its own.
    return rule in _RULES or isinstance(rule, partial)


_ENVELOPE: Final = _plain_fields(Envelope) or {}
_ENVELOPE_NAMES: Final = set(Envelope.model_fields)
_read_envelope = SchemaValidator(_record(_ENVELOPE), _CONFIG).validate_json
