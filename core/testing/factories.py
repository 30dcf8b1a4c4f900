"""Rows for tests, made with plain SQL so that no service is needed to test another."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from core.accounts.sessions import COOKIE, open_session
from core.platform import Platform
from core.storage.engine import Database


async def make_structure(
    database: Database, name: str = "Info Jeunes Essai", **values: Any
) -> UUID:
    """An active structure with an active agreement for 2026 to 2028."""
    structure_id: UUID = values.pop("id", uuid4())
    row = {
        "slug": f"essai-{structure_id.hex[:8]}",
        "kind": "bij_pij",
        "department": "33",
        "status": "active",
        "phone": "05 00 00 00 00",
        "email": "accueil@structure.example",
        **values,
    }
    await _insert(database, "structure", {"id": structure_id, "name": name, **row})
    for year in (2026, 2027, 2028):
        await _insert(
            database, "agreement", {"structure": structure_id, "year": year, "status": "active"}
        )
    return structure_id


async def make_site(database: Database, structure_id: UUID, **values: Any) -> UUID:
    """A site in Bordeaux."""
    site_id: UUID = values.pop("id", uuid4())
    row = {
        "name": "Accueil Bordeaux",
        "address": "1 rue de l’Essai",
        "postcode": "33000",
        "city": "Bordeaux",
        "insee": "33063",
        "department": "33",
        "lat": 44.83802,
        "lon": -0.57964,
        **values,
    }
    await _insert(database, "site", {"id": site_id, "structure": structure_id, **row})
    return site_id


async def make_account(database: Database, email: str | None = None, **values: Any) -> UUID:
    """An account without a password (sign in with `signed_in`)."""
    account_id: UUID = values.pop("id", uuid4())
    row = {"name": "Camille Essai", **values}
    await _insert(
        database,
        "account",
        {"id": account_id, "email": email or f"{account_id.hex[:8]}@example.org", **row},
    )
    return account_id


async def make_advisor(
    database: Database, structure_id: UUID, *, role: str = "advisor", **values: Any
) -> UUID:
    """A trained advisor whose invitation is accepted; returns the advisor's id."""
    account_id = await make_account(database, name=values.get("display_name", "Camille Essai"))
    advisor_id: UUID = values.pop("id", uuid4())
    row = {"display_name": "Camille E.", "trained_on": date(2026, 9, 1), **values}
    await _insert(database, "advisor", {"id": advisor_id, "account": account_id, **row})
    await join(database, account_id, structure_id, role=role)
    return advisor_id


async def join(
    database: Database, account_id: UUID, structure_id: UUID, *, role: str = "advisor"
) -> None:
    """Makes an account a member of a structure."""
    await _insert(
        database,
        "membership",
        {
            "account": account_id,
            "structure": structure_id,
            "role": role,
            "accepted_at": datetime.fromisoformat("2026-09-01T08:00:00+00:00"),
        },
    )


async def account_of(database: Database, advisor_id: UUID) -> UUID:
    """The account of an advisor."""
    account_id: UUID = await database.fetch_value(
        "SELECT account FROM advisor WHERE id = $1", advisor_id
    )
    return account_id


async def make_opening(
    database: Database, advisor_id: UUID, structure_id: UUID, **values: Any
) -> UUID:
    """A one-off opening, Tuesday 2 February 2027 from 14:00 to 17:00, in person, video and phone."""
    opening_id: UUID = values.pop("id", uuid4())
    row = {
        "channels": ["in_person", "video", "phone"],
        "starts_on": date(2027, 2, 2),
        "start_time": time(14),
        "end_time": time(17),
        **values,
    }
    await _insert(
        database,
        "opening",
        {"id": opening_id, "advisor": advisor_id, "structure": structure_id, **row},
    )
    return opening_id


async def make_slot(
    database: Database, advisor_id: UUID, structure_id: UUID, starts_at: datetime, **values: Any
) -> None:
    """One projected slot of an hour, as a refresh would write it."""
    row = {
        "ends_at": starts_at + timedelta(hours=1),
        "channels": ["in_person", "video", "phone"],
        "provider": "core:openings",
        **values,
    }
    await _insert(
        database,
        "slot",
        {"advisor": advisor_id, "structure": structure_id, "starts_at": starts_at, **row},
    )


async def make_youth(database: Database, **values: Any) -> UUID:
    """A youth of 20 with an e-mail and a phone."""
    youth_id: UUID = values.pop("id", uuid4())
    row = {
        "name": "Alix Essai",
        "email": "alix@example.org",
        "phone": "+33612345678",
        "birth_date": date(2006, 5, 31),
        "consent_version": "essai",
        "consented_at": datetime.fromisoformat("2027-01-20T08:00:00+00:00"),
        **values,
    }
    await _insert(database, "youth", {"id": youth_id, **row})
    return youth_id


async def make_appointment(
    database: Database,
    advisor_id: UUID,
    structure_id: UUID,
    starts_at: datetime,
    **values: Any,
) -> UUID:
    """A booked appointment of an hour, by phone unless said, with a fresh youth unless given."""
    appointment_id: UUID = values.pop("id", uuid4())
    youth_id = values.pop("youth", None) or await make_youth(database)
    row = {
        "channel": "phone",
        "ends_at": starts_at + timedelta(hours=1),
        "created_at": starts_at - timedelta(days=20),
        **values,
    }
    await _insert(
        database,
        "appointment",
        {
            "id": appointment_id,
            "youth": youth_id,
            "advisor": advisor_id,
            "structure": structure_id,
            "starts_at": starts_at,
            **row,
        },
    )
    return appointment_id


async def make_referral_link(
    database: Database, structure_id: UUID | None = None, **values: Any
) -> UUID:
    """A link of a local mission, good until the end of 2027; for the whole region unless a structure is said."""
    link_id: UUID = values.pop("id", uuid4())
    row = {
        "body": "Mission locale d’essai",
        "created_at": datetime.fromisoformat("2027-01-04T08:00:00+00:00"),
        "expires_on": date(2027, 12, 31),
        **values,
    }
    await _insert(database, "referral_link", {"id": link_id, "structure": structure_id, **row})
    return link_id


async def signed_in(
    platform: Platform, client: httpx.AsyncClient, account_id: UUID
) -> httpx.AsyncClient:
    """The same client, with a session of the account."""
    cookie = await open_session(platform, account_id)
    client.cookies.set(COOKIE, cookie.value or "")
    return client


async def form_token(client: httpx.AsyncClient, path: str = "/healthz") -> str:
    """The form token to send as `_csrf_token` (any GET sets its cookie)."""
    if "somobilite_csrf" not in client.cookies:
        await client.get(path)
    return client.cookies["somobilite_csrf"]


async def _insert(database: Database, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names are ours
    await database.execute(sql, *row.values())
