"""Write the JSON Schemas of all messages, one file each, and compare them with a committed set.

A message has one form on the wire and in the log (quantities are texts, times are RFC 3339), so
one schema says both what is accepted and what is emitted. It is pydantic's schema of validation,
with the one thing put right that is refused here: a quantity as a number.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from consumers.failures import WrongInput
from consumers.requests import COMMANDS
from consumers.schema_changes import Comparison, compare, new_message, removed_message
from domain.kernel.messages import Command, DomainEvent
from domain.kernel.registry import Registry

EVENTS: Final = "events"
COMMANDS_FOLDER: Final = "commands"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DECIMAL: Final = r"^-?\d{1,38}(\.\d{1,38})?$"

Schemas = dict[str, dict[str, Any]]
"""Schemas by `<folder>/<name>`."""


class _OnTheWire(GenerateJsonSchema):
    """Pydantic's schemas, with quantities as the texts they travel as."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        del schema
        return {"type": "string", "pattern": DECIMAL}


def schema_of(model: type[DomainEvent] | type[Command]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one message."""
    name = model.type_name if issubclass(model, DomainEvent) else model.command_name
    made = model.model_json_schema(schema_generator=_OnTheWire)
    return {"$schema": DIALECT, "$id": f"/schemas/{name}.json", **_with_decimal_bounds(made)}


def _with_decimal_bounds(schema: Any) -> Any:  # noqa: ANN401  A piece of JSON.
    """Name the bounds of quantities as extensions: a text has no `minimum` in JSON Schema."""
    if isinstance(schema, list):
        return [_with_decimal_bounds(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    names = {"ge": "x-minimum", "gt": "x-exclusiveMinimum"}
    if schema.get("type") != "string":
        names = {}
    return {names.get(key, key): _with_decimal_bounds(part) for key, part in schema.items()}


def schemas_of(registry: Registry, commands: Mapping[str, type[Command]] = COMMANDS) -> Schemas:
    """Return the schema of every event and command, by folder and name."""
    models: dict[str, type[DomainEvent | Command]] = {
        **{f"{EVENTS}/{name}": model for name, model in registry.models.items()},
        **{f"{COMMANDS_FOLDER}/{name}": model for name, model in commands.items()},
    }
    return {place: schema_of(models[place]) for place in sorted(models)}


def text_of(schema: Mapping[str, Any]) -> str:
    """Return the schema as it is committed: the same bytes each time, a line for each fact."""
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def export(schemas: Schemas, folder: Path) -> dict[str, list[str]]:
    """Write the schemas into a folder; files of messages that are no more are removed.

    Raises OSError where the folder cannot be written.
    """
    done: dict[str, list[str]] = {"written": [], "removed": []}
    for place, schema in schemas.items():
        file = folder / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = text_of(schema)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            done["written"].append(place)
    for place in _places_in(folder):
        if place not in schemas:
            (folder / f"{place}.json").unlink()
            done["removed"].append(place)
    return done


def read(folder: Path) -> Schemas:
    """Read a set that was exported; raises WrongInput where there is none or it is no JSON."""
    schemas: Schemas = {}
    for place in _places_in(folder):
        try:
            found = json.loads((folder / f"{place}.json").read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            msg = f"{folder / place}.json is no JSON Schema: {error}"
            raise WrongInput(msg) from error
        if not isinstance(found, dict):
            msg = f"{folder / place}.json is no JSON Schema: it holds no object"
            raise WrongInput(msg)
        schemas[place] = found
    if not schemas:
        msg = f"there are no schemas in {folder}: `takt schema export {folder}` writes them"
        raise WrongInput(msg)
    return schemas


def _places_in(folder: Path) -> list[str]:
    return sorted(
        f"{part}/{file.stem}"
        for part in (EVENTS, COMMANDS_FOLDER)
        for file in (folder / part).glob("*.json")
    )


def check(old: Schemas, new: Schemas, upcast: frozenset[str] = frozenset()) -> list[Comparison]:
    """Compare two sets, message by message; `upcast` are the older events that are still read."""
    found = []
    for place in sorted(old.keys() | new.keys()):
        if place not in new:
            still_read = place.removeprefix(f"{EVENTS}/") in upcast
            found.append(removed_message(place, still_read=still_read))
        elif place not in old:
            found.append(new_message(place))
        else:
            found.append(compare(place, old[place], new[place]))
    return found


def export_text(done: Mapping[str, list[str]]) -> str:
    """Return what an export did for a person."""
    lines = [f"{what} {place}" for what, places in done.items() for place in places]
    return "\n".join(lines) or "nothing differs"


def check_document(found: list[Comparison]) -> dict[str, Any]:
    """Return a comparison as JSON values: the messages that differ, and whether all is read."""
    return {
        "readable": all(each.backward for each in found),
        "compared": len(found),
        "messages": [
            {
                "name": each.name,
                "verdict": each.verdict,
                "changes": [
                    {
                        "kind": change.kind,
                        "pointer": change.pointer,
                        "text": change.text,
                        "backward": change.backward,
                        "forward": change.forward,
                    }
                    for change in each.changes
                ],
            }
            for each in found
            if each.changes
        ],
    }


def check_text(document: Mapping[str, Any]) -> str:
    """Return a comparison for a person: each message that differs, with its changes."""
    lines = [f"{document['compared']} messages, {len(document['messages'])} differ"]
    for message in document["messages"]:
        lines.append(f"{message['verdict']:<9} {message['name']}")
        lines += [
            f"            {change['pointer'] or '/'} {change['text']} ({change['kind']})"
            for change in message["changes"]
        ]
    return "\n".join(lines)
