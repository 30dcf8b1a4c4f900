"""The forms of settings: what is inherited, what is typed, what is secret, and what an older version left."""

import re

import pytest

from core.extension.plugin_settings import SEALED
from core.testing.factories import (
    form_token,
    join,
    make_account,
    make_structure,
    signed_in,
)

REGION = "/reseau/fonctionnalites/canary/-/reglages"
HERE = "/reseau/fonctionnalites/canary/essai/reglages"
TYPED = {
    "greeting": "cui",
    "story": "",
    "volume": "5",
    "pitch": "1",
    "limit": "",
    "mood": "calm",
    "song": "high",
    "awake": "true",
    "friends": "merle",
    "notes": "",
    "seed": "",
    "feather": "#ffcc00",
    "nap": "20",
    "nap-unit": "minutes",
    "tongue": "fr",
}


@pytest.fixture
async def structure(canary_platform):
    structure = await make_structure(canary_platform.db, "Info Jeunes Essai", slug="essai")
    await canary_platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('canary', 'default_on')"
    )
    await canary_platform.plugins.fresh()
    return structure


@pytest.fixture
async def coordinator(canary_platform, structure, client):
    account = await make_account(canary_platform.db, region_role="coordinator", name="Romane")
    return await signed_in(canary_platform, client, account)


def plain(answer):
    """What one reads, its unbreakable spaces as any other."""
    return " ".join(re.sub("<[^>]+>", "", answer.text).replace("\u00a0", " ").split())


async def send(client, path, **changes):
    """The form as it would be sent from the page, with these changes."""
    page = await client.get(path)
    seen = re.search(r'name="_seen" value="(\w+)"', page.text)[1]
    form = {"_csrf_token": await form_token(client), "_seen": seen, **TYPED, **changes}
    return await client.post(path, data=form)


async def kept(platform, structure=None):
    row = await platform.db.fetch_one(
        "SELECT \"values\", version FROM plugin_settings WHERE plugin = 'canary' AND structure IS NOT DISTINCT FROM $1",
        structure,
    )
    return dict(row["values"]) if row else None


async def in_force(platform, structure):
    snapshot = await platform.plugins.fresh()
    return snapshot.settings_of("canary", structure), snapshot.activity[structure]["canary"]


async def test_a_structure_keeps_only_what_differs_and_the_rest_follows_the_region(
    canary_platform, coordinator, structure
):
    assert (await send(coordinator, REGION, greeting="tchip", volume="7")).status_code == 303
    assert await kept(canary_platform) == {"greeting": "tchip", "volume": 7}
    page = plain(await coordinator.get(HERE))
    assert "Hérité : tchip." in page
    saved = await send(coordinator, HERE, greeting="tchip", volume="3")
    assert saved.status_code == 303
    assert await kept(canary_platform, structure) == {"volume": 3}
    page = plain(await coordinator.get(HERE))
    assert "Propre à cette structure. Région : 7." in page
    assert "Revenir à la valeur héritée" in page
    await send(coordinator, REGION, greeting="piou", volume="7")
    settings, _activity = await in_force(canary_platform, structure)
    assert (settings.greeting, settings.volume) == ("piou", 3)


async def test_a_field_goes_back_to_what_it_inherits_without_losing_what_was_typed(
    canary_platform, coordinator, structure
):
    await send(coordinator, HERE, volume="3", greeting="tchip")
    back = await send(coordinator, HERE, volume="3", greeting="encore", _inherit="volume")
    assert back.status_code == 200
    assert 'value="encore"' in back.text
    assert 'name="_inherited" value="volume"' in back.text
    assert await kept(canary_platform, structure) == {"volume": 3, "greeting": "tchip"}
    await send(coordinator, HERE, volume="5", greeting="encore", _inherited="volume")
    assert await kept(canary_platform, structure) == {"greeting": "encore"}
    await send(coordinator, HERE)
    assert await kept(canary_platform, structure) is None


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("volume", "douze", "Écrivez un nombre, en chiffres."),
        ("volume", "12", "Écrivez un nombre entre 1 et 11."),
        ("volume", "2,5", "Écrivez un nombre entier, sans virgule."),
        ("volume", "", "Ce champ ne peut pas rester vide."),
        ("volume", "9", "Un canari calme ne crie pas."),
        ("pitch", "0", "Écrivez un nombre au-dessus de 0, 2 au plus."),
        ("greeting", "c" * 41, "40 caractères au plus, il y en a 41."),
        ("mood", "grumpy", "Choisissez parmi les réponses proposées."),
        ("seasons", "winter", "Choisissez parmi les réponses proposées."),
        ("feather", "jaune", "Écrivez une couleur comme #0b3342."),
        ("notes", "sans deux points", "écrivez un nom, deux-points, puis une valeur."),
        ("nap", "-3", "Une durée ne peut pas être négative."),
        ("nap", "1e300", "Cette durée ne convient pas."),
    ],
)
async def test_a_fault_is_said_in_french_beside_its_field_and_what_was_typed_stays(
    canary_platform, coordinator, field, typed, words
):
    answer = await send(coordinator, REGION, **{field: typed, "story": "Il était une fois"})
    assert answer.status_code == 422
    assert words in plain(answer)
    assert f'id="f-{field}-error"' in answer.text
    assert "Il était une fois" in answer.text
    assert field in ("seasons", "mood") or typed in answer.text
    assert await kept(canary_platform) is None


async def test_every_kind_of_field_is_read(canary_platform, coordinator, structure):
    answer = await send(
        coordinator, REGION, story="Deux\r\nlignes", limit="40", song="low", awake="", friends="merle\r\npie",
        seasons=["spring"], notes="clé: valeur", feather="#00ff00", nap="2", **{"nap-unit": "hours", "tongue": "oc"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert await kept(canary_platform) == {
        "story": "Deux\nlignes",
        "limit": 40,
        "song": "low",
        "awake": False,
        "friends": ["merle", "pie"],
        "seasons": ["spring"],
        "notes": {"clé": "valeur"},
        "feather": "#00ff00",
        "nap": "PT7200S",
        "tongue": "oc",
    }
    page = plain(await coordinator.get(HERE))
    for words in ("Hérité : 2 heures.", "Hérité : merle, pie.", "Hérité : occitan.", "calme"):
        assert words in page


# Secrets


async def test_a_secret_is_sealed_kept_when_left_empty_and_never_in_a_page(
    canary_platform, coordinator, structure
):
    await send(coordinator, REGION, seed="tournesol")
    stored = await kept(canary_platform)
    assert stored["seed"].keys() == {SEALED}
    assert "tournesol" not in str(stored)
    await send(coordinator, REGION, volume="6")
    settings, _activity = await in_force(canary_platform, structure)
    assert (settings.seed, settings.volume) == ("tournesol", 6)
    for path in (REGION, HERE, "/reseau/fonctionnalites/-/historique", "/-/plugins.json"):
        assert "tournesol" not in (await coordinator.get(path)).text
    assert "Hérité : enregistré." in plain(await coordinator.get(HERE))
    trace = await canary_platform.db.fetch("SELECT detail FROM audit")
    assert "tournesol" not in str([row["detail"] for row in trace])
    await send(coordinator, REGION, volume="6", _inherited="seed")
    assert await kept(canary_platform) == {"volume": 6}


async def test_a_secret_that_was_typed_survives_a_fault_and_a_try_sealed(
    canary_platform, coordinator, structure
):
    tried = await send(coordinator, REGION, seed="tournesol", _do="test")
    assert tried.status_code == 200
    assert "Graine, va bien : 9 lettres" in plain(tried)
    assert "tournesol" not in tried.text
    draft = re.search(r'name="seed-draft" value="([^"]+)"', tried.text)[1]
    assert await kept(canary_platform) is None
    saved = await send(coordinator, REGION, **{"seed-draft": draft})
    assert saved.status_code == 303
    assert (await in_force(canary_platform, structure))[0].seed == "tournesol"
    foreign = await send(coordinator, HERE, **{"seed-draft": draft})
    assert foreign.status_code == 303
    assert await kept(canary_platform, structure) is None


@pytest.mark.parametrize(
    ("seed", "words"), [("bad", "Graine, en panne : 3 lettres Changez-la."), ("broken", "no seed")]
)
async def test_the_settings_that_are_typed_are_tried_before_they_are_saved(
    canary_platform, coordinator, seed, words
):
    answer = await send(coordinator, REGION, seed=seed, _do="test")
    assert words in plain(answer)
    assert await kept(canary_platform) is None


# Who, and when


async def test_two_people_at_once_do_not_overwrite_each_other_nor_lose_what_they_typed(
    canary_platform, coordinator
):
    form = {"_csrf_token": await form_token(coordinator), "_seen": "0" * 32, **TYPED}
    answer = await coordinator.post(REGION, data={**form, "greeting": "piou", "seed": "mil"})
    assert answer.status_code == 422
    assert "viennent de changer ailleurs" in plain(answer)
    assert 'value="piou"' in answer.text
    assert await kept(canary_platform) is None
    again = {
        name: re.search(f'name="{name}" value="([^"]+)"', answer.text)[1]
        for name in ("_seen", "seed-draft")
    }
    await coordinator.post(REGION, data={**form, "greeting": "piou", **again})
    assert {*await kept(canary_platform)} == {"greeting", "seed"}


async def test_a_manager_changes_what_was_delegated_for_their_structure_alone(
    canary_platform, client, structure
):
    account = await make_account(canary_platform.db)
    await join(canary_platform.db, account, structure, role="manager")
    await signed_in(canary_platform, client, account)
    assert (await client.get(HERE)).status_code == 404
    await canary_platform.db.execute("UPDATE plugin_policy SET delegated = true")
    await canary_platform.plugins.fresh()
    assert (await send(client, HERE, volume="2")).status_code == 303
    assert await kept(canary_platform, structure) == {"volume": 2}
    assert (await client.get(REGION)).status_code == 404


async def test_settings_that_break_a_structure_are_told(canary_platform, coordinator, structure):
    await send(coordinator, HERE, volume="8")
    await send(coordinator, REGION, mood="lively")
    await send(coordinator, HERE, volume="11", mood="lively")
    answer = await send(coordinator, REGION)
    assert answer.status_code == 303
    page = plain(await coordinator.get(answer.headers["location"]))
    assert "Ils ne conviennent pas avec ceux de 1 structure : Info Jeunes Essai." in page
    _settings, activity = await in_force(canary_platform, structure)
    assert activity.why == "misconfigured"
    assert "Un canari calme ne crie pas." in plain(await coordinator.get(HERE))


# Versions


async def store(platform, values, version):
    await platform.db.execute(
        "INSERT INTO plugin_settings (plugin, \"values\", version, changed_at) VALUES ('canary', $1, $2, now())",
        values,
        version,
    )


async def test_values_of_an_older_version_are_migrated_when_read_and_saved_in_the_new_one(
    canary_platform, coordinator, structure
):
    await store(canary_platform, {"loudness": 70}, 1)
    settings, activity = await in_force(canary_platform, structure)
    assert (settings.volume, activity.on) == (7, True)
    assert 'value="7"' in (await coordinator.get(REGION)).text
    await send(coordinator, REGION, volume="7", greeting="tchip")
    assert await kept(canary_platform) == {"volume": 7, "greeting": "tchip"}
    assert await canary_platform.db.fetch_value("SELECT version FROM plugin_settings") == 2


@pytest.mark.parametrize(
    ("values", "version"),
    [
        ({"loudness": "fort"}, 1),
        ({"volume": 4}, 3),
        ({"unheard": True}, 2),
        ({"volume": [1]}, 2),
        ({"seed": {SEALED: "never ours"}}, 2),
        ({"volume": 11}, 2),
    ],
)
async def test_what_cannot_be_read_is_misconfigured_there_and_mended_in_the_form(
    canary_platform, coordinator, structure, values, version
):
    await store(canary_platform, values, version)
    _settings, activity = await in_force(canary_platform, structure)
    assert (activity.on, activity.why) == (False, "misconfigured")
    page = await coordinator.get(REGION)
    assert page.status_code == 200
    assert "réponse est à revoir" in plain(page)
    mended = await send(coordinator, REGION, volume="3")
    assert mended.status_code == 303, plain(mended)
    _settings, activity = await in_force(canary_platform, structure)
    assert activity.on


async def test_a_plugin_of_the_region_has_settings_and_no_switch(
    canary_platform, coordinator, structure
):
    features = "/reseau/fonctionnalites"
    assert "Nid" not in (await coordinator.get(features)).text
    for path in (f"{features}/nest", f"{features}/nest/essai", f"{features}/nest/essai/reglages"):
        assert (await coordinator.get(path)).status_code == 404
    assert f"{features}/nest/-/reglages" in (await coordinator.get("/-/plugins")).text
    page = await coordinator.get(f"{features}/nest/-/reglages")
    seen = re.search(r'name="_seen" value="(\w+)"', page.text)[1]
    form = {"_csrf_token": await form_token(coordinator), "_seen": seen, "eggs": "5"}
    assert (await coordinator.post(f"{features}/nest/-/reglages", data=form)).status_code == 303
    assert (await canary_platform.plugins.fresh()).settings_of("nest", None).eggs == 5
