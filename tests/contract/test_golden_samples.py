"""Every event name ever stored has a sample, and every sample is read as it was meant."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper
from domain.log.port import Proposed
from tests.golden.write import EVENTS, STREAM, envelope, read, write_missing

SAMPLES: Final = sorted(EVENTS.glob("*.json"))


@pytest.fixture(scope="module")
def mapper() -> EventMapper:
    return EventMapper(catalogue())


def load(path: Path) -> tuple[str, list[dict[str, Any]]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return document["topic"], document["samples"]


def test_there_are_golden_samples_to_read() -> None:
    assert SAMPLES


def test_every_name_of_the_catalogue_has_a_sample(mapper: EventMapper) -> None:
    registry = mapper.registry
    assert {path.stem for path in SAMPLES} == {*registry.models, *registry.upcasts}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_still_read_as_it_was_meant(mapper: EventMapper, path: Path) -> None:
    topic, samples = load(path)
    assert topic == path.stem
    assert samples
    for one in samples:
        now, then = read(mapper, topic, one["state"].encode()), one["expected"]
        newer = {name for name in now["data"] if name not in then["data"]}
        assert {now["data"].pop(name) for name in newer} <= {None}  # What came later is absent.
        assert now == then


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_of_todays_names_encodes_to_the_same_bytes(
    mapper: EventMapper, path: Path
) -> None:
    topic, samples = load(path)
    if topic in mapper.registry.upcasts:
        return  # Its event is written under a newer name today.
    for one in samples:
        state = one["state"].encode()
        (recorded,) = mapper.decode([(1, STREAM, 1, topic, state)])
        encoded = mapper.encode(Proposed(STREAM, recorded.event, recorded.envelope))
        assert (encoded.topic, encoded.state) == (topic, state)


def test_samples_are_never_written_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.golden.write.EVENTS", tmp_path)
    first = write_missing()
    assert first == sorted(catalogue().models)
    kept = tmp_path / f"{first[0]}.json"
    kept.write_text("as some release stored it", encoding="utf-8")
    (tmp_path / f"{first[1]}.json").unlink()
    assert write_missing() == [first[1]]
    assert kept.read_text(encoding="utf-8") == "as some release stored it"


def test_a_sample_envelope_has_every_field() -> None:
    assert all(value is not None for value in dict(envelope(full=True)).values())
