"""Tables of the agenda room. Slots and supply problems are written in SQL, by the projection."""

from piccolo.columns import UUID, Array, Date, Integer, Text, Time
from piccolo.table import Table

from core.storage.engine import DB


class Opening(Table, db=DB, tablename="opening"):
    """A rule that offers slots; `starts_on` gives the weekday, and the nth of the month."""

    id = UUID(primary_key=True)
    advisor = UUID()
    structure = UUID()
    site = UUID(null=True, default=None)
    channels = Array(base_column=Text())
    repeat = Text(default="none")
    every = Integer(default=1)
    starts_on = Date()
    ends_on = Date(null=True, default=None)
    start_time = Time()
    end_time = Time()
    slot_minutes = Integer(null=True, default=None)


class Absence(Table, db=DB, tablename="absence"):
    """A stretch in which an advisor is away, in every structure; `until` ends a recurrence.

    The rows of one entry made for several advisors have the same `shared`.
    """

    id = UUID(primary_key=True)
    advisor = UUID()
    label = Text()
    repeat = Text(default="none")
    every = Integer(default=1)
    starts_on = Date()
    start_time = Time()
    ends_on = Date()
    end_time = Time()
    until = Date(null=True, default=None)
    shared = UUID(null=True, default=None)
