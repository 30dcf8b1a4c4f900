from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core.booking.links import appointment_token, read_token
from core.booking.views import list_for_advisor, list_views, read_view
from core.errors import NotFound
from core.testing.factories import make_advisor, make_appointment, make_site, make_structure

START = datetime.fromisoformat("2027-02-02T14:00:00+01:00")


@pytest.fixture
async def booked(database):
    structure = await make_structure(database)
    site = await make_site(database, structure)
    advisor = await make_advisor(database, structure)
    appointment = await make_appointment(
        database, advisor, structure, START, site=site, channel="in_person"
    )
    return appointment, advisor


async def test_a_link_leads_back_to_its_appointment(platform, booked):
    token = appointment_token(platform, booked[0], 1)
    assert await read_token(platform, token) == booked[0]


async def test_no_changed_character_of_a_link_is_accepted(platform, booked):
    token = appointment_token(platform, booked[0], 1)
    for position in range(len(token)):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(NotFound):
            await read_token(platform, token[:position] + other + token[position + 1 :])
    for forged in ("", "é" * 46, token[:-1], token + "A", "\udcff" * 46):
        with pytest.raises(NotFound):
            await read_token(platform, forged)


async def test_a_revoked_link_or_one_without_appointment_is_not_found(platform, booked, database):
    token = appointment_token(platform, booked[0], 1)
    await database.execute("UPDATE appointment SET link_version = 2")
    with pytest.raises(NotFound):
        await read_token(platform, token)
    with pytest.raises(NotFound):
        await read_token(platform, appointment_token(platform, uuid4(), 1))


async def test_a_view_holds_all_that_a_message_needs(platform, booked):
    appointment, _ = booked
    view = await read_view(platform, appointment)
    assert view.starts_at == START
    assert view.structure.name == "Info Jeunes Essai"
    assert view.advisor.name == "Camille E."
    assert view.advisor.email.endswith("@example.org")
    assert view.youth.email == "alix@example.org"
    assert view.site is not None
    assert view.site.city == "Bordeaux"
    assert view.meeting is None
    assert view.channel_label == "En personne"
    assert view.manage_url.endswith("/rdv/" + appointment_token(platform, appointment, 1))
    assert view.advisor_url.endswith(f"/entretiens/{appointment}")
    assert await list_views(platform, [appointment, uuid4()]) == [view]


async def test_an_advisors_list_is_half_open(platform, booked):
    appointment, advisor = booked
    hour = timedelta(hours=1)
    assert [v.id for v in await list_for_advisor(platform, advisor, START, START + hour)] == [
        appointment
    ]
    assert not await list_for_advisor(platform, advisor, START - hour, START)
    with pytest.raises(NotFound):
        await read_view(platform, uuid4())
