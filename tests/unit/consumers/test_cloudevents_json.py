"""CloudEvents in JSON are judged one by one, with the limits of a message."""

import base64
from datetime import datetime, timedelta

import pytest

from consumers.canonical_json import canonical
from consumers.kafka.json_format import batch_items, event_of_item, read_event
from domain.kernel.refusals import Malformed
from tests.unit.consumers.started import MONDAY, members


def test_each_event_of_a_batch_is_judged_alone() -> None:
    good, bad = batch_items(canonical([members(), members(id="")]))
    assert event_of_item(good).id == "1"
    with pytest.raises(Malformed) as refused:
        event_of_item(bad)
    assert refused.value.pointer == "/id"


def test_an_event_of_a_batch_has_the_limits_of_a_message() -> None:
    deep: object = 1
    for _ in range(32):
        deep = [deep]
    with pytest.raises(Malformed, match="32 deep"):
        event_of_item(batch_items(canonical([members(data=deep)]))[0])
    large = [members(data={str(n): "x" * 65_000 for n in range(17)})]
    with pytest.raises(Malformed, match="1048576 bytes"):
        event_of_item(batch_items(canonical(large))[0])
    many = [members(data=[0] * 10_000)]
    with pytest.raises(Malformed, match="10000 values"):
        event_of_item(batch_items(canonical(many))[0])


@pytest.mark.parametrize("raw", [b"{}", b"null", b"[" + b"0," * 10_000 + b"0]"])
def test_what_is_no_batch_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        batch_items(raw)


@pytest.mark.parametrize("item", [None, 1, "x", []])
def test_what_is_no_event_in_a_batch_is_refused(item: object) -> None:
    with pytest.raises(Malformed, match="an event is a JSON object"):
        event_of_item(item)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"specversion": "1.1"}, "/specversion"),
        ({"specversion": 1}, "/specversion"),
        ({"source": ""}, "/source"),
        ({"source": "a\nb"}, "/source"),
        ({"type": None}, "/type"),
        ({"id": 7}, "/id"),
        ({"time": 1_700_000_000}, "/time"),
        ({"time": "1700000000"}, "/time"),
        ({"time": "2026-03-02T08:00:00"}, "/time"),
        ({"time": "2026-03-02T08:00:00.0000001Z"}, "/time"),
        ({"subject": {"a": 1}}, "/subject"),
        ({"zone": {"a": 1}}, "/zone"),
        ({"reason_code": "x"}, "/reason_code"),
        ({"": "x"}, "/"),
        ({"data_base64": "AA==", "data": 1}, "/data_base64"),
        ({"data_base64": "AA=", "datacontenttype": "a/b"}, "/data_base64"),
        ({"data_base64": "A A==", "datacontenttype": "a/b"}, "/data_base64"),
        ({"data_base64": "AB==", "datacontenttype": "a/b"}, "/data_base64"),
        ({"data_base64": 7}, "/data_base64"),
        ({"data_base64": "AA=="}, "/data"),
        ({"data": 7, "datacontenttype": "text/plain"}, "/data"),
    ],
)
def test_an_event_with_a_wrong_member_is_refused(changes: dict[str, object], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_event(canonical(members(**changes)))
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-02T07:00:00Z", MONDAY),
        ("2026-03-02t07:00:00z", MONDAY),
        ("2026-03-02T07:00:00-00:00", MONDAY),
        ("2026-03-02T08:00:00+01:00", MONDAY),
        ("2026-03-02T07:00:00.123000000Z", MONDAY + timedelta(milliseconds=123)),
    ],
)
def test_a_time_is_an_instant_however_it_is_written(written: str, meant: datetime) -> None:
    assert read_event(canonical(members(time=written))).time == meant


def test_base64_json_data_is_json_all_the_same() -> None:
    encoded = base64.b64encode(b'{"a":1}').decode()
    assert read_event(canonical(members(data_base64=encoded))).data == {"a": 1}
