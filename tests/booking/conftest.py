from datetime import date, datetime

import msgspec
import pytest

from core.booking.holds import read_hold, take_hold
from core.booking.search import Sought
from core.booking.service import Applicant, book
from core.testing.factories import make_advisor, make_site, make_slot, make_structure

TUESDAY = datetime.fromisoformat("2027-02-02T14:00:00+01:00")
"""Tuesday 2 February 2027, 14:00 in Paris: eight days after the present of the tests."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One structure with a site and an advisor who has three slots on Tuesday: 14:00, 15:00, 16:00."""

    structure: object
    site: object
    advisor: object

    def sought(self, mode="in_person"):
        return Sought(
            structure_id=self.structure,
            mode=mode,
            site_id=self.site if mode == "in_person" else None,
        )


async def make_desk(database, *, hours=(14, 15, 16), **values):
    structure = await make_structure(database, **values)
    site = await make_site(database, structure)
    advisor = await make_advisor(database, structure)
    for hour in hours:
        await make_slot(database, advisor, structure, TUESDAY.replace(hour=hour), site=site)
    return Desk(structure=structure, site=site, advisor=advisor)


@pytest.fixture
async def desk(database):
    await database.execute(
        "INSERT INTO commune (insee, name, name_key, postcodes, department, population, lat, lon)"
        " VALUES ('33063', 'Bordeaux', 'bordeaux', '{33000,33100}', '33', 260000, 44.83802, -0.57964),"
        " ('86194', 'Poitiers', 'poitiers', '{86000}', '86', 90000, 46.58, 0.34),"
        " ('33366', 'Saint-André-de-Cubzac', 'saint andre de cubzac', '{33240}', '33', 12000, 44.99, -0.44),"
        " ('33375', 'Saint-André-et-Appelles', 'saint andre et appelles', '{33220}', '33', 700, 44.81, 0.20)"
    )
    return await make_desk(database)


def applicant(**values):
    return Applicant(
        **{
            "name": "Alix Essai",
            "email": "alix@example.org",
            "phone": "06 12 34 56 78",
            "birth_date": date(2006, 5, 31),
            "commune": "33063",
            "consent_version": "essai",
            **values,
        }
    )


async def held(platform, desk, at=TUESDAY, mode="in_person"):
    return await read_hold(platform, await take_hold(platform, desk.sought(mode), at))


async def booked(platform, desk, at=TUESDAY, mode="in_person", **values):
    return await book(platform, await held(platform, desk, at, mode), applicant(**values))
