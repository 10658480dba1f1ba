"""CloudEvents against the conformance cases of the CloudEvents project."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from consumers.canonical_json import canonical
from consumers.kafka.binding import from_http, from_kafka, to_http, to_kafka, to_kafka_structured
from consumers.kafka.envelope import CloudEvent, attribute_text
from consumers.kafka.json_format import batch_items, event_of_item, json_of, read_event
from tests.shared import SHARED

FOLDER = SHARED / "data" / "cloudevents"

pytestmark = pytest.mark.usefixtures("shared")

NOT_HERE: Any = pytest.param(None, id="not here")
"""What stands for cases that are absent: its test is skipped, and says why."""

MINIMAL: dict[str, Any] = {
    "id": "minimal",
    "type": "io.cloudevents.test",
    "source": "https://cloudevents.io",
}
NOON = datetime(2018, 4, 5, 17, 31, tzinfo=UTC)
GOLDEN = {
    "minimal": CloudEvent(**MINIMAL),
    "minimalWithTime": CloudEvent(**{**MINIMAL, "id": "minimalWithTime", "time": NOON}),
    "minimalWithRelativeSource": CloudEvent(
        **{**MINIMAL, "id": "minimalWithRelativeSource", "source": "#fragment"}
    ),
    "allCore": CloudEvent(
        **{
            **MINIMAL,
            "id": "allCore",
            "datacontenttype": "text/plain",
            "dataschema": "https://cloudevents.io/dataschema",
            "subject": "tests",
            "time": NOON,
        }
    ),
    # The source gives this sample two ids; the file with the cases says this one.
    "simpleTextData": CloudEvent(
        **{
            **MINIMAL,
            "id": "simpleTextData",
            "datacontenttype": "text/plain",
            "data": b"Simple text",
        }
    ),
    "allExtensionTypes": CloudEvent(
        **{
            **MINIMAL,
            "id": "allExtensionTypes",
            # Extensions are compared in their JSON form: their types are not known beforehand.
            "extensions": {
                "extinteger": 10,
                "extboolean": True,
                "extstring": "text",
                "extbinary": "TWE=",
                "exttimestamp": "2023-03-31T15:12:00Z",
                "exturi": "https://cloudevents.io",
                "exturiref": "//authority/path",
            },
        }
    ),
}
BATCHES = {
    "empty": [],
    "minimal": ["minimal"],
    "minimal2": ["minimal", "minimal"],
    "minimalAndAllCore": ["minimal", "allCore"],
    "minimalAndAllExtensionTypes": ["minimal", "allExtensionTypes"],
}


def _cases(name: str) -> list[Any]:
    path = FOLDER / "format-json" / name
    if not path.is_file():
        return [NOT_HERE]
    return [
        pytest.param(case, id=case["id"])
        for case in json.loads(path.read_text(encoding="utf-8-sig"))["tests"]
    ]


@pytest.mark.parametrize("case", _cases("valid-events.json"))
def test_a_valid_event_is_the_sample_of_its_name(case: dict[str, Any]) -> None:
    read = read_event(canonical(case["event"]))
    assert read == GOLDEN[case["sampleId"]]
    assert read_event(canonical(json_of(read))) == read


@pytest.mark.parametrize("case", _cases("valid-batches.json"))
def test_a_valid_batch_is_the_samples_of_its_name(case: dict[str, Any]) -> None:
    read = [event_of_item(item) for item in batch_items(canonical(case["batch"]))]
    assert read == [GOLDEN[name] for name in BATCHES[case["sampleId"]]]


def test_every_published_case_is_run() -> None:
    assert (len(_cases("valid-events.json")), len(_cases("valid-batches.json"))) == (10, 5)


# Gherkin


_QUOTED = re.compile(r'"""(.*?)"""', re.DOTALL)


@dataclass(frozen=True)
class Scenario:
    title: str
    blocks: tuple[str, ...]
    """The texts in triple quotes, in order."""
    tables: tuple[tuple[tuple[str, str], ...], ...]
    """The tables of two columns, in order, without their heads."""


def _scenarios(name: str) -> Iterator[Scenario]:
    path = FOLDER / "features" / name
    if not path.is_file():
        yield NOT_HERE
        return
    for part in re.split(r"\n\s*Scenario(?: Outline)?:", path.read_text())[1:]:
        body, _, examples = part.partition("Examples:")
        values = re.findall(r"^\s*\|\s*(\S.*?)\s*\|\s*$", examples, re.MULTILINE)[1:] or [""]
        for value in values:
            filled = body.replace("<contentType>", value)
            yield Scenario(
                title=f"{filled.splitlines()[0].strip()}",
                blocks=tuple(
                    _dedented(text) for text in re.findall(r'"""(.*?)"""', filled, re.DOTALL)
                ),
                tables=tuple(_tables(filled)),
            )


def _dedented(block: str) -> str:
    lines = block.strip("\n").rstrip().splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def _tables(text: str) -> Iterator[tuple[tuple[str, str], ...]]:
    for table in re.findall(r"(?:^\s*\|.*\|\s*?\n)+", text, re.MULTILINE):
        rows = [
            [cell.strip() for cell in row.strip().strip("|").split("|")]
            for row in table.strip().splitlines()
        ]
        yield tuple((key, value) for key, value in rows[1:])


def _said(event: CloudEvent) -> dict[str, str]:
    attributes = {name: attribute_text(value) for name, value in event.attributes().items()}
    return {"specversion": "1.0", **attributes}


KAFKA = list(_scenarios("kafka-protocol-binding.feature"))
HTTP = list(_scenarios("http-protocol-binding.feature"))


@pytest.mark.parametrize("scenario", KAFKA, ids=lambda scenario: scenario.title)
def test_a_kafka_message_is_parsed_as_the_feature_says(scenario: Scenario) -> None:
    payload, data = scenario.blocks
    headers, attributes = scenario.tables
    read = from_kafka([(name, value.encode()) for name, value in headers], payload.encode())
    assert _said(read) == dict(attributes)
    assert read.data == json.loads(data)


@pytest.mark.parametrize("scenario", HTTP, ids=lambda scenario: scenario.title)
def test_an_http_request_is_parsed_as_the_feature_says(scenario: Scenario) -> None:
    request, data = scenario.blocks
    (attributes,) = scenario.tables
    head, _, body = request.partition("\n\n")
    headers = [line.split(": ", 1) for line in head.splitlines()[1:]]
    raw = [(name.strip().encode(), value.strip().encode()) for name, value in headers]
    read = from_http(raw, body.encode())
    assert _said(read) == dict(attributes)
    assert read.data == json.loads(data)


def test_every_published_scenario_is_run() -> None:
    assert (len(KAFKA), len(HTTP)) == (3, 4)


# Events to send and to read back


def _to_send() -> Iterator[Any]:
    for name in ("v1.yaml", "v1_minimum.yaml"):
        path = FOLDER / "yaml" / name
        if not path.is_file():
            yield NOT_HERE
            return
        for index, document in enumerate(yaml.safe_load_all(path.read_text())):
            yield pytest.param(document, id=f"{name}-{index}")


def _event_of(document: dict[str, Any]) -> CloudEvent:
    attributes = dict(document["ContextAttributes"])
    extensions = attributes.pop("Extensions", {})
    assert str(attributes.pop("specversion")) == "1.0"
    content_type = attributes.get("datacontenttype")
    raw = document["Data"].encode()
    json_data = content_type is None or "json" in content_type
    data = json.loads(raw) if json_data else raw
    return CloudEvent(**attributes, extensions=extensions, data=data)


@pytest.mark.parametrize("document", list(_to_send()))
def test_an_event_is_sent_and_read_back_unchanged(document: dict[str, Any]) -> None:
    sent = _event_of(document)
    assert from_kafka(*to_kafka(sent)) == sent
    assert from_kafka(*to_kafka_structured(sent)) == sent
    headers, body = to_http(sent)
    raw = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
    if sent.datacontenttype is None:  # HTTP asks for the type of a body, so it is said.
        raw.append((b"content-type", b"application/json"))
        sent = sent.model_copy(update={"datacontenttype": "application/json"})
    assert from_http(raw, body) == sent


def test_every_published_event_is_sent() -> None:
    assert len(list(_to_send())) == 8
