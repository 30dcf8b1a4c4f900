"""Texts of messages: declared by their carriers, rewritten by the coordination, never in the way of a message."""

import re

import pytest
from msgspec.structs import replace

from core.app import build_platform
from core.contracts.messages import MessageTemplate, Preview, Written
from core.errors import Conflict, NotFound
from core.notices import readings, texts
from core.notices.checks import TextRefused, check
from core.notices.vocabulary import AUDIENCES
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_structure,
    signed_in,
)

KEY = "notifications_email:confirmation.youth"
PATH = f"/reseau/messages/modeles/{KEY}/fr"


@pytest.fixture
async def platform(settings, database, board, clock, _shared):
    """The platform with the bundled carriers: this module needs no other."""
    return build_platform(settings, database, clock=clock, board=board, templates=_shared.templates)


@pytest.fixture
async def coordinator(platform, client):
    await make_structure(platform.db)
    await platform.plugins.fresh()
    account = await make_account(platform.db, name="Romane", region_role="coordinator")
    return await signed_in(platform, client, account)


async def send(client, path=PATH, **fields):
    token = await form_token(client)
    return await client.post(path, data={"_csrf_token": token, "version": "0", **fields})


async def made_up(platform):
    """Every variable of the template, of an appointment that nobody has to confirm."""
    found = (await texts.read_text(platform, KEY, "fr")).template
    return {**dict.fromkeys(found.variables, "x"), "pris_par": ""}


def plain(answer) -> str:
    return answer.text.replace("\xa0", " ")


async def rewrite(platform, user, source, locale="fr"):
    await texts.save(platform, user, await texts.read_text(platform, KEY, locale), source)


class _User:
    account_id = None


# What carriers declare


async def test_every_default_of_every_carrier_can_leave_on_all_its_examples_in_each_language(
    platform,
):
    await make_structure(platform.db)
    kinds = set()
    for key, owned in platform.board.templates.items():
        for locale in ("fr", "en"):
            text = await texts.read_text(platform, key, locale)
            samples = await readings.samples_of(platform, text)
            assert samples, key
            check(text.template, text.source, samples)
            read = await readings.previews_of(platform, text, text.source, samples)
            assert len(read) == len(samples)
            for _label, preview in read:
                assert preview.text
                assert "{" not in preview.text
        kinds.add((owned.plugin_id, owned.item.kind, owned.item.audience))
    wanted = {(kind, audience) for kind, audiences in AUDIENCES.items() for audience in audiences}
    assert {(k, a) for plugin, k, a in kinds if plugin == "notifications_email"} == wanted


async def test_each_variable_is_explained_and_every_example_has_it(platform):
    for key in platform.board.templates:
        text = await texts.read_text(platform, key, "fr")
        for sample in await readings.samples_of(platform, text):
            assert text.template.variables.keys() <= sample.values.keys(), key
            assert all("\n" not in value for value in sample.values.values())


# Rewriting


async def test_the_coordination_rewrites_a_text_sees_it_and_the_next_message_says_it(
    platform, coordinator
):
    listed = await coordinator.get("/reseau/messages/modeles")
    assert f'href="{PATH}"' in listed.text
    shown = plain(await coordinator.get(PATH))
    assert "C’est noté : rendez-vous" in shown
    assert "Bonjour Alix Exemple" in shown
    assert shown.count('class="text-preview"') == 4
    looked = await send(
        coordinator, subject="RDV {{ jour }}", body="Salut {{ jeune }}", look="true"
    )
    assert looked.status_code == 200
    assert "Salut Alix Exemple" in looked.text
    assert await platform.db.fetch_value("SELECT count(*) FROM message_template") == 0
    saved = await send(
        coordinator, subject="RDV {{ jour }}", body="Salut {{ jeune }}\r\n\r\nÀ vite"
    )
    assert saved.status_code == 303
    again = plain(await coordinator.get(PATH))
    assert "réécrit" in again
    assert "Romane, lundi 25 janvier 2027 à 8 h" in again
    values = {"jeune": "Sacha", "jour": "mar. 2 févr."}
    written = await platform.services.write_message(KEY, values, locale="fr")
    assert written == Written(subject="RDV mar. 2 févr.", body="Salut Sacha\n\nÀ vite")
    english = await platform.services.write_message(
        KEY, {**await made_up(platform), **values}, locale="en"
    )
    assert english.subject.startswith("You are booked")
    audit = await platform.db.fetch_one("SELECT action, object, detail FROM audit")
    assert tuple(audit) == ("message_template.saved", KEY, {"locale": "fr", "version": 1})


async def test_a_text_that_cannot_leave_is_refused_with_its_line_and_nothing_typed_is_lost(
    platform, coordinator
):
    refused = await send(coordinator, subject="{{ jou }}", body="un\ndeux {{ jeune }\ntrois")
    assert refused.status_code == 422
    said = plain(refused)
    assert "Ligne 1 : « jou » n’est pas une variable de ce message" in said
    assert "Ligne 2 : Des accolades sont mal écrites" in said
    assert re.search(r"un\ndeux \{\{ jeune \}\ntrois</textarea>", said)
    empty = await send(coordinator, subject="x", body="{% if telephone == 'jamais' %}a{% endif %}")
    assert "Il ne reste rien à lire dans le cas « En personne »" in plain(empty)
    nonsense = await send(coordinator, subject="x", body="{{ heure < 3 }}")
    assert "ne comparez que des textes" in plain(nonsense)
    long = await send(coordinator, subject="x", body="a" * 4001)
    assert "4000 caractères au plus, il y en a 4001" in plain(long)
    missing = await send(coordinator, subject="", body="a")
    assert missing.status_code == 422
    assert await platform.db.fetch_value("SELECT count(*) FROM message_template") == 0


async def test_the_default_comes_back_and_every_version_stays(platform, coordinator, clock):
    await send(coordinator, subject="Un", body="premier")
    await send(coordinator, subject="Deux", body="second", version="1")
    assert "Rétablir le texte d’origine" in plain(await coordinator.get(PATH))
    restored = await send(coordinator, PATH + "/defaut")
    assert restored.status_code == 303
    shown = plain(await coordinator.get(PATH))
    assert "texte d’origine" in shown
    for kept in ("premier", "second", "Retour au texte d’origine", "3 versions"):
        assert kept in shown
    assert (await send(coordinator, PATH + "/defaut")).status_code == 303
    actions = [row["action"] for row in await platform.db.fetch("SELECT action FROM audit")]
    assert actions == ["message_template.saved"] * 2 + ["message_template.restored"]


async def test_two_at_once_do_not_overwrite_each_other_silently(platform, coordinator):
    await send(coordinator, subject="Le sien", body="écrit avant")
    late = await send(coordinator, subject="Le mien", body="écrit après")
    assert late.status_code == 422
    said = plain(late)
    assert "Quelqu’un d’autre a changé ce texte entre-temps" in said
    assert "écrit après</textarea>" in said
    assert "écrit avant" in said
    text = await texts.read_text(platform, KEY, "fr")
    assert text.source.body == "écrit avant"
    with pytest.raises(Conflict):
        await texts.restore(platform, _User(), replace(text, version=0))


async def test_the_same_text_again_makes_no_version(platform, coordinator):
    text = await texts.read_text(platform, KEY, "fr")
    await send(coordinator, subject=text.source.subject, body=text.source.body)
    assert await platform.db.fetch_value("SELECT count(*) FROM message_template") == 0


async def test_a_rewritten_text_that_can_be_used_no_more_gives_way_and_says_so(
    platform, coordinator
):
    """A carrier's new version may have lost a variable that an old text still names."""
    await platform.db.execute(
        "INSERT INTO message_template (template, locale, version, subject, body, created_at)"
        " VALUES ($1, 'fr', 1, '{{ disparue }}', 'Bonjour', now())",
        KEY,
    )
    values = await made_up(platform)
    written = await platform.services.write_message(KEY, values, locale="fr")
    assert written.subject.startswith("C’est noté")
    assert "ne peut plus partir tel quel" in plain(await coordinator.get(PATH))
    assert "à revoir" in plain(await coordinator.get("/reseau/messages/modeles"))


async def test_an_unknown_language_is_french_and_an_unknown_template_does_not_exist(
    platform, coordinator
):
    assert (await coordinator.get(PATH[:-2] + "de")).status_code == 404
    assert (await coordinator.get(PATH.replace("youth", "nobody"))).status_code == 404
    values = await made_up(platform)
    german = await platform.services.write_message(KEY, values, locale="de")
    assert german.subject.startswith("C’est noté")
    with pytest.raises(NotFound):
        await texts.read_text(platform, "nobody:nothing", "fr")


async def test_texts_are_for_the_coordination_and_only_of_what_is_on_somewhere(platform, client):
    structure = await make_structure(platform.db)
    await platform.plugins.fresh()
    assert (await client.get(PATH)).status_code == 303
    manager = await make_advisor(platform.db, structure, role="manager")
    await signed_in(platform, client, await account_of(platform.db, manager))
    for path in (PATH, "/reseau/messages/modeles"):
        assert (await client.get(path)).status_code == 404
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    sms = "/reseau/messages/modeles/notifications_sms:confirmation.youth/fr"
    assert "SMS" not in (await client.get("/reseau/messages/modeles")).text
    assert (await client.get(sms)).status_code == 404


async def test_a_carrier_that_fails_to_preview_leaves_the_page_standing(
    platform, coordinator, monkeypatch
):
    def broken(context, sample, written):
        raise ValueError("broken")

    owned = platform.board.templates[KEY]
    item = replace(owned.item, preview=broken, samples=broken)
    changed = {**platform.board.templates, KEY: replace(owned, item=item)}
    monkeypatch.setattr(type(platform.board), "templates", changed)
    shown = await coordinator.get(PATH)
    assert shown.status_code == 200
    assert "la fonctionnalité ne répond pas" in plain(shown)


def test_what_a_text_must_say_is_asked_for():
    template = MessageTemplate(
        key="essai:rien",
        kind="essai",
        audience="youth",
        carrier="Pigeon",
        sources={"fr": Written(body="x")},
        variables={"lien": "L’adresse", "limite": "L’heure"},
        samples=list,
        preview=Preview,
        needs=("lien", "limite"),
    )
    with pytest.raises(TextRefused) as refused:
        check(template, Written(body="a\nb {{ lien }}"), [])
    (fault,) = refused.value.parts["body"]
    assert fault.line == 2
    assert "{{ limite }}" in fault.message
    check(template, Written(body="{{ lien }} {{ limite }}"), [])
