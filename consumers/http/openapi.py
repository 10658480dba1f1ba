"""Describe the API as OpenAPI 3.1, with the models of commands and events as its schemas."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from consumers.http.problems import KINDS
from consumers.kafka.json_format import BATCH_MEDIA_TYPE
from consumers.kafka.json_format import MEDIA_TYPE as CLOUDEVENT
from domain.kernel.messages import Command

PROBLEM: Final = "application/problem+json"
SCHEMAS: Final = "#/components/schemas/"


def header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return _parameter("header", name, description, required=required)


def query(name: str, description: str, kind: str = "string") -> dict[str, Any]:
    return {**_parameter("query", name, description), "schema": {"type": kind}}


def path(name: str, description: str) -> dict[str, Any]:
    return _parameter("path", name, description, required=True)


def _parameter(
    place: str, name: str, description: str, *, required: bool = False
) -> dict[str, Any]:
    return {
        "in": place,
        "name": name,
        "description": description,
        "required": required,
        "schema": {"type": "string"},
    }


IF_MATCH: Final = header("If-Match", "The version of the subject that the command was decided on.")
IF_NONE_MATCH: Final = header("If-None-Match", "`*`: the subject must not exist yet.")
KEY: Final = header(
    "Idempotency-Key",
    "Identity of the message, for ever; required where nothing exists yet, and with If-Match: *.",
)
KEY_REQUIRED: Final = header("Idempotency-Key", "Identity of the message, for ever.", required=True)
ACTING_FOR: Final = header(
    "X-Takt-Acting-For",
    "The party for which its delegate asks, in its role; UTF-8 in percent-encoding.",
)
ASKING: Final = (IF_MATCH, IF_NONE_MATCH, KEY, ACTING_FOR)
AS_OF: Final = query("as_of", "A position of the log, or a time (RFC 3339): what was known then.")
TRUE_AT: Final = query(
    "true_at",
    "A time (RFC 3339): what was true then, late reports included; with as_of, as known then.",
)
MIN_POSITION: Final = query(
    "min_position", "Wait until this position is reflected: read your own writes.", "integer"
)
WAIT: Final = query("wait", "How long to wait for min_position, at most 2 s; then 503.")
IF_CHANGED: Final = header("If-None-Match", "Tag of the answer one has: 304 where it is current.")
READING: Final = (AS_OF, MIN_POSITION, WAIT, IF_CHANGED)


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the problem answers of an operation, one per status."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        kind = KINDS[code]
        told = found.setdefault(
            kind.status,
            {
                "description": "",
                "content": {PROBLEM: {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
            },
        )
        told["description"] = f"{told['description']} {kind.title} (`{code}`).".strip()
    return found


def command_body(model: type[Command]) -> dict[str, Any]:
    schema = {"$ref": f"{SCHEMAS}{model.__name__}"}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


BATCH_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["commands"],
                "properties": {
                    "commands": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["name", "data"],
                            "properties": {
                                "name": {"type": "string"},
                                "data": {"type": "object"},
                            },
                        },
                    }
                },
            }
        }
    },
}

PLAN_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {"application/xml": {}, "application/json": {}},
}

SHEET_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "text/csv": {},
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
    },
}

EVENTS_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        CLOUDEVENT: {"schema": {"$ref": f"{SCHEMAS}CloudEvent"}},
        BATCH_MEDIA_TYPE: {"schema": {"type": "array", "items": {"$ref": f"{SCHEMAS}CloudEvent"}}},
        "application/json": {
            "schema": {
                "type": "object",
                "description": "The data alone (binary mode): attributes are ce- headers.",
            }
        },
    },
}

STREAM_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events snapshot, change, position and reset; id is the log position.",
        "content": {
            "text/event-stream": {
                "itemSchema": {
                    "type": "object",
                    "required": ["data"],
                    "properties": {
                        "event": {"enum": ["snapshot", "change", "position", "reset"]},
                        "id": {"type": "string", "pattern": "^[0-9]+$"},
                        "data": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": {"$ref": f"{SCHEMAS}Changes"},
                        },
                    },
                }
            },
            "application/json": {"schema": {"$ref": f"{SCHEMAS}Poll"}},
        },
    }
}

_FIXED: Final[dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "correlation_id"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": sorted(KINDS)},
            "correlation_id": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": {"type": "string", "format": "json-pointer"},
                        "detail": {"type": "string"},
                    },
                },
            },
        },
    },
    "Outcome": {
        "type": "object",
        "description": "What became of a message.",
        "required": ["outcome", "position"],
        "properties": {
            "outcome": {"type": "string"},
            "position": {"type": "integer", "description": "Use it as min_position."},
            "changed": {
                "type": "boolean",
                "description": "Of a command: false where nothing had to change; position is 0.",
            },
            "repeated": {"type": "boolean", "description": "True: the message was known before."},
            "first_position": {"type": "integer"},
            "versions": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    },
    "CloudEvent": {
        "type": "object",
        "description": "CloudEvents 1.0; type is a name of the catalogue, subject a stream.",
        "required": ["specversion", "id", "source", "type", "subject", "time"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1, "maxLength": 255},
            "source": {"type": "string", "minLength": 1},
            "type": {"type": "string"},
            "subject": {"type": "string"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string"},
            "dataschema": {"type": "string", "format": "uri-reference"},
            "data": {"type": "object"},
        },
    },
    "Changes": {
        "type": "object",
        "required": ["position"],
        "properties": {
            "position": {"type": "integer"},
            "first": {"type": "boolean"},
            "last": {"type": "boolean"},
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "projection": {"type": "string"},
                        "key": {"type": "string"},
                        "row_id": {"type": "string"},
                        "position": {"type": "integer"},
                        "row": {"type": ["object", "null"]},
                    },
                },
            },
        },
    },
    "Poll": {
        "type": "object",
        "description": "With `wait`: the data of the same events, each with its name.",
        "required": ["position", "next_cursor", "messages"],
        "properties": {
            "position": {"type": "integer"},
            "next_cursor": {"type": "string", "description": "Use it as cursor."},
            "messages": {
                "type": "array",
                "items": {
                    "allOf": [
                        {"$ref": f"{SCHEMAS}Changes"},
                        {
                            "type": "object",
                            "required": ["event"],
                            "properties": {"event": {"enum": ["snapshot", "change", "reset"]}},
                        },
                    ]
                },
            },
        },
    },
}


def completed(document: dict[str, Any], commands: Mapping[str, type[Command]]) -> dict[str, Any]:
    """Return the document with the schemas that its operations refer to."""
    _, shared = models_json_schema(
        [(model, "validation") for model in commands.values()], ref_template=SCHEMAS + "{model}"
    )
    components = document.setdefault("components", {})
    components["schemas"] = {
        **components.get("schemas", {}),
        **shared.get("$defs", {}),
        **_FIXED,
    }
    return document
