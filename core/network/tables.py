"""Tables of the network room."""

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Date,
    DoublePrecision,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from core.storage.engine import DB


class CommuneRow(Table, db=DB, tablename="commune"):
    """A commune of the region; `name_key` is its folded name."""

    insee = Text(primary_key=True, default="")
    name = Text()
    name_key = Text()
    postcodes = Array(base_column=Text())
    department = Text()
    population = Integer()
    lat = DoublePrecision()
    lon = DoublePrecision()


class Structure(Table, db=DB, tablename="structure"):
    """A partner organisation. One that is not confirmed stays a draft. Terms that are NULL are the region's."""

    id = UUID(primary_key=True)
    slug = Text()
    name = Text()
    kind = Text()
    department = Text()
    status = Text(default="draft")
    email = Text()
    phone = Text()
    presentation = Text()
    lead_hours = Integer(null=True, default=None)
    lead_days = Integer(null=True, default=None)
    horizon_days = Integer(null=True, default=None)
    slot_minutes = Integer(null=True, default=None)
    buffer_minutes = Integer(null=True, default=None)
    step_minutes = Integer(null=True, default=None)
    open_on_holidays = Boolean(null=True, default=None)
    pentecost_monday = Text(null=True, default=None)
    age_rule = Text(null=True, default=None)
    strategy = Text(default="matching_rules:rules")
    source = Text()
    is_confirmed = Boolean(default=True)
    is_demo = Boolean(default=False)
    created_at = Timestamptz()


class Site(Table, db=DB, tablename="site"):
    """An address where interviews are held."""

    id = UUID(primary_key=True)
    structure = UUID()
    name = Text()
    address = Text()
    postcode = Text()
    city = Text()
    insee = Text(null=True, default=None)
    department = Text()
    lat = DoublePrecision()
    lon = DoublePrecision()
    directions = Text()
    is_enabled = Boolean(default=True)


class AgreementRow(Table, db=DB, tablename="agreement"):
    """The agreement of a structure for one civil year; its key is (structure, year)."""

    structure = UUID(primary_key=True)
    year = Integer()
    status = Text()


class AdvisorRow(Table, db=DB, tablename="advisor"):
    """A person who holds interviews."""

    id = UUID(primary_key=True)
    account = UUID()
    display_name = Text()
    phone = Text()
    trained_on = Date(null=True, default=None)
    notice_level = Text(default="all")


class MembershipRow(Table, db=DB, tablename="membership"):
    """The place of an account in a structure; its key is (account, structure)."""

    account = UUID(primary_key=True)
    structure = UUID()
    role = Text()
    invited_at = Timestamptz(null=True, default=None)
    accepted_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
