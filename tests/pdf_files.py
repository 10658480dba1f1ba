"""Read the text of a PDF back, as far as Chromium writes it: a secret may hide on any page."""

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_FONTS = re.compile(rb"/Font\s*<<(.*?)>>", re.DOTALL)
_NAMED = re.compile(rb"/(\w+) (\d+) 0 R")
_SHOWN = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)>")
_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page in the order it is drawn, without the space between words."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    found = []
    for body in objects.values():
        contents = re.search(rb"/Contents (\d+) 0 R", body)
        if re.search(rb"/Type /Page\b", body) is None or contents is None:
            continue
        fonts = {
            name: _letters(objects, int(number))
            for part in _FONTS.findall(body)
            for name, number in _NAMED.findall(part)
        }
        found.append(_drawn(_unpacked(objects[int(contents[1])]), fonts))
    return found


def unpacked(pdf: bytes) -> bytes:
    """Return everything there is in a PDF, streams unpacked."""
    return b"\n".join(_unpacked(body) + body for _, body in _OBJECT.findall(pdf))


def _drawn(content: bytes, fonts: dict[bytes, dict[bytes, str]]) -> str:
    letters: dict[bytes, str] = {}
    text = []
    for font, codes in _SHOWN.findall(content):
        if font:
            letters = fonts[font]
            continue
        size = len(next(iter(letters)))
        upper = codes.upper()
        text += [letters[upper[at : at + size]] for at in range(0, len(upper), size)]
    return "".join(text)


def _letters(objects: dict[int, bytes], font: int) -> dict[bytes, str]:
    """Return what the codes of a font mean, by their digits."""
    told = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert told is not None, "a font without letters"
    table = _unpacked(objects[int(told[1])])
    found: dict[bytes, str] = {}
    for part in _CHARS.findall(table):
        codes = _HEX.findall(part)
        for code, text in zip(codes[::2], codes[1::2], strict=True):
            found[code.upper()] = _text(text)
    for part in _RANGES.findall(table):
        codes = _HEX.findall(part)
        for first, last, text in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
            for step in range(int(last, 16) - int(first, 16) + 1):
                code = f"{int(first, 16) + step:0{len(first)}X}".encode()
                found[code] = _text(f"{int(text, 16) + step:0{len(text)}X}".encode())
    return found


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")


def _unpacked(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    if stream is None:
        return b""
    return zlib.decompress(stream[1]) if b"/FlateDecode" in body else stream[1]
