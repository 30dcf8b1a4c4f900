"""Locks that PostgreSQL keeps until the transaction ends."""

from uuid import UUID

from core.storage.engine import Database


async def lock_advisor(database: Database, advisor_id: UUID) -> None:
    """Keeps every other writer of an advisor's time away, whatever the hour.

    Who books takes some hours only, by the database's own `lock_hours`. Without either, the exclusion constraint deadlocks
    when many insert the same slot at once (DESIGN section 4).
    """
    await database.fetch_value(
        "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", str(advisor_id)
    )


async def lock_hold(database: Database, hold_id: UUID) -> None:
    """Serialises the confirmations of one hold, so that a second click finds what the first made."""
    await database.fetch_value(
        "SELECT pg_advisory_xact_lock(hashtextextended('hold:' || $1::text, 0))", str(hold_id)
    )


async def lock_contact(database: Database, email: str) -> None:
    """Serialises the bookings of one e-mail address, so that two tabs cannot make two appointments."""
    await database.fetch_value(
        "SELECT pg_advisory_xact_lock(hashtextextended('contact:' || lower($1::text), 0))", email
    )


async def lock_author(database: Database, account_id: UUID) -> None:
    """Serialises what one member of staff makes, so that a form sent twice makes one thing."""
    await database.fetch_value(
        "SELECT pg_advisory_xact_lock(hashtextextended('author:' || $1::text, 0))", str(account_id)
    )
