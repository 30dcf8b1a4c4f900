from datetime import date

import pytest

from core.demand.service import NewDemand, create
from core.demand.serving import serve
from core.network.communes import read_commune
from core.notices.service import deliver_due
from tests.booking.conftest import make_desk

COMMUNES = (
    "INSERT INTO commune (insee, name, name_key, postcodes, department, population, lat, lon)"
    " VALUES ('33063', 'Bordeaux', 'bordeaux', '{33000,33100}', '33', 260000, 44.83802, -0.57964),"
    " ('86194', 'Poitiers', 'poitiers', '{86000}', '86', 90000, 46.58, 0.34)"
)


@pytest.fixture
async def bare(database):
    """A structure in Bordeaux with a site and an advisor, and not one slot."""
    await database.execute(COMMUNES)
    return await make_desk(database, hours=())


async def ask(platform, insee="33063", **values):
    """A demand around Bordeaux, in person or by video, whichever day."""
    fresh = {
        "name": "Alix Essai",
        "email": "alix@example.org",
        "phone": "06 12 34 56 78",
        "birth_date": date(2006, 5, 31),
        "modes": ("in_person", "video"),
        **values,
    }
    return await create(platform, NewDemand(commune=await read_commune(platform, insee), **fresh))


async def turn(platform):
    """What the worker does every few seconds: serves who waits, then brings what is due."""
    await serve(platform)
    while await deliver_due(platform):
        pass
