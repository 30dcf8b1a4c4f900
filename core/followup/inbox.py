"""What there is to answer and to know: the threads and the news of an advisor's youths, and of the structures that a manager answers for."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.followup.check_in import Where
from core.platform import Platform

_MOST = 200
_NEWS_FOR = timedelta(days=60)
"""How long an answer « où en êtes-vous ? » stays in the list when nobody wrote."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thread in the list. `check_in` is what the youth said a month later, `said` the latest word, whoever wrote it."""

    appointment_id: UUID
    youth: str
    advisor_id: UUID
    advisor: str
    structure: str
    starts_at: datetime
    waiting_since: datetime | None
    closed_at: datetime | None
    said: str
    said_at: datetime | None
    by_youth: bool
    check_in: Where | None


async def list_threads(platform: Platform, user: CurrentUser) -> list[Line]:
    """The threads that the user may answer, and lately said where they are: the longest wait first, then the latest word."""
    return await platform.db.structs(
        Line,
        """
        SELECT a.id AS appointment_id, y.name AS youth, a.advisor AS advisor_id, v.display_name AS advisor,
            s.name AS structure, a.starts_at, f.waiting_since, f.closed_at, left(coalesce(m.words, n.words, ''), 200) AS said,
            coalesce(m.written_at, n.answered_at) AS said_at, coalesce(m.author = 'youth', true) AS by_youth,
            n.answer AS check_in
        FROM (SELECT appointment AS id FROM follow_up UNION SELECT appointment FROM check_in WHERE answered_at > $5) known
        JOIN appointment a ON a.id = known.id
        JOIN youth y ON y.id = a.youth
        JOIN advisor v ON v.id = a.advisor
        JOIN structure s ON s.id = a.structure
        LEFT JOIN follow_up f ON f.appointment = a.id
        LEFT JOIN check_in n ON n.appointment = a.id
        LEFT JOIN LATERAL (SELECT words, author, written_at FROM follow_up_message
            WHERE appointment = a.id ORDER BY written_at DESC, id LIMIT 1) m ON true
        WHERE (a.advisor = $1 AND a.structure = ANY($2::uuid[])) OR a.structure = ANY($3::uuid[])
        ORDER BY f.waiting_since NULLS LAST, said_at DESC NULLS LAST, a.id LIMIT $4
        """,
        user.advisor_id,
        [m.structure_id for m in user.memberships],
        [m.structure_id for m in user.memberships if m.role == "manager"],
        _MOST,
        platform.clock.now() - _NEWS_FOR,
    )


async def count_waiting(platform: Platform, user: CurrentUser) -> int:
    """How many wait for the user: their own; for a manager who holds no interviews, those of the team."""
    own = user.advisor_id is not None
    count: int = await platform.db.fetch_value(
        "SELECT count(*) FROM follow_up f JOIN appointment a ON a.id = f.appointment"
        " WHERE f.waiting_since IS NOT NULL AND a.structure = ANY($2::uuid[]) AND ($1::uuid IS NULL OR a.advisor = $1)",
        user.advisor_id,
        [m.structure_id for m in user.memberships if own or m.role == "manager"],
    )
    return count
