"""What was kept when an advisor could follow one calendar is kept now that they may follow several."""

from datetime import timedelta
from pathlib import Path

from core.testing.factories import make_site
from core.testing.plugin import MONDAY

MIGRATIONS = Path(__file__).parents[1] / "migrations"


async def run(database, *names):
    for name in names:
        await database.execute((MIGRATIONS / name).read_text("utf-8"))


async def test_a_calendar_its_hours_and_its_openings_survive_under_an_id(
    database, advisor, structure
):
    site = await make_site(database, structure)
    async with database.atomic():
        await database.execute("CREATE SCHEMA before")
        await database.execute("SET LOCAL search_path = before, public")
        await run(database, "0001_initial.sql", "0002_openings.sql")
        await database.execute(
            "INSERT INTO before.calendar_ical_feed (advisor, url, host, due_at, expanded_at, succeeded_at, word,"
            " structure, site, channels) VALUES ($1, 'sealed', 'agenda.example', $2, $2, $2, 'Permanence', $3, $4, '{phone}')",
            advisor,
            MONDAY,
            structure,
            site,
        )
        for table in ("busy", "open"):
            await database.execute(
                f"INSERT INTO before.calendar_ical_{table} VALUES ($1, $2, $3)",
                advisor,
                MONDAY,
                MONDAY + timedelta(hours=1),
            )
        await run(database, "0003_several.sql")
        feed = await database.fetch_one("SELECT * FROM before.calendar_ical_feed")
        assert (feed["name"], feed["url"], feed["word"]) == (
            "agenda.example",
            "sealed",
            "Permanence",
        )
        assert (feed["closes"], feed["is_titled"]) == (True, False)
        for table in ("busy", "open"):
            (row,) = await database.fetch(f"SELECT * FROM before.calendar_ical_{table}")
            assert (row["feed"], row["starts_at"], row["label"]) == (feed["id"], MONDAY, "")
        await database.execute("DELETE FROM before.calendar_ical_feed")
        assert await database.fetch_value("SELECT count(*) FROM before.calendar_ical_busy") == 0
        await database.execute("DROP SCHEMA before CASCADE")
