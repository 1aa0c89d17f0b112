"""A request's body: inflated while it is read, never beyond a limit, then parsed and cleaned."""

import json
import math
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

import orjson

from people.values import UNKEEPABLE

CHUNK = 65_536
DEEPEST = 200


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class TooLarge(ValueError):
    """More bytes than allowed, counted after inflating."""


class Unreadable(ValueError):
    """Not what its encoding or format says."""


def read(stream: Readable, encoding: str | None, limit: int) -> bytes:
    """The plain bytes of a body: gzip and deflate by header, gzip also by its first two bytes."""
    body = bytearray()
    for piece in plain(stream, (encoding or "").lower()):
        body += piece
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
    return bytes(body)


def plain(stream: Readable, encoding: str) -> Iterator[bytes]:
    piece = stream.read(CHUNK)
    if encoding not in ("gzip", "deflate") and not piece.startswith(b"\x1f\x8b"):
        while piece:
            yield piece
            piece = stream.read(CHUNK)
        return
    inflater = zlib.decompressobj(wbits=47)
    try:
        while piece:
            yield inflater.decompress(piece, CHUNK)
            piece = inflater.unconsumed_tail or stream.read(CHUNK)
        yield inflater.flush()
    except zlib.error as error:
        raise Unreadable(f"The body is not {encoding or 'gzip'}: {error}.") from error
    if not inflater.eof:
        raise Unreadable("The compressed body ends too early.")


def parse_json(body: bytes) -> Any:
    """The JSON of a body. What the record cannot hold is taken out, its neighbours stay.

    The fast parser refuses a whole body for one NaN or half a surrogate pair; those, and what it
    lets through that the record refuses (NUL), go the careful way.
    """
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
        case list():
            return [cleaned(each, depth + 1) for each in value]
        case dict():
            return {cleaned(name): cleaned(each, depth + 1) for name, each in value.items()}
        case _:
            return value
