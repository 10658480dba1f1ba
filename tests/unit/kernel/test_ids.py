"""Hold ids and stream names to their rules."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.kernel.ids import Id, MessageId, StreamName, Subject, derived_id, stream_of, subject_of


@pytest.mark.parametrize("text", ["a", "PO-1841.10", "x:y_z", "0", "A" * 64])
def test_an_id_is_kept_as_given(text: str) -> None:
    assert TypeAdapter(Id).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "A" * 65, "a b", "a/b", "../..", "{x}", "é", "a\n", "\u0430", "a\u200b", "%00"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(text)


@pytest.mark.parametrize("text", ["x", "a'; DROP TABLE events;--".replace(" ", ""), "%00", "{1}"])
def test_a_message_id_is_opaque(text: str) -> None:
    assert TypeAdapter(MessageId).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "a b", "a\x7f", "ü", "x" * 256, "a\n"])
def test_what_is_no_message_id_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(MessageId).validate_python(text)


def test_a_stream_is_named_and_taken_apart_again() -> None:
    assert stream_of("phase", "PRJ-7", "weld") == "phase-PRJ-7/weld"
    assert subject_of("phase-PRJ-7/weld") == Subject("phase", ("PRJ-7", "weld"))
    assert subject_of("commitment-PO-1841.10") == Subject("commitment", ("PO-1841.10",))
    assert subject_of("clock") == Subject("clock", ())


@pytest.mark.parametrize("text", ["phase-", "Phase-x", "phase", "phase-a/b/c/d", "phase-a//b", "x"])
def test_what_is_no_stream_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(StreamName).validate_python(text)


def test_a_derived_id_names_the_same_cause_alike_and_others_apart() -> None:
    assert derived_id("M5.", "a", "b") == derived_id("M5.", "a", "b")
    assert derived_id("M5.", "a", "b") != derived_id("M5.", "ab")
    assert len(derived_id("M5.", "a", "b")) == 27
