"""What strangers send as JSON is read exactly, or refused with the place of the fault."""

import json
import math
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.canonical_json import canonical, canonical_of_parsed
from consumers.plain_json import Odd, plain_value
from consumers.strict_json import (
    MESSAGE_LIMITS,
    MIB,
    PLAN_FILE_LIMITS,
    Limits,
    TooLarge,
    check,
    parse,
    parse_carefully,
    parse_object,
)
from domain.kernel.refusals import Malformed

FRACTIONS = Limits(fractions=True)

REFUSED: dict[str, tuple[bytes, str, str]] = {
    "no byte at all": (b"", "", "the message is empty"),
    "white space only": (b" \t\r\n", "", "the message is empty"),
    "trailing garbage": (b'{"a":1} x', "", "Extra data"),
    "two documents": (b'{"a":1}{"a":1}', "", "Extra data"),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', "", "byte order mark"),
    "UTF-16 with a mark": ('{"a":1}'.encode("utf-16"), "", "byte order mark"),
    "UTF-16 without a mark": ('{"a":1}'.encode("utf-16-le"), "", "NUL bytes"),
    "UTF-32": ('{"a":1}'.encode("utf-32-be"), "", "NUL bytes"),
    "Latin-1": ('{"a":"é"}'.encode("latin-1"), "", "UTF-8"),
    "a surrogate in UTF-8": (b'{"a":"\xed\xa0\x80"}', "", "UTF-8"),
    "an overlong form": (b'{"a":"\xc0\xaf"}', "", "UTF-8"),
    "half a surrogate pair": (rb'{"a":["x","\ud800"]}', "/a/1", "surrogate"),
    "the other half": (rb'{"a":"\udc00\ud800"}', "/a", "surrogate"),
    "half a pair as a key": (rb'{"a":{"\ud83d":1}}', "/a", "surrogate"),
    "NUL in a text": (rb'{"a":{"b":"x\u0000y"}}', "/a/b", "NUL"),
    "NUL in a key": (rb'{"a":{"x\u0000y":1}}', "/a", "NUL"),
    "a raw control character": (b'{"a":"x\x01y"}', "", "control character"),
    "a raw line feed": (b'{"a":"x\ny"}', "", "control character"),
    "a number beyond floats": (b'{"a":1e400}', "/a", "sent as text"),
    "its negative": (b'{"a":-1e400}', "/a", "sent as text"),
    "a number that vanishes": (b'{"a":1e-400}', "/a", "sent as text"),
    "a fraction": (b'{"a":[0,2.5]}', "/a/1", "sent as text"),
    "5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", "/a", "2^53-1"),
    "2^53": (b'{"a":9007199254740992}', "/a", "2^53-1"),
    "2^53+1": (b'{"a":9007199254740993}', "/a", "2^53-1"),
    "2^63": (b'{"a":9223372036854775808}', "/a", "2^53-1"),
    "-2^64": (b'{"a":-18446744073709551616}', "/a", "2^53-1"),
    "NaN": (b'{"a":NaN}', "/a", "no JSON number"),
    "Infinity": (b'{"a":-Infinity}', "/a", "no JSON number"),
    "a key twice": (b'{"x":{"a":1,"b":2,"a":3}}', "/x/a", "twice"),
    "a key twice, escaped": (rb'{"x":{"a":1,"\u0061":1}}', "/x/a", "twice"),
    "a key twice and garbage": (b'{"a":1,"a":2} x', "", "Extra data"),
    "a comment": (b'{"a":1 /* one */}', "", "no JSON"),
    "a trailing comma": (b'{"a":1,}', "", "no JSON"),
    "single quotes": (b"{'a':1}", "", "no JSON"),
    "a leading zero": (b'{"a":01}', "", "no JSON"),
    "a bare point": (b'{"a":1.}', "", "no JSON"),
    "an unknown escape": (rb'{"a":"\x41"}', "", "no JSON"),
    "an open text": (b'{"a":"', "", "no JSON"),
    "depth 33": (b'{"a":' * 33 + b"1" + b"}" * 33, "", "32 deep"),
    "depth 1,000": (b"[" * 1000 + b"]" * 1000, "", "32 deep"),
    "depth 100,000": (b"[" * 100_000, "", "32 deep"),
    "10,001 values": (b'{"a":[' + b"1," * 9999 + b"1]}", "", "10000 values"),
    "1,001 keys": (
        b'{"a":{' + b",".join(b'"%d":1' % n for n in range(1001)) + b"}}",
        "/a",
        "1000 keys",
    ),
    "64 KiB and a byte": (b'{"a":"' + b"x" * 65_537 + b'"}', "/a", "65536 bytes"),
    "64 KiB and a byte in two-byte letters": (
        ('{"a":"' + "é" * 32_768 + 'x"}').encode(),
        "/a",
        "65536 bytes",
    ),
    "a pointer that needs escapes": (b'{"a/b":{"c~d":NaN}}', "/a~1b/c~0d", "no JSON number"),
}


@pytest.mark.parametrize(("raw", "pointer", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_strict_json_is_refused_with_its_place(
    raw: bytes, pointer: str, said: str
) -> None:
    with pytest.raises(Malformed, match=said.replace("^", r"\^")) as refused:
        parse(raw)
    assert (refused.value.code, refused.value.pointer) == ("malformed", pointer)


ACCEPTED: dict[str, tuple[bytes, object]] = {
    "an empty object": (b" {} ", {}),
    "depth 32": (
        b'{"a":' * 31 + b"[1]" + b"}" * 31,
        json.loads(b'{"a":' * 31 + b"[1]" + b"}" * 31),
    ),
    "brackets inside a text": (b'{"a":"' + b"[{" * 200 + rb"\"[" + b'"}', {"a": "[{" * 200 + '"['}),
    "the largest whole numbers": (
        b'{"a":[9007199254740991,-9007199254740991,-0]}',
        {"a": [2**53 - 1, 1 - 2**53, 0]},
    ),
    "a large number as text": (b'{"a":"18446744073709551616"}', {"a": "18446744073709551616"}),
    "a text of 64 KiB": (b'{"a":"' + b"x" * 65_536 + b'"}', {"a": "x" * 65_536}),
    "10,000 values": (b'{"a":[' + b"1," * 9997 + b"1]}", {"a": [1] * 9998}),
    "1,000 keys": (
        b"{" + b",".join(b'"%d":1' % n for n in range(1000)) + b"}",
        {str(n): 1 for n in range(1000)},
    ),
    "a pair of surrogates": (rb'{"a":"\ud83d\ude02"}', {"a": "😂"}),
    "an escaped backslash before u0000": (rb'{"a":"\\u0000 \\ud800"}', {"a": r"\u0000 \ud800"}),
    "keys of the log's library": (
        b'{"_type_":"x","_data_":{"_type_":"y","_data_":1}}',
        {"_type_": "x", "_data_": {"_type_": "y", "_data_": 1}},
    ),
    "keys other programs read": (
        b'{"__class__":"a","__proto__":{},"constructor":1,"$ref":"#","@type":"b"}',
        {"__class__": "a", "__proto__": {}, "constructor": 1, "$ref": "#", "@type": "b"},
    ),
    "letters beyond the first plane": (
        '{"a":"🌎 a\u202eb\u200b"}'.encode(),
        {"a": "🌎 a\u202eb\u200b"},
    ),
    "case twins of a key": (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
}


@pytest.mark.parametrize(("raw", "value"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_strict_json_is_read_exactly(raw: bytes, value: object) -> None:
    assert parse(raw) == value


@pytest.mark.parametrize("raw", [b"null", b"[]", b'"x"', b"1", b"true"])
def test_only_an_object_is_a_message(raw: bytes) -> None:
    with pytest.raises(Malformed, match="a JSON object is expected"):
        parse_object(raw)


def test_one_byte_above_the_limit_is_too_large() -> None:
    just_right = b" " * (MIB - 2) + b"{}"
    assert parse(just_right) == {}
    with pytest.raises(TooLarge, match="at most 1048576 bytes"):
        parse(just_right + b" ")


def test_ten_million_elements_are_refused_by_their_bytes() -> None:
    with pytest.raises(TooLarge):
        parse(b"[" + b"0," * 9_999_999 + b"0]")


def test_a_plan_file_may_hold_what_a_message_may_not() -> None:
    raw = b'{"phases":[' + b'{"id":"1"},' * 100_000 + b'{"id":"2"}]}'
    with pytest.raises(TooLarge):
        parse(raw)
    assert len(parse_object(raw, PLAN_FILE_LIMITS)["phases"]) == 100_001


def test_fractions_are_read_where_the_limits_allow_them() -> None:
    assert parse(b"[2.5,1E2,0.0,0e9]", FRACTIONS) == [2.5, 100.0, 0.0, 0.0]


@pytest.mark.parametrize("digits", [b"1e400", b"-1e400", b"1e-400", b"0.1e-400"])
def test_a_number_that_cannot_be_kept_is_refused_even_then(digits: bytes) -> None:
    with pytest.raises(Malformed, match="too large or too small") as refused:
        parse(b'{"a":' + digits + b"}", FRACTIONS)
    assert refused.value.pointer == "/a"


def test_a_parsed_value_is_held_to_the_same_limits() -> None:
    check({"a": ["x"]}, MESSAGE_LIMITS)
    with pytest.raises(Malformed, match="NUL") as refused:
        check({"a": ["x", "\x00"]}, MESSAGE_LIMITS, "/3")
    assert refused.value.pointer == "/3/a/1"


def test_the_canonical_form_orders_keys_by_utf_16() -> None:
    assert canonical({"\ufb33": 1, "😂": 2, "a": 3}).decode() == '{"a":3,"😂":2,"\ufb33":1}'
    assert canonical_of_parsed({"\ufb33": 1, "😂": 2}) == canonical({"\ufb33": 1, "😂": 2})


ECMASCRIPT_NUMBERS = {
    # RFC 8785, appendix B: bits of the double, and its one text.
    0x0000000000000000: "0",
    0x8000000000000000: "0",
    0x0000000000000001: "5e-324",
    0x8000000000000001: "-5e-324",
    0x7FEFFFFFFFFFFFFF: "1.7976931348623157e+308",
    0xFFEFFFFFFFFFFFFF: "-1.7976931348623157e+308",
    0x4340000000000000: "9007199254740992",
    0xC340000000000000: "-9007199254740992",
    0x4430000000000000: "295147905179352830000",
    0x44B52D02C7E14AF5: "9.999999999999997e+22",
    0x44B52D02C7E14AF6: "1e+23",
    0x44B52D02C7E14AF7: "1.0000000000000001e+23",
    0x444B1AE4D6E2EF4E: "999999999999999700000",
    0x444B1AE4D6E2EF4F: "999999999999999900000",
    0x444B1AE4D6E2EF50: "1e+21",
    0x3EB0C6F7A0B5ED8C: "9.999999999999997e-7",
    0x3EB0C6F7A0B5ED8D: "0.000001",
    0x41B3DE4355555553: "333333333.3333332",
    0x41B3DE4355555554: "333333333.33333325",
    0x41B3DE4355555555: "333333333.3333333",
    0x41B3DE4355555556: "333333333.3333334",
    0x41B3DE4355555557: "333333333.33333343",
    0xBECBF647612F3696: "-0.0000033333333333333333",
    0x43143FF3C1CB0959: "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), ECMASCRIPT_NUMBERS.items(), ids=str)
def test_numbers_are_printed_as_ecmascript_does(bits: int, text: str) -> None:
    (number,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    assert canonical(number).decode() == text


def test_every_printed_double_reads_back_as_itself() -> None:
    chance = random.Random(8785)
    for _ in range(20_000):
        (number,) = struct.unpack(">d", chance.randbytes(8))
        if math.isfinite(number):
            assert float(canonical(number)) == number


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "no JSON number"),
        (float("inf"), "no JSON number"),
        (2**53, "beyond what a JSON number holds"),
        ("\ud800", "no canonical form"),
        ({"\udc00": 1}, "surrogates not allowed"),
    ],
    ids=repr,
)
def test_what_json_cannot_say_has_no_canonical_form(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        canonical(value)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(
                st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=4
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_the_canonical_form_reads_back_and_is_stable(value: object) -> None:
    written = canonical(value)
    assert parse(written) == value
    assert canonical(parse(written)) == written
    assert canonical_of_parsed(value) == written


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    try:
        value = parse(raw)
    except Malformed:
        return
    assert value == json.loads(raw)


@given(st.text(st.sampled_from('{}[]",:\\u0d8a1-eE.tfn \n'), max_size=60))
def test_no_near_json_raises_anything_but_a_refusal(text: str) -> None:
    try:
        value = parse(text.encode())
    except Malformed:
        return
    assert value == json.loads(text)


MEMBERS = st.lists(
    st.tuples(
        st.sampled_from(['"a"', '"b"', r'"\u0061"', r'"\""', '":"', r'"\":"', '"é"']),
        st.sampled_from(["", " ", "\n\t"]),
        st.sampled_from(
            [
                "1", "-0", "2.5", "1e3", "9007199254740992", "null", '""', '":x"', r'"\":"', "[]",
                '{"a":1,"a":2}', '{"a" :1}', r'"\ud83d\ude00"', r'"\u0000"', "[[[1]]]", "NaN",
            ]
        ),
    ),
    max_size=5,
)  # fmt: skip


def written(members: list[tuple[str, str, str]]) -> bytes:
    return f"{{{','.join(key + space + ':' + value for key, space, value in members)}}}".encode()


@given(MEMBERS)
def test_what_is_read_plainly_is_what_a_careful_reading_gives(
    members: list[tuple[str, str, str]],
) -> None:
    raw = written(members)
    limits = Limits(depth_max=3, keys_max=4)
    try:
        plain = plain_value(raw, depth_max=limits.depth_max, keys_max=limits.keys_max)
    except Odd:
        return
    assert repr(plain) == repr(parse_carefully(raw, limits))


@given(st.text(st.sampled_from('{}[]",:\\u0d8a1-eE.tfn \n'), max_size=60))
def test_what_is_read_plainly_of_near_json_is_what_a_careful_reading_gives(text: str) -> None:
    raw = text.encode()
    try:
        plain = plain_value(raw, depth_max=32, keys_max=1_000)
    except Odd:
        return
    assert repr(plain) == repr(parse_carefully(raw, MESSAGE_LIMITS))


def test_a_usual_message_is_read_plainly() -> None:
    raw = b'{"id": "m-1", "data": {"count": 3, "parts": [true, null, -7], "note": "\xc3\xa9 \\n"}}'
    assert plain_value(raw, depth_max=32, keys_max=1_000) == json.loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}', b'{"a" :1,"a" :2,"b":"\\":"}', b'{"a":1,"b":{"c":1,"c":1}}', b'{"a":1.0}',
        b"[9007199254740992]", b'["\\u0000"]', b'["\\ud800"]', b"[[[[]]]]", b"\xef\xbb\xbf{}", b"",
        b'{"a":1,"b":2,"c":3,"d":4,"e":5}', b'["\xed\xa0\x80"]', b"NaN", b"{}{}", b'["\x00"]',
    ],
)  # fmt: skip
def test_what_is_odd_is_not_read_plainly(raw: bytes) -> None:
    with pytest.raises(Odd):
        plain_value(raw, depth_max=3, keys_max=4)
