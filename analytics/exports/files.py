"""A sheet as a file: CSV for spreadsheets, Parquet for notebooks and warehouses."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, assert_never

from django.http import FileResponse, Http404

from analytics.definitions.operators import is_number
from analytics.exports.sheets import Column, Row, Sheet
from analytics.models.exports import Export
from analytics.presentation.csv import as_cell
from people.spreadsheets import written
from people.values import JSON, Type, as_instant

# Said, not guessed: what the machine knows of endings differs from machine to machine.
# Parquet's is registered at IANA: https://www.iana.org/assignments/media-types/application/vnd.apache.parquet
MEDIA_TYPES = {
    Export.Format.CSV: "text/csv",
    Export.Format.PARQUET: "application/vnd.apache.parquet",
}

# Of rows, as they are written.
Progress = Callable[[int], None]


def write(sheet: Sheet, path: Path, kind: Export.Format, progress: Progress) -> int:
    """Write all of it; the number of rows. What `progress` raises ends it."""
    count = 0
    with writer_of(sheet.columns, path, kind) as add:
        for rows in sheet.pieces:
            add(rows)
            count += len(rows)
            progress(count)
    return count


def writer_of(
    columns: Sequence[Column], path: Path, kind: Export.Format
) -> "AbstractContextManager[Callable[[Sequence[Row]], None]]":
    match kind:
        case Export.Format.CSV:
            return Csv(columns, path)
        case Export.Format.PARQUET:
            return Parquet(columns, path)
        case _:
            assert_never(kind)


class Csv:
    """Texts as they are in lists of people: nothing that a spreadsheet would run."""

    def __init__(self, columns: Sequence[Column], path: Path) -> None:
        self.columns, self.path = columns, path

    def __enter__(self) -> Callable[[Sequence[Row]], None]:
        self.file = self.path.open("w", encoding="utf-8", newline="")
        self.file.write(written([[each.name for each in self.columns]]))
        return self.add

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, rows: Iterable[Row]) -> None:
        self.file.write(written([as_cell(value) for value in row] for row in rows))


class Parquet:
    """Columns of their types. A value of another type than its column's is left out of it."""

    def __init__(self, columns: Sequence[Column], path: Path) -> None:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and only this needs it
        import pyarrow.parquet as pq  # noqa: PLC0415

        kinds = {
            Type.TEXT: pa.string(),
            Type.NUMBER: pa.float64(),
            Type.BOOLEAN: pa.bool_(),
            Type.DATE: pa.string(),
            Type.DATETIME: pa.timestamp("ms", tz="UTC"),
            Type.LIST: pa.list_(pa.string()),
        }
        whole = pa.int64()
        self.columns, self.path, self.arrow, self.parquet = columns, path, pa, pq
        self.schema = pa.schema(
            [pa.field(each.name, whole if each.is_whole else kinds[each.type]) for each in columns]
        )

    def __enter__(self) -> Callable[[Sequence[Row]], None]:
        self.file = self.parquet.ParquetWriter(self.path, self.schema, compression="zstd")
        return self.add

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, rows: Sequence[Row]) -> None:
        cells = [
            [fitted(row[n], column.type) for row in rows] for n, column in enumerate(self.columns)
        ]
        self.file.write_table(self.arrow.table(cells, schema=self.schema))


def fitted(value: JSON, kind: Type) -> Any:
    """A value as its column has it; None where it does not fit."""
    match kind:
        case Type.NUMBER:
            return value if is_number(value) else None
        case Type.BOOLEAN:
            return value if isinstance(value, bool) else None
        case Type.LIST:
            return value if isinstance(value, list) else None
        case Type.DATETIME:
            return as_instant(value) if isinstance(value, str) else None
        case Type.TEXT | Type.DATE:
            return value if isinstance(value, str) else None
        case _:
            assert_never(kind)


def handed_out(export: Export) -> FileResponse:
    """The file, streamed. Raises Http404 where there is none, or no more."""
    if export.state != Export.State.DONE or not export.path.exists():
        raise Http404("There is no such file, or not any more.")
    return FileResponse(
        export.path.open("rb"),
        as_attachment=True,
        filename=export.file_name,
        content_type=MEDIA_TYPES[Export.Format(export.format)],
    )
