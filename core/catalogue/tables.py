"""Tables of the catalogue."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Text, Timestamptz
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
    in_charge = UUID(null=True, default=None)
    verified_on = Date(null=True, default=None)
    verify_before = Date(null=True, default=None)
    is_demo = Boolean(default=False)


class ProgrammeVersion(Table, db=DB, tablename="programme_version"):
    """The facts of a sheet at one version; its key is (programme, version)."""

    programme = Text(primary_key=True)
    version = Integer()
    facts = JSONB()
    author = UUID(null=True, default=None)
    created_at = Timestamptz()


class ProgrammeDraft(Table, db=DB, tablename="programme_draft"):
    """The version of a sheet that is being written."""

    programme = Text(primary_key=True)
    facts = JSONB()
    state = Text()
    based_on = Integer()
    revision = Integer()
    author = UUID(null=True, default=None)
    created_at = Timestamptz()
    updated_at = Timestamptz()
    approved_by = UUID(null=True, default=None)
    approved_at = Timestamptz(null=True, default=None)


class ProgrammeDeed(Table, db=DB, tablename="programme_deed"):
    """Something that was done to a sheet."""

    id = BigInt(primary_key=True)
    programme = Text()
    at = Timestamptz()
    account = UUID(null=True, default=None)
    kind = Text()
    version = Integer(null=True, default=None)
    word = Text(default="")


class ProgrammeLink(Table, db=DB, tablename="programme_link"):
    """An address that a sheet gives; its key is (programme, url)."""

    programme = Text(primary_key=True)
    url = Text()
    state = Text()
    status = Integer(null=True, default=None)
    target = Text(default="")
    detail = Text(default="")
    failures = Integer(default=0)
    etag = Text(default="")
    last_modified = Text(default="")
    checked_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz()
