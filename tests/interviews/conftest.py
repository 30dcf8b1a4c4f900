"""An appointment of advisor A in structure S1, with a youth of Bordeaux and the real sheets."""

from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

from core.accounts.access import CurrentUser
from core.accounts.sessions import open_session, read_session
from core.booking.links import appointment_token
from core.catalogue.service import load_programmes
from core.platform import Platform
from core.testing.factories import (
    account_of,
    make_advisor,
    make_appointment,
    make_structure,
    make_youth,
)

TUESDAY = datetime(2027, 1, 26, 9, 0, tzinfo=UTC)


class World(msgspec.Struct, frozen=True, kw_only=True):
    structure: UUID
    advisor: UUID
    appointment: UUID
    account: UUID
    user: CurrentUser


async def user_of_account(platform: Platform, account_id: UUID) -> CurrentUser:
    cookie = await open_session(platform, account_id)
    user = await read_session(platform, cookie.value)
    assert user is not None
    return user


@pytest.fixture
async def world(platform: Platform) -> World:
    database = platform.db
    await load_programmes(platform)
    await database.execute(
        "INSERT INTO commune (insee, name, name_key, postcodes, department, population, lat, lon)"
        " VALUES ('33063', 'Bordeaux', 'bordeaux', '{33000}', '33', 261804, 44.8, -0.58)"
    )
    structure = await make_structure(database, "Info Jeunes Essai")
    advisor = await make_advisor(database, structure)
    youth = await make_youth(database, commune="33063", birth_date=date(2006, 5, 31))
    appointment = await make_appointment(
        database, advisor, structure, TUESDAY, youth=youth, wish="Voir l’Irlande"
    )
    account = await account_of(database, advisor)
    user = await user_of_account(platform, account)
    return World(
        structure=structure, advisor=advisor, appointment=appointment, account=account, user=user
    )


@pytest.fixture
async def token(platform: Platform, world: World) -> str:
    return appointment_token(platform, world.appointment, 1)
