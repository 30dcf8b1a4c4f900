import asyncio
from datetime import date, timedelta

import pytest

from core.booking.holds import SlotTaken, read_hold, take_hold
from core.booking.judge import RulesRefused
from core.booking.search import list_starts
from core.booking.service import book
from core.contracts.notices import Delivery
from core.demand import serving
from core.demand.links import hold_token
from core.demand.service import LIFE, cancel, count_waiting, read, release_holds
from core.demand.serving import MOST_OFFERS
from core.testing.factories import make_advisor, make_slot
from plugins.notifications_email.carrier import EmailCarrier
from tests.booking.conftest import TUESDAY, applicant
from tests.demand.conftest import ask, turn

HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


async def open_slot(database, desk, at=TUESDAY, **values):
    await make_slot(database, desk.advisor, desk.structure, at, site=desk.site, **values)


async def mails(database):
    return await database.fetch(
        "SELECT recipient, subject, content FROM notifications_email_message WHERE kind = 'demand_offer'"
        " ORDER BY kept_at, id"
    )


async def free(platform, desk):
    return await list_starts(platform, desk.sought(), TUESDAY - DAY, TUESDAY + DAY)


async def held_for(platform, demand_id):
    offer = (await read(platform, demand_id)).offer
    return offer and await read_hold(platform, offer.path.removeprefix("/reserver/"))


async def test_b14_a_new_slot_is_kept_half_an_hour_for_who_waits_and_they_are_told_once(
    platform, database, bare, clock
):
    demand = await ask(platform)
    await turn(platform)
    assert await mails(database) == []
    await open_slot(database, bare)
    for _ in range(3):
        await turn(platform)
    (mail,) = await mails(database)
    assert mail["recipient"] == "alix@example.org"
    hold = await held_for(platform, demand)
    assert (hold.starts_at, hold.expires_at) == (TUESDAY, clock.now() + HALF_HOUR)
    assert await free(platform, bare) == []
    with pytest.raises(SlotTaken):
        await take_hold(platform, bare.sought(), TUESDAY)
    booked = await book(platform, hold, applicant())
    await turn(platform)
    assert booked.moved is False
    assert (await read(platform, demand)).state == "booked"
    assert len(await mails(database)) == 1


async def test_not_answered_the_slot_goes_to_the_next_and_never_back(
    platform, database, bare, clock
):
    first = await ask(platform)
    clock.advance(timedelta(seconds=1))
    second = await ask(platform, name="Sacha Essai", email="sacha@example.org")
    await open_slot(database, bare)
    await turn(platform)
    assert await held_for(platform, first)
    assert await held_for(platform, second) is None
    clock.advance(HALF_HOUR - timedelta(seconds=1))
    await turn(platform)
    assert await held_for(platform, second) is None
    clock.advance(timedelta(seconds=1))
    await turn(platform)
    assert await held_for(platform, first) is None
    assert await held_for(platform, second)
    clock.advance(HALF_HOUR)
    await turn(platform)
    assert [mail["recipient"] for mail in await mails(database)] == [
        "alix@example.org",
        "sacha@example.org",
    ]
    assert await free(platform, bare) == [TUESDAY]


async def test_two_slots_serve_two_people_in_order_of_arrival(platform, database, bare, clock):
    late = TUESDAY + timedelta(hours=1)
    first = await ask(platform)
    clock.advance(timedelta(seconds=1))
    second = await ask(platform, name="Sacha Essai", email="sacha@example.org")
    await open_slot(database, bare, late)
    await open_slot(database, bare)
    await turn(platform)
    assert (await held_for(platform, first)).starts_at == TUESDAY
    assert (await held_for(platform, second)).starts_at == late


async def test_two_advisors_free_at_one_start_serve_two_people(platform, database, bare, clock):
    other = await make_advisor(database, bare.structure)
    await open_slot(database, bare)
    await make_slot(database, other, bare.structure, TUESDAY, site=bare.site)
    demands = []
    for number in range(3):
        demands.append(
            await ask(platform, name=f"Essai {number}", email=f"essai{number}@example.org")
        )
        clock.advance(timedelta(seconds=1))
    await turn(platform)
    held = [await held_for(platform, demand) for demand in demands]
    assert {hold.advisor for hold in held if hold} == {bare.advisor, other}
    assert held[2] is None


async def test_a_new_demand_of_the_same_person_keeps_their_place(platform, database, bare, clock):
    first = await ask(platform, weekdays=(1,))
    clock.advance(timedelta(hours=1))
    await ask(platform, name="Sacha Essai", email="sacha@example.org")
    clock.advance(timedelta(hours=1))
    again = await ask(platform, name="ALIX ESSAÏ", email="Alix@example.org")
    await open_slot(database, bare)
    await turn(platform)
    assert (await read(platform, first)).state == "replaced"
    assert await held_for(platform, again)


async def test_who_withdraws_lets_the_slot_go_at_once(platform, database, bare):
    demand = await ask(platform)
    await open_slot(database, bare)
    await turn(platform)
    await cancel(platform, demand)
    await cancel(platform, demand)
    assert await free(platform, bare) == [TUESDAY]
    await turn(platform)
    assert (await read(platform, demand)).state == "cancelled"
    assert len(await mails(database)) == 1


async def test_who_books_elsewhere_waits_no_more_and_their_slot_is_free_again(
    platform, database, bare
):
    demand = await ask(platform)
    await open_slot(database, bare)
    await turn(platform)
    later = TUESDAY + timedelta(hours=2)
    await open_slot(database, bare, later)
    token = await take_hold(platform, bare.sought("phone"), later)
    await book(platform, await read_hold(platform, token), applicant(name="alix essaï"))
    await turn(platform)
    assert (await read(platform, demand)).state == "booked"
    assert await free(platform, bare) == [TUESDAY]


async def test_after_so_many_offers_without_an_answer_the_demand_is_closed(
    platform, database, bare, clock
):
    demand = await ask(platform)
    for number in range(MOST_OFFERS + 1):
        await open_slot(database, bare, TUESDAY + number * DAY)
    for _ in range(MOST_OFFERS + 1):
        await turn(platform)
        clock.advance(HALF_HOUR)
    await turn(platform)
    assert (await read(platform, demand)).state == "unanswered"
    assert len(await mails(database)) == MOST_OFFERS


async def test_nothing_is_offered_at_night(platform, database, bare, clock):
    await ask(platform)
    await open_slot(database, bare, TUESDAY + 5 * DAY)
    clock.advance(timedelta(hours=15))  # 23:00 in Paris
    await turn(platform)
    assert await mails(database) == []
    clock.advance(timedelta(hours=9))
    await turn(platform)
    assert len(await mails(database)) == 1


async def test_a_slot_within_the_lead_time_is_not_offered(platform, database, bare, clock):
    await ask(platform)
    await open_slot(database, bare, clock.now() + timedelta(hours=47))
    await turn(platform)
    assert await mails(database) == []


async def test_a_carrier_that_fails_is_asked_again_and_one_that_refuses_frees_the_slot(
    platform, database, bare, clock, monkeypatch
):
    answers = [OSError("the server is away"), Delivery(outcome="refused", detail="no such box")]

    async def send_offer(self, context, offer):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(EmailCarrier, "send_offer", send_offer)
    demand = await ask(platform)
    await open_slot(database, bare)
    await turn(platform)
    assert await held_for(platform, demand)
    clock.advance(timedelta(seconds=10))
    await turn(platform)
    assert await free(platform, bare) == [TUESDAY]
    assert await database.fetch_value("SELECT state FROM receipt") == "refused"


async def test_for_a_box_that_refuses_three_slots_a_day_are_kept_and_no_more(
    platform, database, bare, clock, monkeypatch
):
    async def send_offer(self, context, offer):
        return Delivery(outcome="refused", detail="no such box")

    monkeypatch.setattr(EmailCarrier, "send_offer", send_offer)
    await ask(platform)
    for number in range(6):
        await open_slot(database, bare, TUESDAY + number * DAY)
    for found in (3, 6):
        for _time in range(6):
            await turn(platform)
        assert await database.fetch_value("SELECT count(*) FROM demand_offer") == found
        clock.advance(DAY)


async def test_where_nobody_can_be_told_nothing_is_kept(platform, database, bare):
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('notifications_email', $1, 'off', now())",
        bare.structure,
    )
    await platform.plugins.fresh()
    await ask(platform)
    await open_slot(database, bare)
    await turn(platform)
    assert await free(platform, bare) == [TUESDAY]


async def test_two_workers_at_once_keep_one_slot_and_tell_once(platform, database, bare):
    await ask(platform)
    await open_slot(database, bare)
    await open_slot(database, bare, TUESDAY + timedelta(hours=1))
    await asyncio.gather(*(turn(platform) for _ in range(4)))
    assert len(await mails(database)) == 1
    assert len(await free(platform, bare)) == 1


async def test_a_demand_waits_half_a_year(platform, bare, clock):
    demand = await ask(platform)
    clock.advance(LIFE - timedelta(seconds=1))
    await turn(platform)
    assert await count_waiting(platform) == {"33": 1}
    clock.advance(timedelta(seconds=1))
    await turn(platform)
    assert (await read(platform, demand)).state == "lapsed"
    assert await count_waiting(platform) == {}


async def test_the_link_of_an_offer_is_the_same_each_time_it_is_made(platform, database, bare):
    demand = await ask(platform)
    await open_slot(database, bare)
    await turn(platform)
    offer_id = await database.fetch_value("SELECT id FROM demand_offer")
    assert (
        await read(platform, demand)
    ).offer.path == f"/reserver/{hold_token(platform, offer_id)}"
    await release_holds(platform, demand)
    assert (await read(platform, demand)).offer is None
    assert serving.KEPT == HALF_HOUR


async def test_b10_a_demand_for_one_site_goes_by_the_age_rule_of_its_structure(
    platform, database, bare
):
    forty = {"birth_date": date(1987, 1, 20)}
    await database.execute("UPDATE structure SET age_rule = 'flag'")
    with pytest.raises(RulesRefused):
        await ask(platform, reach="near", **forty)
    assert await ask(platform, reach="site", site=bare.site, **forty)
