"""A request's body: inflated while it is read, never beyond a limit, then parsed."""

import zlib
from collections.abc import Iterator
from typing import IO, Any

import orjson

CHUNK = 65_536


class TooLarge(ValueError):
    """More bytes than allowed, counted after inflating."""


class Unreadable(ValueError):
    """Not what its encoding or format says."""


def read(stream: IO[bytes], encoding: str | None, limit: int) -> bytes:
    """The plain bytes of a body: gzip and deflate by header, gzip also by its first two bytes."""
    body = bytearray()
    for piece in plain(stream, (encoding or "").lower()):
        body += piece
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
    return bytes(body)


def plain(stream: IO[bytes], encoding: str) -> Iterator[bytes]:
    first = stream.read(CHUNK)
    if encoding not in ("gzip", "deflate") and not first.startswith(b"\x1f\x8b"):
        while first:
            yield first
            first = stream.read(CHUNK)
        return
    inflater = zlib.decompressobj(wbits=47)
    try:
        while first:
            yield inflater.decompress(first, CHUNK)
            first = inflater.unconsumed_tail or stream.read(CHUNK)
        if not inflater.eof:
            raise Unreadable("The compressed body ends too early.")
    except zlib.error as error:
        raise Unreadable(f"The body is not {encoding or 'gzip'}: {error}.") from error


def parse_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"The body is not JSON: {error}.") from error
