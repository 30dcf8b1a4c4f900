"""A structure gives the plugin up, or takes it again: what is known of its advisors' calendars."""

from datetime import timedelta

from core.extension import events, reactions
from core.testing.factories import join, make_structure
from core.testing.plugin import MONDAY
from hookspecs import SlotQuery
from plugins.calendar_ical import polling
from plugins.calendar_ical.source import ExternalCalendars

from .conftest import LUNCH, ics, switch_off


async def tell(platform):
    await reactions.tell(platform)
    while await events.deliver_due(platform):
        pass


async def busy_of(region, advisor):
    query = SlotQuery(starts_at=MONDAY, ends_at=MONDAY + timedelta(days=90), advisor_ids=(advisor,))
    return await ExternalCalendars().list_busy(await region(), query)


async def test_off_hours_are_forgotten_and_on_they_are_read_before_anything_is_offered(
    platform, follow, region, structure, advisor, database
):
    await follow(ics(LUNCH))
    await tell(platform)
    await switch_off(database, structure)
    await tell(platform)
    assert await database.fetch_value("SELECT count(*) FROM calendar_ical_busy") == 0
    assert await database.fetch_value("SELECT count(*) FROM calendar_ical_feed") == 1

    await database.execute("DELETE FROM plugin_switch")
    await tell(platform)
    before = await busy_of(region, advisor)
    assert (before.busy, list(before.closed)) == ([], [advisor])
    assert before.closed[advisor].endswith("relu dans quelques minutes.")
    await polling.poll(await region())
    after = await busy_of(region, advisor)
    assert (len(after.busy), after.closed) == (1, {})


async def test_hours_stay_while_another_structure_needs_them(
    platform, follow, region, structure, advisor, database
):
    other = await make_structure(database, "Autre")
    account = await database.fetch_value("SELECT account FROM advisor WHERE id = $1", advisor)
    await join(database, account, other)
    await follow(ics(LUNCH))
    await tell(platform)
    await switch_off(database, structure)
    await tell(platform)
    found = await busy_of(region, advisor)
    assert (len(found.busy), found.closed) == (1, {})
