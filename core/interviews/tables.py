"""The rows of interviews that are written column by column. Profiles, verdicts and roadmaps are JSON: plain SQL."""

from piccolo.columns import UUID, Boolean, Text, Timestamptz
from piccolo.table import Table

from core.storage.engine import DB


class Interview(Table, db=DB, tablename="interview"):
    """What happened at an appointment."""

    appointment = UUID(primary_key=True)
    strategy = Text()
    fallback = Boolean()
    outcome = Text(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    roadmap_sent_at = Timestamptz(null=True, default=None)


class KeptProgramme(Table, db=DB, tablename="kept_programme"):
    """A sheet that the advisor kept for the youth, or set aside; its key is (appointment, programme)."""

    appointment = UUID(primary_key=True)
    programme = Text()
    word = Text()
    next_step = Text()
