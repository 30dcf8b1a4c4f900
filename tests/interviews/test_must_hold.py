"""What must hold at the edges: a sheet that changes during the hour, five hundred kept notes, every label in both languages."""

import re
import time

import msgspec
import pytest

from core.catalogue import service as catalogue
from core.catalogue import taxonomy
from core.interviews import choices, kept, service
from core.interviews.answers import labels
from core.interviews.kept import Words
from core.testing.factories import form_token, signed_in
from core.web.i18n import use_locale

SHEET = "ces-volontariat"


@pytest.fixture
async def advisor(platform, client, world):
    return await signed_in(platform, client, world.account)


async def edit(platform, programme_id):
    """A new version of a sheet, published while an interview is under way."""
    programme = await catalogue.read_programme(platform, programme_id)
    fresh = msgspec.structs.replace(programme, version=2, summary_fr="Tout autre chose.")
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts) VALUES ($1, 2, $2)",
        programme_id,
        fresh,
    )
    await platform.db.execute("UPDATE programme SET version = 2 WHERE id = $1", programme_id)


async def test_a_sheet_that_changes_during_the_hour_is_told_and_taken_only_when_asked(
    platform, client, advisor, world
):
    await choices.keep(platform, world.user, world.appointment, SHEET)
    await kept.write_words(platform, world.appointment, {SHEET: Words(word="Pour toi")})
    path = f"/entretiens/{world.appointment}"
    assert "mise à jour depuis" not in (await client.get(path)).text
    await edit(platform, SHEET)
    page = (await client.get(path)).text
    assert "Cette fiche a été mise à jour depuis" in page
    assert f"/fiches/{SHEET}?version=1" in page
    (sheet,) = await kept.list_kept(platform, world.appointment)
    assert (sheet.version, sheet.current) == (1, 2)
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]
    form = {
        "revision": revision,
        f"word_{SHEET}": "Pour toi",
        "action": f"keep:{SHEET}",
        "_csrf_token": await form_token(client),
    }
    assert (await client.post(path, data=form)).status_code == 303
    (sheet,) = await kept.list_kept(platform, world.appointment)
    assert (sheet.version, sheet.word) == (2, "Pour toi")
    assert "mise à jour depuis" not in (await client.get(path)).text
    old = await client.get(f"/fiches/{SHEET}?version=1")
    assert "Tout autre chose." not in old.text


async def test_five_hundred_kept_notes_are_one_page_and_one_save(platform, client, advisor, world):
    first = await catalogue.read_programme(platform, SHEET)
    await platform.db.execute(
        "INSERT INTO programme (id, version, status, title) SELECT 'banc-' || n, 1, 'published', 'Banc ' || n"
        " FROM generate_series(1, 500) n"
    )
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts)"
        " SELECT 'banc-' || n, 1, $1::jsonb || jsonb_build_object('id', 'banc-' || n, 'title_fr', 'Banc ' || n)"
        " FROM generate_series(1, 500) n",
        first,
    )
    file = await service.open_interview(platform, world.user, world.appointment)
    await service.start(platform, file)
    await platform.db.execute(
        "INSERT INTO kept_programme (appointment, programme, version, state, position, strategy, kept_at)"
        " SELECT $1, 'banc-' || n, 1, 'kept', n, 'core:earliest_first', now() FROM generate_series(1, 500) n",
        world.appointment,
    )
    path = f"/entretiens/{world.appointment}"
    started = time.perf_counter()
    page = await client.get(path)
    assert page.status_code == 200
    assert page.text.count("kept-sheet") == 500
    form = {f"word_banc-{n}": f"Mot {n}" for n in range(1, 501)}
    form |= {"revision": "0", "_csrf_token": await form_token(client)}
    saved = await client.post(path, data=form)
    assert saved.status_code == 303, saved.text[:500]
    assert time.perf_counter() - started < 20
    words = {
        sheet.programme: sheet.word for sheet in await kept.list_kept(platform, world.appointment)
    }
    assert words["banc-500"] == "Mot 500"


def test_every_field_and_every_value_has_a_name_in_both_languages():
    kinds = (
        "statuses",
        "diploma_levels",
        "cefr",
        "domains",
        "zones",
        "interests",
        "flags",
        "durations",
        "budget_bands",
    )
    for kind in kinds:
        for id_, entry in taxonomy.entries(kind).items():
            assert entry.label("fr"), (kind, id_)
            assert entry.label("en"), (kind, id_)
    with use_locale("fr"):
        french, countries = labels(), dict(taxonomy.countries())
    with use_locale("en"):
        english, abroad = labels(), dict(taxonomy.countries())
    assert set(french) == set(english)
    same = {"notes", "zones", "budget_eur", "passions", "statuses"}  # words of both languages
    assert {name for name in french if french[name] == english[name]} <= same
    assert set(countries) == set(abroad)
    assert (countries["DE"], abroad["DE"]) == ("Allemagne", "Germany")
