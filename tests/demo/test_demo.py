"""The demonstration is lively on any day, marked as invented, quick to load, and writes to nobody."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from core.accounts.passwords import verify_password
from core.demo.accounts import DEMO_PASSWORD, WALK_ADVISOR, demo_accounts
from core.demo.service import prepare
from core.notices import service as notices


@pytest.fixture
async def demo(platform):
    await prepare(platform, lambda _: None)
    return platform


async def count(platform, sql, *args):
    return await platform.db.fetch_value(f"SELECT count(*) FROM {sql}", *args)


async def test_it_loads_in_seconds_tells_what_it_does_and_loads_only_once(platform):
    told = []
    started = time.process_time()  # of ours alone, however busy the machine
    await prepare(platform, told.append)
    assert time.process_time() - started < 10
    assert len(told) >= 4
    before = await count(platform, "appointment")
    await prepare(platform, told.append)
    assert await count(platform, "appointment") == before


async def test_it_shows_a_network_with_each_situation_worth_seeing(demo):
    active = await count(demo, "structure WHERE status = 'active'")
    assert active >= 12
    assert await count(demo, "structure WHERE status <> 'draft' AND NOT is_confirmed") == 0
    assert (
        await count(
            demo, "site s JOIN structure t ON t.id = s.structure WHERE t.kind = 'crij_site'"
        )
        == 3
    )
    assert await count(demo, "structure WHERE status = 'active' AND kind = 'crij_site'") == 1
    assert await count(demo, "advisor") >= 24
    assert await count(demo, "advisor WHERE trained_on IS NULL") == 1
    assert await count(demo, "membership WHERE accepted_at IS NULL") == 1
    assert await count(demo, "account WHERE region_role IS NOT NULL") == 2
    unagreed = await count(
        demo,
        "structure s WHERE status = 'active' AND NOT EXISTS (SELECT FROM agreement a"
        " WHERE a.structure = s.id AND a.status = 'active' AND a.year = 2027)",
    )
    assert unagreed == 1
    departments = await count(
        demo, "(SELECT DISTINCT i.department FROM slot s JOIN site i ON i.id = s.site) found"
    )
    assert departments >= 10
    referred = "referral r JOIN appointment a ON a.id = r.appointment AND a.origin = 'referral'"
    assert await count(demo, f"{referred} WHERE agreed_at IS NULL") >= 3
    assert await count(demo, f"{referred} WHERE agreed_at IS NOT NULL") >= 3
    assert await count(demo, "appointment WHERE out_of_lead") >= 1


async def test_hundreds_of_appointments_lie_around_today_in_plausible_shares(demo):
    rows = await demo.db.fetch(
        "SELECT status, starts_at < $1 AS past FROM appointment", demo.clock.now()
    )
    past = Counter(row["status"] for row in rows if row["past"])
    coming = Counter(row["status"] for row in rows if not row["past"])
    assert past.total() > 300
    assert coming["booked"] > 60
    assert not {"honoured", "no_show"} & coming.keys()
    assert 0.6 < past["honoured"] / past.total() < 0.85
    assert past["no_show"] > 10
    assert past["cancelled_by_youth"] > past["cancelled_by_structure"] > 3
    channels = Counter(
        row["channel"] for row in await demo.db.fetch("SELECT channel FROM appointment")
    )
    assert min(channels.values()) > 40


async def test_closed_interviews_have_a_file_and_the_latest_a_roadmap_with_reasons(demo):
    closed = await count(demo, "appointment WHERE status IN ('honoured', 'no_show')")
    assert await count(demo, "interview WHERE outcome IS NOT NULL") == closed
    assert await count(demo, "interview WHERE roadmap_sent_at IS NOT NULL") >= 36
    kept = await demo.db.fetch("SELECT verdict, state FROM kept_programme")
    assert Counter(row["state"] for row in kept)["kept"] >= 72
    assert not any(row["verdict"]["excluded"] for row in kept)
    assert sum(bool(row["verdict"]["reasons"]) for row in kept) > len(kept) / 2
    assert (
        len(
            {
                row["programme"]
                for row in await demo.db.fetch("SELECT programme FROM kept_programme")
            }
        )
        > 20
    )


async def test_some_said_how_it_went_without_a_name(demo):
    held = await count(demo, "appointment WHERE status = 'honoured'")
    assert held / 4 < await count(demo, "appointment_feedback") < held / 2
    assert await count(demo, "appointment_feedback WHERE words <> ''") > 10
    assert await count(demo, "appointment_feedback WHERE mood >= 3") > await count(
        demo, "appointment_feedback WHERE mood < 3"
    )


async def test_last_monday_is_on_the_page_of_messages_and_left_for_nobody(demo):
    assert await count(demo, "receipt WHERE kind = 'week' AND revision = '2027-W03'") >= 20
    assert await count(demo, "receipt WHERE state = 'sent'") == 0


async def test_every_person_is_marked_as_invented(demo):
    assert await count(demo, "youth WHERE NOT is_demo OR name NOT LIKE '%(démo)'") == 0
    assert await count(demo, "youth WHERE email NOT LIKE '%@demo.example'") == 0
    assert await count(demo, "account WHERE NOT is_demo OR name NOT LIKE '% démo %'") == 0
    assert await count(demo, "account WHERE email NOT LIKE '%@demo.example'") == 0
    assert await count(demo, "advisor WHERE display_name NOT LIKE 'Conseill% démo %'") == 0
    assert await count(demo, "appointment WHERE NOT is_demo") == 0


async def test_nobody_is_written_to_about_what_was_made_up(demo):
    await notices.plan_all(demo)
    assert await count(demo, "receipt WHERE state = 'due'") == 0
    assert await notices.deliver_due(demo) == 0


async def test_one_account_of_each_role_is_shown_and_its_password_works(demo):
    accounts = await demo_accounts(demo)
    assert len({account.role for account in accounts}) == len(accounts) == 4
    for account in accounts:
        stored = await demo.db.fetch_value(
            "SELECT password_hash FROM account WHERE email = $1", account.email
        )
        assert await verify_password(stored, DEMO_PASSWORD)


async def test_without_a_demonstration_nobody_is_shown(platform):
    assert await demo_accounts(platform) == []


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2027, 1, 25, 7, tzinfo=UTC),  # a Monday morning
        datetime(2027, 1, 29, 16, tzinfo=UTC),  # a Friday evening
        datetime(2027, 2, 6, 9, tzinfo=UTC),  # a Saturday
        datetime(2027, 1, 31, 9, tzinfo=UTC),  # a Sunday
        datetime(2027, 5, 6, 8, tzinfo=UTC),  # Ascension
        datetime(2026, 12, 31, 22, 30, tzinfo=UTC),  # the last half hour of a year
    ],
)
async def test_on_any_day_the_advisor_of_the_walk_is_busy_today_and_may_be_booked_soon(
    platform, clock, moment
):
    clock.set(moment)
    await prepare(platform, lambda _: None)
    advisor = await platform.db.fetch_value(
        "SELECT a.id FROM advisor a JOIN account c ON c.id = a.account WHERE c.email = $1",
        WALK_ADVISOR,
    )
    local = moment.astimezone(platform.zone)
    midnight = local.replace(hour=0, minute=0)
    today = await count(
        platform,
        "appointment WHERE advisor = $1 AND starts_at >= $2 AND starts_at < $3"
        " AND status NOT LIKE 'cancelled%'",
        advisor,
        midnight,
        midnight + timedelta(days=1),
    )
    assert today >= 2
    soon = await count(
        platform,
        "slot WHERE advisor = $1 AND starts_at BETWEEN $2 AND $3 AND NOT EXISTS (SELECT FROM appointment p"
        " WHERE p.advisor = slot.advisor AND p.starts_at = slot.starts_at AND p.status = 'booked')",
        advisor,
        moment + timedelta(hours=48),
        moment + timedelta(days=9),
    )
    assert soon >= 3


async def test_after_the_interviews_boxes_are_ticked_words_wait_and_projects_are_told(demo):
    assert await count(demo, "roadmap_tick") >= 8
    assert await count(demo, "follow_up WHERE waiting_since IS NOT NULL") >= 4
    assert await count(demo, "follow_up_message WHERE author = 'staff' AND account IS NULL") == 0
    answers = await demo.db.fetch("SELECT DISTINCT answer FROM check_in")
    assert {row["answer"] for row in answers} == {"left", "applied", "changed", "help"}
    late = "check_in c JOIN appointment a ON a.id = c.appointment WHERE c.answered_at < a.ends_at"
    assert await count(demo, late) == 0
