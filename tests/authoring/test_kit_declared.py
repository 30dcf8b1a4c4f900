"""The contracts of what is declared rather than asked: texts, settings, sealed columns, menu entries, permissions."""

import inspect
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

import hookspecs
from core.authoring.rules.contracts import CONTRACTS
from core.testing import contracts
from hookspecs import (
    Health,
    MessageTemplate,
    NavItem,
    Permission,
    Preview,
    Refused,
    Sample,
    SealedColumn,
    SettingsSpec,
    Written,
)
from tests.authoring.breaking import broken

Words = Annotated[str, Meta(title="Mot")]
Number = Annotated[int, Meta(title="Nombre", ge=1)]


def test_every_hook_has_a_contract():
    hooks = {name for name in vars(hookspecs) if name.startswith("register_")}
    assert {f"register_{kind}" for kind in CONTRACTS} == hooks
    for names in CONTRACTS.values():
        for name in names:
            promises = inspect.getmembers(getattr(contracts, name), inspect.isfunction)
            assert any(one.startswith("test_") for one, _ in promises), name


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    word: Words = ""

    def __post_init__(self):
        if self.word:
            raise Refused("", field="word")


class Astray(msgspec.Struct, frozen=True, kw_only=True):
    word: Words = ""

    def __post_init__(self):
        if self.word:
            raise Refused("Non.", field="world")


class Loose(msgspec.Struct, kw_only=True):
    word: Words = ""


def fail(version, values):
    raise KeyError("word")


async def shrug(context):
    return [Health(name="Serveur", state="failing")]


@pytest.mark.parametrize(
    ("spec", "promise", "words"),
    [
        (SettingsSpec(struct=Loose), "test_it_works_before_anyone_sets_it", "frozen=True"),
        (
            SettingsSpec(struct=msgspec.defstruct("W", [("n", Number, 0)], frozen=True)),
            "test_it_works_before_anyone_sets_it",
            "its own defaults are refused",
        ),
        (
            SettingsSpec(struct=msgspec.defstruct("W", [("n", int, 0)], frozen=True)),
            "test_its_form_is_read_as_it_was_drawn",
            "n: Meta(title=N_",
        ),
        (
            SettingsSpec(struct=Silent),
            "test_what_does_not_fit_is_told_at_its_field",
            "refused without a word",
        ),
        (
            SettingsSpec(struct=Astray),
            "test_what_does_not_fit_is_told_at_its_field",
            "'world', which is no field",
        ),
        (
            SettingsSpec(struct=Loose, version=3),
            "test_what_an_older_version_kept_is_carried_over",
            "values that version 2 kept",
        ),
        (
            SettingsSpec(struct=Loose, version=2, migrate=fail),
            "test_what_an_older_version_kept_is_carried_over",
            "is not carried over",
        ),
        (
            SettingsSpec(struct=Loose, version=2),
            "test_what_an_older_version_kept_is_carried_over",
            "'other': 'unknown setting'",
        ),
        (
            SettingsSpec(
                struct=msgspec.defstruct("W", [("n", Number, 1)], frozen=True), secrets=("n",)
            ),
            "test_secrets_are_masked_and_come_back",
            "which must be text",
        ),
        (
            SettingsSpec(struct=Silent, check_settings=shrug),
            "test_trying_them_says_what_to_mend",
            "how is it mended?",
        ),
    ],
)
async def test_settings(platform, two_structures, spec, promise, words):
    is_unmoved = spec.version == 2 and spec.migrate is None
    kept = {"older": {1: {"other" if is_unmoved else "word": "un"}}}
    contract = type("Older", (contracts.SettingsContract,), kept)
    await broken(
        contract, lambda: spec, promise, words, platform=platform, two_structures=two_structures
    )


def text(**changes):
    values = {
        "key": "wrong:text",
        "kind": "confirmation",
        "audience": "youth",
        "carrier": "Pigeon",
        "sources": {"fr": Written(body="Bonjour {{ jeune }}.")},
        "variables": {"jeune": "Le prénom."},
        "samples": lambda _: [Sample(label="Un cas", values={"jeune": "Alix"})],
        "preview": lambda _context, _sample, written: Preview(text=written.body),
    }
    return [MessageTemplate(**{**values, **changes})]


SAYS, LEAVES, SHOWS, HAS = (
    "test_it_says_what_it_is",
    "test_its_own_text_may_leave",
    "test_whatever_is_written_can_be_previewed",
    "test_every_example_has_every_variable",
)


@pytest.mark.parametrize(
    ("change", "promise", "words"),
    [
        ({"sources": {"en": Written(body="Hello.")}}, SAYS, "French comes first"),
        ({"audience": "cat"}, SAYS, "'cat' is nobody"),
        ({"kind": "song"}, SAYS, "no words for the kind 'song'"),
        ({"variables": {"jeune": ""}}, SAYS, "is not explained"),
        ({"needs": ("lien",)}, SAYS, "which is no variable"),
        ({"has_subject": True}, LEAVES, "has_subject"),
        ({"sources": {"fr": Written(body="{{ jeun }}")}}, LEAVES, "Vouliez-vous écrire"),
        ({"needs": ("jeune",), "sources": {"fr": Written(body="Oui.")}}, LEAVES, "Il manque"),
        ({"samples": lambda _: []}, HAS, "an example at least"),
        ({"samples": lambda _: [Sample(label="Un", values={})]}, HAS, "no value for ['jeune']"),
        ({"samples": lambda _: ["Alix"]}, HAS, "samples answered something else"),
        ({"preview": lambda *_: Preview(text="")}, SHOWS, "the preview is empty"),
        ({"preview": lambda *_: "Bonjour"}, SHOWS, "preview answered something else"),
    ],
)
async def test_message_templates(two_structures, change, promise, words):
    await broken(
        contracts.MessageTemplateContract,
        lambda: text(**change),
        promise,
        words,
        two_structures=two_structures,
    )


def column(**changes):
    values = {"table": "private_note", "column": "sealed", "purpose": "private note"}
    return [SealedColumn(**{**values, **changes})]


class Clear(contracts.SealedColumnContract):
    async def keep(self, platform, place):
        await note(platform, place, "en clair")


class Sealed(contracts.SealedColumnContract):
    async def keep(self, platform, place):
        await note(platform, place, platform.keys.seal("private note", "bien gardé"))


async def note(platform, place, kept):
    await platform.db.execute(
        "WITH y AS (INSERT INTO youth (id, name, email, phone, consent_version, consented_at)"
        " VALUES (gen_random_uuid(), 'Alix', '', '', 'essai', now()) RETURNING id), a AS ("
        " INSERT INTO appointment (id, youth, advisor, structure, channel, starts_at, ends_at, created_at)"
        " SELECT gen_random_uuid(), y.id, $1, $2, 'phone', now(), now() + interval '1 hour', now() FROM y"
        " RETURNING id) INSERT INTO private_note (appointment, advisor, sealed, written_at)"
        " SELECT id, $1, $3, now() FROM a",
        place.advisor_ids[0],
        place.structure.id,
        kept,
    )


IS, OPENS = (
    "test_it_names_a_column_that_there_is",
    "test_what_was_kept_opens_after_the_keys_changed",
)


@pytest.mark.parametrize(
    ("contract", "change", "promise", "words"),
    [
        (Sealed, {"table": "nowhere"}, IS, "no table nowhere"),
        (Sealed, {"column": "written_at"}, IS, "no text column"),
        (Sealed, {"purpose": "note:{whose}"}, IS, "has no {'whose'}"),
        (contracts.SealedColumnContract, {}, OPENS, "write `async def keep"),
        (Clear, {}, OPENS, "kept in clear"),
        (Sealed, {"purpose": "another"}, OPENS, "is the purpose the one of seal()?"),
    ],
)
async def test_sealed_columns(platform, two_structures, contract, change, promise, words):
    await broken(
        contract,
        lambda: column(**change),
        promise,
        words,
        platform=platform,
        two_structures=two_structures,
    )


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (NavItem(label="Une entrée de menu bien trop longue", path="/p/wrong/"), "30 letters"),
        (NavItem(label="Carte", path="/carte"), "begin with /p/<plugin>/"),
        (NavItem(label="Carte", path="/p/wrong/{place}"), "an address that one can follow"),
    ],
)
async def test_menu_entries(item, words):
    promise = "test_it_is_short_and_leads_to_a_page_of_its_own_plugin"
    await broken(contracts.NavItemContract, lambda: [item], promise, words)


async def test_a_menu_entry_that_leads_nowhere(platform, two_structures, client):
    await broken(
        contracts.NavItemContract,
        lambda: NavItem(label="Carte", path="/p/calendar_ical/carte", access="advisor"),
        "test_who_sees_it_may_follow_it_where_the_plugin_is_on",
        "answers 404: advisor",
        platform=platform,
        two_structures=two_structures,
        client=client,
    )


async def test_a_permission_that_nothing_asks_for(board):
    await broken(
        contracts.PermissionContract,
        lambda: [Permission(key="wrong:sing", label="Chanter")],
        "test_it_says_what_it_lets_people_do_and_something_asks_for_it",
        "no RouteSet asks for it",
        board=board,
    )


async def test_a_list_that_is_empty_holds_nothing(board):
    await broken(
        contracts.PermissionContract,
        list,
        "test_it_says_what_it_lets_people_do_and_something_asks_for_it",
        "gives nothing to hold",
        board=board,
    )


async def test_a_page_that_writes_when_it_is_read(monkeypatch, platform, two_structures, client):
    read = client.get

    async def write(path, **options):
        await platform.db.execute(
            "INSERT INTO calendar_caldav_account (advisor, server, username, password, calendars, calendar, due_at,"
            " leased_until, succeeded_at) VALUES ($1, '', '', '', '[]', '', now(), now(), now()) ON CONFLICT DO NOTHING",
            two_structures.here.advisor_ids[0],
        )
        return await read(path, **options)

    monkeypatch.setattr(client, "get", write)
    contract = type("Of", (contracts.PluginContract,), {"plugin_id": "calendar_caldav"})
    await broken(
        contract,
        object,
        "test_reading_its_pages_changes_nothing",
        "a page that is read writes",
        platform=platform,
        two_structures=two_structures,
        client=client,
    )
