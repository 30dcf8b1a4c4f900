"""What is expected of exporters."""

import asyncio
import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import ClassVar

from core.contracts.context import PluginContext
from core.contracts.exports import Exporter, ExportRequest
from core.platform import Platform
from core.testing.contracts.base import Contract
from core.testing.places import Place, TwoStructures, book, make_place

_SECONDS = 20
_FORMULA = "=HYPERLINK(1)"
_STARTS = ("=", "+", "-", "@", "\t", "\r")
_DELIMITERS = ";,\t"


class ExporterContract(Contract):
    """What the platform expects of every `Exporter`."""

    factory: ClassVar[Callable[[], Exporter]]

    async def _file(
        self,
        told: PluginContext,
        *places: Place,
        year: int = 2027,
        exporter: Exporter | None = None,
    ) -> bytes:
        request = ExportRequest(
            starts_on=date(year, 1, 1),
            ends_on=date(year + 1, 1, 1),
            structure_ids=tuple(place.structure.id for place in places),
        )
        pieces = []
        async with asyncio.timeout(_SECONDS):
            async for piece in (exporter or self.make()).export(told, request):
                assert isinstance(piece, bytes), f"pieces are bytes, not {type(piece).__name__}"
                pieces.append(piece)
        return b"".join(pieces)

    def test_it_says_what_it_is(self) -> None:
        """A label to choose by, a type, and a name of file with its ending."""
        exporter = self.make()
        assert exporter.label.strip(), "label: what people read when they choose"
        assert "/" in exporter.media_type, f"media_type: {exporter.media_type!r}, text/csv say"
        assert "." in exporter.file_name, "file_name: with an ending, such as .csv"
        assert "/" not in exporter.file_name, "file_name: no folder"

    async def test_nothing_to_tell_is_still_a_file(self, two_structures: TwoStructures) -> None:
        """An empty period, or no structure, gives a file that opens."""
        place = two_structures.here
        told = place.region(self.settings)
        assert await self._file(told, year=2031), "no structure: the file is empty"
        assert await self._file(told, place, year=2031), "an empty period: the file is empty"

    async def test_a_file_names_nobody_and_no_other_structure(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """No youth, no contact; nothing of a structure outside the request, even after one that had it."""
        here, there = two_structures.here, two_structures.there
        for place in (here, there):
            await book(platform, place)
        told, exporter = here.region(self.settings, there), self.make()
        await self._file(told, here, there, exporter=exporter)
        text = text_of(await self._file(told, here, exporter=exporter))
        for secret in ("Alix Essai", "alix@example.org", "+33612345678", "2006-05-31"):
            assert secret not in text, f"{secret!r} is in the file: nobody may be named"
        for word in (there.structure.name, str(there.structure.id)):
            assert word not in text, f"{word!r} is in the file: not in the request"

    async def test_what_one_may_type_never_becomes_a_formula(self, platform: Platform) -> None:
        """A name that begins with = is text in the file (spreadsheets would run it)."""
        place = await make_place(platform, _FORMULA)
        await book(platform, place)
        body = await self._file(place.region(self.settings), place)
        if is_zip(body):
            assert "<f>HYPERLINK" not in text_of(body), "a formula that somebody typed"
            return
        cells = [cell for row in rows_of(body) for cell in row]
        wrong = [cell for cell in cells if cell.startswith(_STARTS) and not is_number(cell)]
        assert not wrong, f"{wrong[0]!r}: put an apostrophe before what could be a formula"

    async def test_the_head_stays_whatever_the_period(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Programs that read the file rely on its first line; and the same question has the same answer."""
        place = two_structures.here
        await book(platform, place)
        told = place.region(self.settings)
        full, empty = await self._file(told, place), await self._file(told, place, year=2031)
        if not is_zip(full):
            assert full.splitlines()[:1] == empty.splitlines()[:1], "the head changes"
            assert await self._file(told, place) == full


def is_zip(body: bytes) -> bool:
    """Whether this is a workbook or another archive."""
    return body.startswith(b"PK")


def text_of(body: bytes) -> str:
    """All the text of a file, those inside an archive included."""
    if not is_zip(body):
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "\n".join(
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
        )


def rows_of(body: bytes) -> list[list[str]]:
    """The cells of a CSV, by the delimiter that its head uses most."""
    text = body.decode("utf-8-sig", "replace")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def is_number(cell: str) -> bool:
    """Whether a cell is a plain number, which may begin with a sign."""
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
