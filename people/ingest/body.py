"""A request's body: inflated while it is read, never beyond a limit, then parsed and cleaned."""

import base64
import binascii
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs

import brotli
import orjson
import zstandard

from people.values import UNKEEPABLE

CHUNK = 65_536
DEEPEST = 200
# Of a form, whose escapes cost many times their bytes; and how many fields one may have.
LARGEST_FORM = 3 * 1024 * 1024
MOST_FIELDS = 20
# Values and keys of a document, told before it is parsed by what stands between them.
MOST_ELEMENTS = 500_000


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class TooLarge(ValueError):
    """More bytes than allowed, counted after inflating."""


class Unreadable(ValueError):
    """Not what its encoding or format says."""


def read(stream: Readable, encoding: str | None, limit: int) -> bytes:
    """The plain bytes of a body: inflated by header; gzip and zstd also by their first bytes."""
    body = bytearray()
    for piece in plain(stream, (encoding or "").lower()):
        body += piece
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
    return bytes(body)


class Again:
    """A stream whose first piece was read already."""

    def __init__(self, first: bytes, stream: Readable) -> None:
        self.first, self.stream = first, stream

    def read(self, size: int = CHUNK, /) -> bytes:
        first, self.first = self.first, b""
        return first or self.stream.read(size)


def plain(stream: Readable, encoding: str) -> Iterator[bytes]:
    """The inflated bytes, a bounded piece at a time."""
    piece = stream.read(CHUNK)
    if encoding == "zstd" or piece.startswith(b"\x28\xb5\x2f\xfd"):
        yield from unzstd(Again(piece, stream))
    elif encoding == "br":
        yield from unbrotli(Again(piece, stream))
    else:
        yield from unzip(piece, stream, encoding)


def unzstd(stream: Again) -> Iterator[bytes]:
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(stream)  # type: ignore[arg-type]
        while piece := reader.read(CHUNK):
            yield piece
    except zstandard.ZstdError as error:
        raise Unreadable(f"The body is not zstd: {error}.") from error


def unbrotli(stream: Again) -> Iterator[bytes]:
    inflater = brotli.Decompressor()
    try:
        while not inflater.is_finished():
            packed = stream.read() if inflater.can_accept_more_data() else b""
            plain = inflater.process(packed, output_buffer_limit=CHUNK)
            if not packed and not plain and inflater.can_accept_more_data():
                raise Unreadable("The compressed body ends too early.")
            yield plain
    except brotli.error as error:
        raise Unreadable(f"The body is not brotli: {error}.") from error


def unzip(piece: bytes, stream: Readable, encoding: str) -> Iterator[bytes]:
    if encoding not in ("gzip", "deflate") and not piece.startswith(b"\x1f\x8b"):
        while piece:
            yield piece
            piece = stream.read(CHUNK)
        return
    inflater = zlib.decompressobj(wbits=47)
    try:
        while piece:
            if inflater.eof:
                # What one gzip file after another inflates to is one text.
                inflater = zlib.decompressobj(wbits=47)
            yield inflater.decompress(piece, CHUNK)
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            piece = rest or stream.read(CHUNK)
        yield inflater.flush()
    except zlib.error as error:
        raise Unreadable(f"The body is not {encoding or 'gzip'}: {error}.") from error
    if not inflater.eof:
        raise Unreadable("The compressed body ends too early.")


@dataclass(frozen=True)
class Sent:
    """What a client sent: the content, and the other fields of a form that carried it."""

    content: Any
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Text:
    """The JSON that a body holds, not parsed yet, and the other fields of a form."""

    json: bytes
    fields: Mapping[str, str]

    def parsed(self) -> Sent:
        """Raises TooLarge for what has more elements than allowed, Unreadable for what is none."""
        return Sent(parse_json(self.json, most=MOST_ELEMENTS), self.fields)


def unwrap(body: bytes) -> Text:
    """The JSON in a body, told by its bytes: content types of clients are not to be relied on.

    JSON, or a form whose field `data` holds JSON or its base64.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"[") or b"data=" not in text:
        return Text(body, {})
    if len(text) > LARGEST_FORM:
        raise TooLarge(f"A form is larger than {LARGEST_FORM:,} bytes.")
    try:
        given = parse_qs(text.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Unreadable(f"A form has {MOST_FIELDS} fields at most.") from error
    fields = {name: values[0] for name, values in given.items()}
    data = fields.pop("data", "")
    packed = data.lstrip()[:1] not in ("{", "[")
    return Text(unpacked(data) if packed else data.encode(), fields)


def unpacked(data: str) -> bytes:
    """Base64, in which a form may have turned `+` into blanks and lost the padding."""
    try:
        return base64.b64decode(data.replace(" ", "+") + "=" * (-len(data) % 4))
    except binascii.Error as error:
        raise Unreadable("The field data is neither JSON nor base64.") from error


def parse_json(body: bytes, *, most: int | None = None) -> Any:
    """The JSON of a body. What the record cannot hold is taken out, its neighbours stay.

    The fast parser refuses a whole body for one NaN or half a surrogate pair; those, and what it
    lets through that the record refuses (NUL), go the careful way. Raises TooLarge where there may
    be more than `most` elements: a few bytes of text can be gigabytes of objects.
    """
    if most and elements(body) > most:
        raise TooLarge(f"The body has more than {most:,} elements.")
    if b"\\u0000" not in body:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    try:
        return cleaned(json.loads(body.decode("utf-8-sig"), parse_int=whole))
    except RecursionError as error:
        raise Unreadable("The body is nested too deeply.") from error
    except ValueError as error:
        raise Unreadable(f"The body is not JSON: {error}.") from error


def elements(body: bytes) -> int:
    """At most how many values a document has: each follows one of these, in a text or not."""
    return sum(map(body.count, (b"[", b"{", b",")))


def whole(digits: str) -> float:
    """An integer as it is where a column can hold it, else the nearest float, or infinity."""
    return int(digits) if len(digits) < 19 else float(digits)


def cleaned(value: Any, depth: int = 0) -> Any:
    """A value without what no record can hold; NaN and infinities become null."""
    if depth > DEEPEST:
        return None
    match value:
        case str():
            return UNKEEPABLE.sub("", value)
        case float() if not math.isfinite(value):
            return None
        case int() if value.bit_length() > 63:
            # Whole numbers of more than 64 bits come from files, and from sums.
            return float(value) if value.bit_length() < 1024 else None
        case list():
            return [cleaned(each, depth + 1) for each in value]
        case dict():
            return {cleaned(name): cleaned(each, depth + 1) for name, each in value.items()}
        case _:
            return value


def json_text(value: Any) -> str:
    """A value as JSON; what is nested deeper than can be written ends in null."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(cleaned(value)).decode()
