"""P06: when their time is over nothing says who came, in any column of any table, and the figures are what they were."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.booking.links import appointment_token
from core.booking.views import read_view
from core.catalogue.service import load_programmes
from core.contracts.matching import Project
from core.extension import events
from core.interviews import choices, feedback, kept, service
from core.interviews.kept import Words
from core.interviews.preparation import prepare
from core.interviews.roadmap import send_roadmap
from core.interviews.service import Draft
from core.notices import service as notices
from core.privacy.retention import (
    NotErased,
    anonymise,
    apply_retention,
    freeze_figures,
    retain,
)
from core.storage.jobs import run_if_due
from core.testing.factories import make_appointment, make_slot, make_youth
from core.worker import Worker
from plugins.notifications_email.personal import KeptMessages
from tests.booking.conftest import TUESDAY, booked
from tests.demand.conftest import ask, turn
from tests.interviews.conftest import user_of_account

NAME, EMAIL, PHONE = "Philomène Kerguelen", "philomene@kerguelen.example", "+33698765432"
SAID = ("kerguelen", "philomene@", "698765432", "mongolfière")


async def found(database, word):
    """The columns, of any table, where a word stands: text, JSON, arrays, and bytes."""
    columns = await database.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        " AND data_type IN ('text', 'jsonb', 'json', 'ARRAY', 'bytea')"
    )
    places = []
    for row in columns:
        table, column = row["table_name"], row["column_name"]
        text = f"encode({column}, 'escape')" if row["data_type"] == "bytea" else f"{column}::text"
        if await database.fetch_value(
            f"SELECT count(*) FROM {table} WHERE {text} ILIKE '%' || $1 || '%'", word
        ):
            places.append(f"{table}.{column}")
    return places


async def figures(database):
    return [
        tuple(row)
        for row in await database.fetch("SELECT * FROM appointment_figures ORDER BY appointment")
    ]


@pytest.fixture
async def told(platform, desk, database, clock):
    """A youth who went through it all: booked, prepared, came, was written to, left with a roadmap."""
    await load_programmes(platform)
    who = {"name": NAME, "email": EMAIL, "phone": PHONE, "wish": "Une mongolfière en Islande"}
    appointment = (await booked(platform, desk, **who)).appointment_id
    await prepare(platform, appointment, profile={}, project={"wish": "En mongolfière"})
    await _deliver(platform)
    account = await database.fetch_value("SELECT account FROM advisor WHERE id = $1", desk.advisor)
    user = await user_of_account(platform, account)
    clock.advance(TUESDAY - clock.now())
    user = await user_of_account(platform, account)
    interview = await service.open_interview(platform, user, appointment)
    draft = Draft(
        profile=interview.profile,
        project=Project(wish="En mongolfière", domains=("volontariat",)),
        notes=f"{NAME} rêve de mongolfière",
        advisor_word="Bravo Kerguelen",
    )
    await service.save(platform, user, appointment, interview.revision, draft)
    programme = await database.fetch_value(
        "SELECT id FROM programme WHERE status = 'published' AND id LIKE 'ces%' LIMIT 1"
    )
    await choices.keep(platform, user, appointment, programme)
    await kept.write_words(platform, appointment, {programme: Words(word="Pour Kerguelen")})
    await service.close(platform, user, appointment, "honoured")
    await send_roadmap(platform, user, appointment)
    await _deliver(platform)
    view = await read_view(platform, appointment)
    await feedback.say(platform, view, feedback.Answer(mood=4, words="Merci pour la mongolfière"))
    return appointment


async def _deliver(platform):
    while await events.deliver_due(platform):
        pass
    while await notices.deliver_due(platform):
        pass


async def test_p06_nothing_says_who_came_any_more_and_the_figures_stay(
    platform, database, desk, told, clock
):
    before = {word: await found(database, word) for word in SAID}
    assert {"youth.name", "interview.notes", "notifications_email_message.content"} <= set(
        before["kerguelen"]
    )
    totals = await figures(database)
    recent = await make_youth(database, name="Alix Récent", created_at=clock.now())
    clock.advance(timedelta(days=700))
    assert await apply_retention(platform) == 0
    clock.advance(timedelta(days=60))
    await make_appointment(database, desk.advisor, desk.structure, clock.now(), youth=recent)
    assert await apply_retention(platform) == 1
    assert {word: await found(database, word) for word in SAID} == {word: [] for word in SAID}
    assert [row for row in await figures(database) if row[0] == told] == totals
    assert 20 in totals[0]  # the age outlives the birth date
    assert await found(database, "Alix Récent") == ["youth.name"]
    assert await apply_retention(platform) == 0


async def test_p06_past_years_are_counted_once_whatever_changes_after(
    platform, database, desk, told, clock
):
    before = await figures(database)
    clock.advance(timedelta(days=400))
    await retain(platform)
    await database.execute("UPDATE structure SET name = 'Renommée', department = '86'")
    await database.execute("UPDATE site SET department = '86'")
    await database.execute("UPDATE youth SET birth_date = '1990-01-01'")
    assert await figures(database) == before
    await make_appointment(database, desk.advisor, desk.structure, clock.now())
    assert {row[2] for row in await figures(database)} == {before[0][2], "Renommée"}


async def test_a_year_may_be_corrected_for_two_months(platform, database, told, clock):
    clock.advance(datetime(2028, 2, 28, tzinfo=UTC) - clock.now())
    await freeze_figures(platform)
    assert await database.fetch_value("SELECT count(*) FROM frozen_figure") == 0
    clock.advance(timedelta(days=2))
    await freeze_figures(platform)
    await freeze_figures(platform)
    assert await database.fetch_value("SELECT count(*) FROM frozen_figure") == 1


async def test_who_waits_for_a_slot_is_still_known(platform, database, bare, clock):
    old = clock.now() - timedelta(days=1000)
    await make_youth(database, name=NAME, email=EMAIL, created_at=old)
    await make_youth(database, name="Au téléphone", email="", phone=PHONE, created_at=old)
    await ask(platform, name=NAME, email=EMAIL.upper(), phone=PHONE)
    assert await apply_retention(platform) == 0
    await database.execute("UPDATE demand SET state = 'cancelled', closed_at = now()")
    assert await apply_retention(platform) == 2
    assert {word: await found(database, word) for word in SAID} == {word: [] for word in SAID}


async def test_a_demand_its_kept_slot_and_its_messages_go_with_the_person(
    platform, database, bare, clock
):
    await ask(platform, name=NAME, email=EMAIL, phone=PHONE)
    await make_slot(database, bare.advisor, bare.structure, TUESDAY, site=bare.site)
    await turn(platform)
    kept_in = {place for word in SAID for place in await found(database, word)}
    assert {"demand.name", "hold.answers", "notifications_email_message.content"} <= kept_in
    await anonymise(platform, [await make_youth(database, name=NAME, email=EMAIL, phone=PHONE)])
    assert {word: await found(database, word) for word in SAID} == {word: [] for word in SAID}


async def test_what_was_said_of_an_interview_goes_with_its_month(platform, database, desk, clock):
    await database.execute(
        "INSERT INTO appointment_feedback (id, structure, channel, month, mood, words)"
        " VALUES ($1, $2, 'phone', '2024-01-01', 4, 'vieux'), ($3, $2, 'phone', $4, 4, 'récent')",
        uuid4(),
        desk.structure,
        uuid4(),
        clock.now().date().replace(day=1),
    )
    await apply_retention(platform)
    rows = await database.fetch("SELECT mood, words FROM appointment_feedback ORDER BY words")
    assert [tuple(row) for row in rows] == [(4, ""), (4, "récent")]


async def test_p06_the_link_of_an_anonymised_appointment_is_dead(platform, told, client):
    token = appointment_token(platform, told, 1)
    assert (await client.get(f"/rdv/{token}")).status_code == 200
    await anonymise(platform, [await platform.db.fetch_value("SELECT youth FROM appointment")])
    assert (await client.get(f"/rdv/{token}")).status_code == 404


async def test_a_plugin_that_cannot_take_its_part_out_leaves_everything_for_the_next_night(
    platform, database, told, clock, monkeypatch
):
    async def fail(self, context, appointment_ids):
        raise OSError("disk full")

    clock.advance(timedelta(days=800))
    with monkeypatch.context() as patch:
        patch.setattr(KeptMessages, "erase", fail)
        with pytest.raises(NotErased, match="disk full"):
            await apply_retention(platform)
        assert await found(database, "kerguelen") != []
    assert await apply_retention(platform) == 1


async def test_the_nightly_job_applies_it(platform, database, told, clock):
    clock.advance(timedelta(days=800))
    job = next(job for job in Worker(platform).jobs() if job.key == "core:retention")
    await run_if_due(database, job)
    assert await database.fetch_value("SELECT anonymised_at IS NOT NULL FROM youth")
    assert await database.fetch_value(
        "SELECT count(*) FROM audit WHERE action = 'privacy.retention'"
    )
