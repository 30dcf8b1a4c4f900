"""What a turn would do, said before it is done; checks before a plugin is on; many structures at once; rules of the region."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.contracts.events import AppointmentBooked
from core.contracts.surfaces import PLACES
from core.errors import NotFound, Refused
from core.extension import events
from core.extension.board import KINDS
from core.network.feature_pages.sight import place_words
from core.network.switches import checking, turning, words
from core.network.switches.foresight import foresee
from core.network.switches.turning import Turn, Untested
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
    signed_in,
)

PAGE = "/reseau/fonctionnalites"
COMING = datetime(2027, 2, 9, 9, tzinfo=UTC)


@pytest.fixture
async def place(canary_platform):
    """A structure where the canary and its follower are on, with slots and an appointment on the canary's channel."""
    platform = canary_platform
    structure = await make_structure(platform.db, "Info Jeunes Essai", slug="essai")
    advisor = await make_advisor(platform.db, structure, role="manager")
    site = await make_site(platform.db, structure)
    await make_opening(
        platform.db, advisor, structure, site=site, channels=["phone", "canary:channel"]
    )
    await switched(platform, "canary", structure, "on")
    await switched(platform, "follower", structure, "on")
    await platform.services.refresh_slots([advisor])
    appointment = await make_appointment(
        platform.db, advisor, structure, COMING, channel="canary:channel"
    )
    snapshot = await platform.plugins.fresh()
    return SimpleNamespace(
        id=structure,
        ref=snapshot.structures[structure],
        advisor=advisor,
        account=await account_of(platform.db, advisor),
        appointment=appointment,
    )


@pytest.fixture
async def coordinator(canary_platform, client):
    account = await make_account(canary_platform.db, region_role="coordinator", name="Romane")
    return await signed_in(canary_platform, client, account)


async def switched(platform, plugin, structure, state):
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ($1, $2, $3, now())"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state",
        plugin,
        structure,
        state,
    )
    return await platform.plugins.fresh()


async def delegated(platform, plugin, policy="available"):
    await platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy, delegated) VALUES ($1, $2, true)",
        plugin,
        policy,
    )
    return await platform.plugins.fresh()


async def post(client, path, **fields):
    return await client.post(path, data={"_csrf_token": await form_token(client), **fields})


def plain(answer):
    """The text of an answer, its unbreakable spaces as any other."""
    return answer.text.replace("\u00a0", " ")


async def ask(platform, ref, switch, plugin="canary"):
    snapshot = await platform.plugins.fresh()
    change = turning.to_switch(Turn(switch=switch))
    return await foresee(platform, snapshot, plugin, [ref], change)


# Foresight


async def test_what_falls_with_a_plugin_and_what_people_lose_is_counted(canary_platform, place):
    found = await ask(canary_platform, place.ref, "off")
    (effect,) = found.effects
    assert effect.shift.off == ("canary", "follower")
    # 14:00 is busy by the canary's own word; 15:00 and 16:00 lose a channel; the canary's own hour vanishes.
    assert (effect.vanishing, effect.narrowed) == (1, 2)
    assert effect.appointments == 1
    assert effect.unread == 1
    kinds = {surface.kind for surface in found.lost}
    assert kinds >= {"jobs", "nav_items", "exporters", "notice_carriers", "interview_channels"}
    assert await canary_platform.db.fetch_value("SELECT count(*) FROM audit") == 0


async def test_the_foresight_is_what_happens(canary_platform, place, coordinator_user):
    async def slots():
        return await canary_platform.db.fetch_value("SELECT count(*) FROM slot")

    before, found = await slots(), await ask(canary_platform, place.ref, "off")
    await turning.turn(canary_platform, coordinator_user, "canary", [place.ref], Turn(switch="off"))
    # What its busy hours hid comes back, what it offered is gone.
    assert await slots() == before - found.total("vanishing") + 1
    snapshot = await canary_platform.plugins.fresh()
    assert {one for one in ("canary", "follower") if not snapshot.is_on(one, place.id)} == {
        *found.effects[0].shift.off
    }


async def test_a_turn_that_changes_nothing_says_so(canary_platform, place):
    await switched(canary_platform, "canary", place.id, "off")
    found = await ask(canary_platform, place.ref, "unset", "follower")
    assert found.effects == []
    assert [ref.slug for ref in found.still] == ["essai"]
    on = await ask(canary_platform, place.ref, "on", "canary")
    assert on.effects[0].shift.on == ("canary", "follower")


async def test_the_page_tells_who_follows_and_waits_for_a_confirmation(
    canary_platform, place, coordinator
):
    asked = await post(coordinator, PAGE, turn="canary:essai:off")
    assert asked.status_code == 200
    for told in (
        "Suiveur s’arrête.",
        "1 créneau disparaît",
        "2 créneaux ne proposeront plus ce canal",
        "1 rendez-vous déjà pris garde son canal",
        "Les heures occupées ailleurs de 1 conseiller·ère",
        "1 export",
    ):
        assert told in asked.text
    assert (await canary_platform.plugins.fresh()).is_on("canary", place.id)
    done = await post(
        coordinator, PAGE, turn="canary:essai:off", confirmed="true", reason="Il dort."
    )
    assert done.status_code == 303
    page = plain(await coordinator.get(f"{PAGE}/canary/essai"))
    assert "Raison donnée : « Il dort. »" in page
    assert "par Romane" in page
    follower = plain(await coordinator.get(f"{PAGE}/follower/essai"))
    assert "Elle a besoin de « Canari », qui n’est pas activée ici." in follower


async def test_an_appointment_keeps_its_channel_after_it_was_switched_off(
    canary_platform, place, coordinator_user
):
    """Draining: what was booked is still prepared by the channel that it was booked on."""
    platform = canary_platform
    await turning.turn(platform, coordinator_user, "canary", [place.ref], Turn(switch="off"))
    event = AppointmentBooked(
        structure_id=place.id, at=platform.clock.now(), appointment_id=place.appointment
    )
    async with platform.db.atomic():
        await events.emit(platform, event)
    while await events.deliver_due(platform):
        pass
    kept = await platform.db.fetch_one(
        "SELECT channel, meeting, status FROM appointment WHERE id = $1", place.appointment
    )
    assert (kept["channel"], kept["status"]) == ("canary:channel", "booked")
    assert kept["meeting"]["instructions"] == "Sifflez."


# Checks before a plugin is on


async def with_seed(platform, seed):
    await platform.db.execute(
        "INSERT INTO plugin_settings (plugin, \"values\", version, changed_at) VALUES ('canary', $1, 2, now())",
        {"seed": seed},
    )
    return await platform.plugins.fresh()


@pytest.mark.parametrize("seed", ["bad", "late", "broken"])
async def test_a_failed_check_warns_and_only_the_coordination_overrules_it_with_a_word(
    canary_platform, place, client, seed, monkeypatch
):
    monkeypatch.setattr(checking, "SECONDS", 0.1)
    platform = canary_platform
    await with_seed(platform, seed)
    await switched(platform, "canary", place.id, "off")
    await delegated(platform, "canary")
    await signed_in(platform, client, place.account)
    insisting = {"confirmed": "true", "insists": "true", "reason": "Je le veux."}
    refused = await post(client, PAGE, turn="canary:essai:on", **insisting)
    assert refused.status_code == 422
    assert "demandez à la coordination" in refused.text
    romane = await make_account(platform.db, region_role="coordinator")
    await signed_in(platform, client, romane)
    warned = await post(client, PAGE, turn="canary:essai:on", confirmed="true")
    assert warned.status_code == 422
    assert "L’activer quand même" in warned.text
    wordless = await post(client, PAGE, turn="canary:essai:on", confirmed="true", insists="true")
    assert wordless.status_code == 422
    assert not (await platform.plugins.fresh()).is_on("canary", place.id)
    assert (await post(client, PAGE, turn="canary:essai:on", **insisting)).status_code == 303
    assert (await platform.plugins.fresh()).is_on("canary", place.id)
    detail = await platform.db.fetch_value("SELECT detail FROM audit ORDER BY id DESC LIMIT 1")
    assert detail["reason"] == "Je le veux."
    assert detail["overruled"]


async def test_switching_off_and_what_is_not_switched_on_are_never_checked(
    canary_platform, place, coordinator_user
):
    await with_seed(canary_platform, "bad")
    await turning.turn(canary_platform, coordinator_user, "canary", [place.ref], Turn(switch="off"))
    await turning.turn(
        canary_platform, coordinator_user, "follower", [place.ref], Turn(switch="off")
    )
    with pytest.raises(Untested):
        await turning.turn(
            canary_platform, coordinator_user, "canary", [place.ref], Turn(switch="on")
        )


# Many at once


@pytest.fixture
async def three(canary_platform):
    """Three more structures, without anybody."""
    names = ["Un", "=DEUX()", "Trois"]
    ids = [
        await make_structure(canary_platform.db, name, slug=f"s{number}", department="87")
        for number, name in enumerate(names)
    ]
    snapshot = await canary_platform.plugins.fresh()
    return [snapshot.structures[one] for one in ids]


def mark_of(text):
    return text.split('name="seen" value="')[1].split('"')[0]


async def test_many_structures_are_shown_what_changes_then_turned_together(
    canary_platform, place, three, coordinator
):
    path = f"{PAGE}/-/lot"
    form = {"plugin_id": "canary", "switch": "on", "structures": ["essai", "s0", "s1"]}
    shown = await post(coordinator, path, **form)
    assert "Activer dans 3 structures ?" in plain(shown)
    assert "Rien ne change dans 1 structure" in shown.text
    assert await canary_platform.db.fetch_value("SELECT count(*) FROM audit") == 0
    stale = await post(coordinator, path, **form, seen="another")
    assert stale.status_code == 200
    assert await canary_platform.db.fetch_value("SELECT count(*) FROM audit") == 0
    done = await post(coordinator, path, **form, seen=mark_of(shown.text), reason="Pour tous")
    assert done.status_code == 303
    snapshot = await canary_platform.plugins.fresh()
    assert [snapshot.is_on("canary", ref.id) for ref in three] == [True, True, False]
    rows = await canary_platform.db.fetch("SELECT structure, detail FROM audit ORDER BY id")
    assert {row["structure"] for row in rows} == {place.id, three[0].id, three[1].id}
    assert {row["detail"]["reason"] for row in rows} == {"Pour tous"}


async def test_everything_that_is_shown_may_be_turned_at_once(
    canary_platform, place, three, coordinator
):
    path = f"{PAGE}/-/lot"
    form = {
        "plugin_id": "canary",
        "switch": "on",
        "shown": [ref.slug for ref in three],
        "everyone": "true",
    }
    shown = await post(coordinator, path, **form)
    await post(coordinator, path, **form, seen=mark_of(shown.text))
    snapshot = await canary_platform.plugins.fresh()
    assert all(snapshot.is_on("canary", ref.id) for ref in three)
    nothing = await post(coordinator, path, plugin_id="canary", switch="on")
    assert nothing.status_code == 303


async def test_one_structure_that_is_not_theirs_leaves_all_as_it_was(
    canary_platform, place, three, client
):
    await delegated(canary_platform, "canary")
    await signed_in(canary_platform, client, place.account)
    form = {"plugin_id": "canary", "switch": "off", "structures": ["essai", "s0"]}
    assert (await post(client, f"{PAGE}/-/lot", **form)).status_code == 404
    assert (await canary_platform.plugins.fresh()).is_on("canary", place.id)


async def test_a_fault_in_the_middle_turns_nothing(
    canary_platform, place, three, coordinator_user, monkeypatch
):
    async def fail(*_):
        raise RuntimeError("the slots cannot be computed")

    monkeypatch.setattr("core.network.switches.reprojection.agenda.refresh_turned", fail)
    with pytest.raises(RuntimeError):
        await turning.turn(
            canary_platform, coordinator_user, "canary", [place.ref, *three], Turn(switch="off")
        )
    assert (await canary_platform.plugins.fresh()).is_on("canary", place.id)
    assert await canary_platform.db.fetch_value("SELECT count(*) FROM audit") == 0


# The region's rule


async def test_a_rule_shows_what_it_would_do_before_it_is_set(
    canary_platform, place, three, coordinator
):
    path = f"{PAGE}/canary/-/regle"
    shown = await post(coordinator, path, policy="forbidden")
    assert "Suiveur s’arrête." in shown.text
    assert (await canary_platform.plugins.fresh()).is_on("canary", place.id)
    done = await post(
        coordinator, path, policy="forbidden", seen=mark_of(shown.text), reason="Il siffle faux."
    )
    assert done.status_code == 303
    snapshot = await canary_platform.plugins.fresh()
    assert not snapshot.on_somewhere("canary")
    assert snapshot.activity[place.id]["canary"].why == "forbidden"
    history = plain(await coordinator.get(f"{PAGE}/-/historique"))
    assert "Canari : règle de la région « interdite »" in history
    assert "Il siffle faux." in history


async def test_a_rule_is_over_the_deployments_and_delegation_gives_the_switch_away(
    canary_platform, place, client, coordinator_user
):
    platform, manager = canary_platform, place.account
    await turning.set_policy(
        platform, coordinator_user, "stats_export", "available", is_delegated=True, wish=Turn(switch="unset")
    )  # fmt: skip
    assert not (await platform.plugins.fresh()).is_on("stats_export", place.id)
    await signed_in(platform, client, manager)
    page = await client.get("/reseau/essai/fonctionnalites")
    assert "La région la laisse au choix" in page.text
    assert f"{PAGE}/stats_export/essai" in page.text
    assert (await post(client, PAGE, turn="stats_export:essai:on")).status_code == 303
    assert (await platform.plugins.fresh()).is_on("stats_export", place.id)
    refused = await post(client, f"{PAGE}/stats_export/-/regle", policy="mandatory")
    assert refused.status_code == 404


async def test_who_does_not_coordinate_sets_no_rule(canary_platform, place):
    account = await make_account(canary_platform.db)
    await join(canary_platform.db, account, place.id, role="manager")
    user = SimpleNamespace(is_coordination=False, account_id=account)
    await delegated(canary_platform, "canary")
    with pytest.raises(NotFound):
        await turning.set_policy(
            canary_platform, user, "canary", "mandatory", is_delegated=True, wish=Turn(switch="unset")
        )  # fmt: skip


async def test_a_locked_switch_is_refused_to_everyone(canary_platform, place, coordinator_user):
    await canary_platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('canary', 'mandatory')"
    )
    with pytest.raises(Refused):
        await turning.turn(
            canary_platform, coordinator_user, "canary", [place.ref], Turn(switch="off")
        )


# The table


async def test_the_table_is_filtered_and_leaves_as_a_file(
    canary_platform, place, three, coordinator
):
    async def rows(**filters):
        text = (await coordinator.get(PAGE, params=filters)).text
        return [slug for slug in ("essai", "s0", "s1", "s2") if f'id="{slug}"' in text]

    await switched(canary_platform, "canary", place.id, "off")
    assert await rows() == ["essai", "s0", "s1", "s2"]
    assert await rows(q="info JEUNES") == ["essai"]
    assert await rows(departement="87") == ["s0", "s1", "s2"]
    assert await rows(fonctionnalite="follower", etat="wrong") == ["essai"]
    assert await rows(fonctionnalite="canary", etat="on") == []
    assert await rows(ecarts="true") == ["essai"]
    file = await coordinator.get(f"{PAGE}/-/export.csv", params={"fonctionnalite": "canary"})
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 5
    assert any(line.startswith("'=DEUX();87;Canari;désactivée") for line in lines)
    history = await coordinator.get(f"{PAGE}/-/historique.csv")
    assert history.content.decode("utf-8-sig").startswith("Quand;Qui;Quoi")


async def test_the_table_asks_the_database_as_often_for_many_as_for_few(
    canary_platform, place, coordinator, monkeypatch
):
    asked = []
    fetch = canary_platform.db.fetch

    async def counting(sql, *args):
        asked.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(canary_platform.db, "fetch", counting)
    pages = (PAGE, f"{PAGE}/canary", f"{PAGE}/canary/essai", "/reseau/essai/fonctionnalites", "/reseau/essai/apercu")  # fmt: skip

    async def count():
        found = []
        for path in pages:
            await coordinator.get(path)
            asked.clear()
            assert (await coordinator.get(path)).status_code == 200
            found.append(len(asked))
        return found

    few = await count()
    for number in range(30):
        await make_structure(canary_platform.db, f"Autre {number}")
    assert await count() == few
    assert max(few) <= 8


async def test_a_manager_sees_their_structure_and_nobody_elses(
    canary_platform, place, three, client
):
    await delegated(canary_platform, "canary")
    await signed_in(canary_platform, client, place.account)
    for path in ("/reseau/s0/fonctionnalites", "/reseau/s0/apercu", f"{PAGE}/canary/s0", f"{PAGE}/-/historique?structure=s0"):  # fmt: skip
        assert (await client.get(path)).status_code == 404
    text = (await client.get(f"{PAGE}/canary")).text
    assert "Info Jeunes Essai" in text
    assert "Trois" not in text
    assert (await client.get(f"{PAGE}/visio_jitsi/essai")).status_code == 404
    sight = (await client.get("/reseau/essai/apercu")).text
    assert "Canari manager" in sight
    assert "Canari advisor" in sight


async def test_the_page_of_a_structure_tells_health_too(canary_platform, place, coordinator):
    text = plain(await coordinator.get("/reseau/essai/fonctionnalites"))
    assert "Santé : va bien." in text


def test_whatever_may_be_registered_has_words_for_who_reads_of_it():
    assert {*words.surface_words()} == set(KINDS) - {"personal_data", "sealed_columns"}
    assert {*place_words()} == set(PLACES)
