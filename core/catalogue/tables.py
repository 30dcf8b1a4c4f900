"""Tables of the catalogue."""

from piccolo.columns import UUID, Integer, Text, Timestamptz
from piccolo.columns.column_types import JSONB
from piccolo.table import Table

from core.storage.engine import DB


class ProgrammeSheet(Table, db=DB, tablename="programme"):
    """A sheet, whatever its version."""

    id = Text(primary_key=True)
    version = Integer()
    status = Text()
    title = Text()
    search = Text(default="")
    updated_at = Timestamptz()


class ProgrammeVersion(Table, db=DB, tablename="programme_version"):
    """The facts of a sheet at one version; its key is (programme, version)."""

    programme = Text(primary_key=True)
    version = Integer()
    facts = JSONB()
    author = UUID(null=True, default=None)
    created_at = Timestamptz()
