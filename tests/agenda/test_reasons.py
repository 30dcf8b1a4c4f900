"""Why an hour is offered or not. Monday 25 January 2027, 08:00 in Paris."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agenda.desk import Desk, read_workplaces
from core.agenda.free import FreeSlot, Offer, free_slots
from core.agenda.providers import OpeningRow, open_times
from core.agenda.reasons import InTheWay, explain, frame_of, list_day, preview_starts, starts_of
from core.agenda.service import refresh
from core.agenda.terms import Terms, read_terms
from core.agenda.vacancies import list_vacancies
from core.agenda.wording import reason
from core.clock import PARIS
from core.contracts.agenda import BusyAnswer, BusyTime
from core.testing.factories import make_advisor as another_advisor
from core.testing.factories import make_appointment, make_opening, make_structure

NOW = datetime(2027, 1, 25, 8, tzinfo=PARIS)
TUESDAY = date(2027, 2, 2)
TERMS = Terms(
    slot_minutes=60,
    buffer_minutes=0,
    step_minutes=0,
    lead_hours=48,
    lead_days=None,
    horizon_days=90,
    open_on_holidays=False,
    open_on_pentecost=False,
    age_rule="refuse",
)
MINUTE = timedelta(minutes=1)


def slot(*parts):
    start = datetime(*parts, tzinfo=PARIS)
    return FreeSlot(
        starts_at=start,
        ends_at=start + 60 * MINUTE,
        site_id=None,
        channels=("phone",),
        provider="core:openings",
        source="",
    )


def way(kind, start, minutes, label=""):
    return InTheWay(kind=kind, starts_at=start, ends_at=start + minutes * MINUTE, label=label)


def test_each_bound_of_what_can_be_booked_has_its_word():
    frame = frame_of(NOW, TERMS, PARIS)
    said = {
        (2027, 1, 25, 8): "past",
        (2027, 1, 25, 9): "too_soon",
        (2027, 1, 27, 7): "too_soon",
        (2027, 1, 27, 8): "",  # 48 hours, the bound included
        (2027, 4, 25, 23): "",
        (2027, 4, 26, 0): "not_yet",
        (2027, 3, 29, 9): "holiday",
    }
    assert {parts: explain(slot(*parts), (), frame)[0] for parts in said} == said
    assert explain(slot(2027, 3, 29, 9), (), frame) == ("holiday", "Lundi de Pâques")


def test_the_first_of_what_is_in_the_way_is_told_and_touching_is_not_in_the_way():
    frame = frame_of(NOW, TERMS, PARIS)
    ten = datetime(2027, 2, 2, 10, tzinfo=PARIS)
    ways = [way("absence", ten, 30, "Congés"), way("appointment", ten, 60)]
    assert explain(slot(2027, 2, 2, 10), ways, frame) == ("absence", "Congés")
    assert explain(slot(2027, 2, 2, 11), ways, frame) == ("", "")
    assert explain(slot(2027, 2, 2, 9), ways, frame) == ("", "")


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), max_size=6),
    st.sampled_from([15, 30, 45, 60, 90]),
    st.sampled_from([0, 15, 30]),
    st.sampled_from([0, 10, 30]),
)
def test_an_hour_without_a_reason_is_one_that_the_projection_gives(busy, length, step, pause):
    terms = Terms(
        **{
            **{name: getattr(TERMS, name) for name in TERMS.__struct_fields__},
            "slot_minutes": length,
            "step_minutes": step,
            "buffer_minutes": pause,
        }
    )
    opening = OpeningRow(
        id="8e2b1d1c-0000-4000-8000-000000000000",
        advisor="8e2b1d1c-0000-4000-8000-000000000001",
        structure="8e2b1d1c-0000-4000-8000-000000000002",
        site=None,
        channels=("phone",),
        repeat="none",
        every=1,
        starts_on=TUESDAY,
        ends_on=None,
        start_time=time(9),
        end_time=time(18),
        slot_minutes=None,
    )
    nine = datetime(2027, 2, 2, 9, tzinfo=PARIS)
    taken = [(nine + start * MINUTE, nine + (start + minutes) * MINUTE) for start, minutes in busy]
    offers = [
        Offer(provider="core:openings", open=stretch)
        for stretch in open_times(opening, TUESDAY, TUESDAY, PARIS, on_holidays=False)
    ]
    given_by_projection = free_slots(
        offers,
        [BusyTime(advisor_id=opening.advisor, starts_at=a, ends_at=b) for a, b in taken],
        length,
        step_minutes=step,
        buffer_minutes=pause,
    )
    ways = [InTheWay(kind="outside", starts_at=a, ends_at=b) for a, b in taken]
    frame = frame_of(NOW, terms, PARIS)
    told = list(starts_of(opening, (TUESDAY, TUESDAY), ways, frame))
    assert [one.starts_at for one in told if not one.why] == [
        one.starts_at for one in given_by_projection
    ]


@pytest.fixture
async def desk(platform, advisor):
    return Desk(
        advisor_id=advisor,
        name="Camille E.",
        mine=True,
        workplaces=tuple(await read_workplaces(platform, advisor)),
    )


async def test_a_day_tells_of_each_hour_what_a_youth_meets(
    platform, database, desk, advisor, structure, source, switch, clock
):
    await switch(structure, "on")
    nine = datetime(2027, 2, 2, 9, tzinfo=PARIS)

    async def answer(context, query):
        return BusyAnswer(
            busy=[
                BusyTime(
                    advisor_id=advisor, starts_at=nine, ends_at=nine + 30 * MINUTE, label="Secret"
                )
            ]
        )

    source.answer = answer
    await make_opening(database, advisor, structure, start_time=time(9), end_time=time(15))
    await database.execute(
        "INSERT INTO absence (id, advisor, label, starts_on, start_time, ends_on, end_time)"
        " VALUES (gen_random_uuid(), $1, 'Réunion', '2027-02-02', '10:00', '2027-02-02', '11:00')",
        advisor,
    )
    await refresh(platform, [advisor])
    elsewhere = await make_structure(database, "Ailleurs")
    await make_appointment(database, advisor, elsewhere, nine + 180 * MINUTE)
    await database.execute(
        "INSERT INTO hold (id, token_hash, advisor, structure, channel, starts_at, ends_at, created_at, expires_at)"
        " VALUES (gen_random_uuid(), '\\x01', $1, $2, 'phone', $3, $4, $5, $6)",
        advisor,
        structure,
        nine + 240 * MINUTE,
        nine + 300 * MINUTE,
        clock.now(),
        clock.now() + 10 * MINUTE,
    )
    starts = await list_day(platform, desk, TUESDAY)
    assert [(one.starts_at.astimezone(PARIS).hour, one.why, one.label) for one in starts] == [
        (9, "outside", "Essai"),  # the calendar's name; what is in it is nobody's business
        (10, "absence", "Réunion"),
        (11, "", ""),
        (12, "appointment", ""),
        (13, "hold", ""),
        (14, "", ""),
    ]
    vacant = await list_vacancies(platform, desk, nine, nine + 600 * MINUTE)
    assert [one.starts_at for one in vacant] == [one.starts_at for one in starts if not one.why]
    assert {one.state for one in vacant} == {"open"}
    terms = (await read_terms(platform, [structure]))[structure]
    assert [reason(one, terms) for one in starts[:3]] == [
        "occupé\N{NO-BREAK SPACE}: Essai",
        "absence\N{NO-BREAK SPACE}: Réunion",
        "proposé",
    ]


async def test_an_hour_that_nothing_known_hides_is_told_as_not_offered(
    platform, database, desk, advisor, structure
):
    await make_opening(database, advisor, structure)
    await database.execute("UPDATE advisor SET trained_on = NULL")
    await refresh(platform, [advisor])
    assert {one.why for one in await list_day(platform, desk, TUESDAY)} == {"unexplained"}


async def test_a_free_hour_says_when_it_can_be_booked(platform, database, desk, advisor, structure):
    await database.execute("UPDATE structure SET horizon_days = 30")
    for day in (date(2027, 1, 26), TUESDAY, date(2027, 2, 25)):
        await make_opening(
            database, advisor, structure, starts_on=day, start_time=time(9), end_time=time(10)
        )
    await refresh(platform, [advisor])
    vacant = await list_vacancies(platform, desk, NOW, NOW + timedelta(days=60))
    assert [(one.starts_at.astimezone(PARIS).day, one.state) for one in vacant] == [
        (26, "too_soon"),
        (2, "open"),
        (25, "not_yet"),
    ]
    for one in vacant:
        day = one.starts_at.astimezone(PARIS).date()
        assert [start.why for start in await list_day(platform, desk, day)] == [
            "" if one.state == "open" else one.state
        ]


async def test_a_preview_tells_of_an_opening_that_is_not_saved_yet(
    platform, database, advisor, structure
):
    await make_appointment(database, advisor, structure, datetime(2027, 2, 9, 14, tzinfo=PARIS))
    other = await another_advisor(database, structure)
    await make_appointment(database, other, structure, datetime(2027, 2, 2, 14, tzinfo=PARIS))
    opening = OpeningRow(
        id="8e2b1d1c-0000-4000-8000-000000000000",
        advisor=advisor,
        structure=structure,
        site=None,
        channels=("phone",),
        repeat="weekly",
        every=1,
        starts_on=TUESDAY,
        ends_on=None,
        start_time=time(14),
        end_time=time(15),
        slot_minutes=None,
    )
    terms = (await read_terms(platform, [structure]))[structure]
    told = await preview_starts(platform, opening, terms)
    assert [(one.starts_at.astimezone(PARIS).day, one.why) for one in told] == [
        (2, ""),
        (9, "appointment"),
        (16, ""),
        (23, ""),
    ]
