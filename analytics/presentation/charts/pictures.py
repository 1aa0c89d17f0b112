"""Charts as pictures, for mails."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from analytics.presentation.charts.chart import Chart
from analytics.presentation.charts.funnel import FunnelChart

FONTS = Path(__file__).parent / "fonts"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS, END = b"IDAT", b"IEND"

# As wide as a mail, so that its words are as large as those around it.
WIDTH, HEIGHT = 600, 330


def png(chart: Chart | FunnelChart, *, scale: float = 2) -> bytes:
    """A chart as a picture, twice as many pixels as it is large. Never in a forked child: the
    library hangs in a process that was forked after it was imported."""
    import vl_convert  # noqa: PLC0415

    # A machine without fonts would draw no words.
    vl_convert.register_font_directory(str(FONTS))
    return packed(vl_convert.svg_to_png(chart.fixed(WIDTH, HEIGHT), scale=scale))


def packed(picture: bytes) -> bytes:
    """The same picture in less than half of the bytes: its pixels come packed in haste."""
    found = list(chunks(picture))
    pixels = zlib.decompress(b"".join(data for kind, data in found if kind == PIXELS))
    head = [(kind, data) for kind, data in found if kind not in (PIXELS, END)]
    parts = [*head, (PIXELS, zlib.compress(pixels, 9)), (END, b"")]
    return SIGNATURE + b"".join(chunk(kind, data) for kind, data in parts)


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Of a PNG, each kind and what is in it."""
    at = len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        yield kind, picture[at + 8 : at + 8 + length]
        at += length + 12


def chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
