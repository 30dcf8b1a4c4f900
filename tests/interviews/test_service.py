"""The file: prefilled, saved under a revision, open to few, closed once."""

from datetime import date

import pytest

from core.contracts.matching import LanguageSkill, Profile, Project
from core.errors import Conflict, NotFound, Refused
from core.interviews import choices, kept, service
from core.interviews.kept import Words
from core.interviews.preparation import prepare
from core.interviews.roadmap import send_roadmap
from core.interviews.service import Draft, StaleFile
from core.testing.factories import account_of, make_account, make_advisor, make_structure
from tests.interviews.conftest import TUESDAY, user_of_account

IRELAND = Draft(
    profile=Profile(
        birth_date=date(2006, 5, 31),
        department="33",
        region="nouvelle_aquitaine",
        statuses=("demandeur_emploi",),
        languages=(LanguageSkill(code="en", level="B1"),),
        flags={"permis_b": False},
    ),
    project=Project(wish="Voir l’Irlande", domains=("volontariat",), zones=("europe_ue",)),
    notes="Timide au téléphone",
    advisor_word="Foncez !",
)


async def audits(platform, action):
    return await platform.db.fetch_value("SELECT count(*) FROM audit WHERE action = $1", action)


async def test_a_file_nobody_wrote_in_already_says_what_the_booking_told(platform, world):
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.profile == Profile(
        birth_date=date(2006, 5, 31), department="33", region="nouvelle_aquitaine"
    )
    assert interview.project.wish == "Voir l’Irlande"
    assert interview.revision == 0
    assert interview.from_youth == {"birth_date", "department", "region", "wish"}


async def test_what_is_saved_is_read_again_whole(platform, world):
    saved = await service.save(platform, world.user, world.appointment, 0, IRELAND)
    again = await service.open_interview(platform, world.user, world.appointment)
    assert saved.revision == again.revision == 1
    assert (again.profile, again.project) == (IRELAND.profile, IRELAND.project)
    assert (again.notes, again.advisor_word) == ("Timide au téléphone", "Foncez !")


async def test_a_stale_save_is_refused_and_writes_nothing(platform, world):
    await service.save(platform, world.user, world.appointment, 0, IRELAND)
    other = Draft(profile=Profile(), project=Project(), notes="une autre version")
    with pytest.raises(StaleFile):
        await service.save(platform, world.user, world.appointment, 0, other)
    now = await service.open_interview(platform, world.user, world.appointment)
    assert now.notes == "Timide au téléphone"
    assert now.revision == 1


async def test_the_same_save_sent_twice_is_one_save(platform, world):
    first = await service.save(platform, world.user, world.appointment, 0, IRELAND)
    second = await service.save(platform, world.user, world.appointment, 0, IRELAND)
    assert (first.revision, second.revision) == (1, 1)


async def test_a_manager_who_saves_between_makes_the_advisors_save_stale(platform, world):
    manager = await user_of_account(
        platform,
        await account_of(
            platform.db, await make_advisor(platform.db, world.structure, role="manager")
        ),
    )
    await service.save(platform, manager, world.appointment, 0, IRELAND)
    with pytest.raises(StaleFile):
        await service.save(
            platform, world.user, world.appointment, 0, Draft(profile=Profile(), project=Project())
        )


async def test_an_interview_is_another_s_for_colleagues_and_other_structures(platform, world):
    elsewhere = await make_structure(platform.db, "Autre structure")
    for advisor in (
        await make_advisor(platform.db, world.structure),
        await make_advisor(platform.db, elsewhere),
        await make_advisor(platform.db, elsewhere, role="manager"),
    ):
        user = await user_of_account(platform, await account_of(platform.db, advisor))
        with pytest.raises(NotFound):
            await service.open_interview(platform, user, world.appointment)
    assert await audits(platform, "interview.opened") == 0


async def test_the_coordination_reads_leaves_a_trace_and_cannot_write(platform, world):
    account = await make_account(platform.db, region_role="coordinator")
    user = await user_of_account(platform, account)
    interview = await service.open_interview(platform, user, world.appointment)
    assert not interview.may_write
    trace = await platform.db.fetch_one("SELECT * FROM audit WHERE action = 'interview.opened'")
    assert trace["account"] == account
    assert trace["object"] == str(world.appointment)
    assert trace["detail"] == {"may": "read"}
    with pytest.raises(Refused):
        await service.save(platform, user, world.appointment, 0, IRELAND)
    with pytest.raises(Refused):
        await choices.keep(platform, user, world.appointment, "ces-volontariat")


async def test_openings_within_the_hour_leave_one_trace(platform, world, clock):
    for minutes in (0, 59, 61):
        clock.set(TUESDAY.replace(hour=9 + minutes // 60, minute=minutes % 60))
        await service.open_interview(platform, world.user, world.appointment)
    assert await audits(platform, "interview.opened") == 2


async def test_a_kept_sheet_stores_version_verdict_and_strategy(platform, world):
    await service.save(platform, world.user, world.appointment, 0, IRELAND)
    await choices.keep(platform, world.user, world.appointment, "ces-volontariat")
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts)"
        " SELECT programme, 2, jsonb_set(jsonb_set(facts, '{version}', '2'), '{title_fr}', '\"Nouveau nom\"')"
        " FROM programme_version WHERE programme = 'ces-volontariat'"
    )
    await platform.db.execute("UPDATE programme SET version = 2 WHERE id = 'ces-volontariat'")
    (sheet,) = await kept.list_kept(platform, world.appointment)
    assert (sheet.version, sheet.state, sheet.position) == (1, "kept", 1)
    assert sheet.title != "Nouveau nom"
    assert sheet.verdict is not None
    assert sheet.verdict.programme_id == "ces-volontariat"
    strategy = await platform.db.fetch_value(
        "SELECT strategy FROM interview WHERE appointment = $1", world.appointment
    )
    assert sheet.strategy == strategy != ""


async def test_kept_sheets_keep_their_order_and_words(platform, world):
    await service.save(platform, world.user, world.appointment, 0, IRELAND)
    for sheet in ("ces-volontariat", "wwoof", "interrail"):
        await choices.keep(platform, world.user, world.appointment, sheet)
    await choices.shift(platform, world.user, world.appointment, "interrail", -1)
    await choices.shift(platform, world.user, world.appointment, "ces-volontariat", -1)
    words = {"wwoof": Words(word="Au vert", next_step="Choisir une ferme")}
    draft = Draft(profile=IRELAND.profile, project=IRELAND.project, words=words)
    await service.save(platform, world.user, world.appointment, 1, draft)
    sheets = await kept.list_kept(platform, world.appointment)
    assert [sheet.programme for sheet in sheets] == ["ces-volontariat", "interrail", "wwoof"]
    assert sheets[-1].words == words["wwoof"]


async def test_set_aside_then_undone_a_sheet_is_ranked_again(platform, world):
    await choices.set_aside(platform, world.user, world.appointment, "wwoof")
    (sheet,) = await kept.list_kept(platform, world.appointment)
    assert sheet.state == "set_aside"
    await choices.undo(platform, world.user, world.appointment, "wwoof")
    assert await kept.list_kept(platform, world.appointment) == []


async def test_a_sheet_that_a_hard_rule_excludes_cannot_be_kept(platform, world):
    grown_up = Draft(profile=Profile(birth_date=date(1992, 2, 1)), project=Project())
    await service.save(platform, world.user, world.appointment, 0, grown_up)
    with pytest.raises(Refused, match="règle"):
        await choices.keep(platform, world.user, world.appointment, "ces-volontariat")
    with pytest.raises(NotFound):
        await choices.keep(platform, world.user, world.appointment, "pas-une-fiche")


async def test_closing_tells_the_booking_and_the_plugins(platform, world, clock):
    clock.set(TUESDAY)
    await service.close(platform, world.user, world.appointment, "honoured")
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert (interview.status, interview.outcome) == ("honoured", "honoured")
    assert interview.closed_at == TUESDAY
    assert interview.project.wish == "Voir l’Irlande"
    events = await platform.db.fetch("SELECT payload FROM outbox_event")
    assert [event["payload"]["type"] for event in events] == ["interviewclosed"]


async def test_what_was_said_is_taken_back_until_the_roadmap_has_left(platform, world, clock):
    clock.set(TUESDAY)
    await service.close(platform, world.user, world.appointment, "no_show")
    for _ in range(2):
        await service.take_back(platform, world.user, world.appointment)
        interview = await service.read_interview(platform, world.appointment)
        assert (interview.status, interview.outcome, interview.closed_at) == ("booked", None, None)
    kinds = await platform.db.fetch("SELECT kind, sequence FROM appointment_change ORDER BY id")
    assert [tuple(row) for row in kinds] == [("closed", 0), ("reset", 0)]
    await service.save(platform, world.user, world.appointment, interview.revision, IRELAND)
    await service.close(platform, world.user, world.appointment, "honoured")
    await send_roadmap(platform, world.user, world.appointment)
    with pytest.raises(Refused, match="feuille de route est partie"):
        await service.take_back(platform, world.user, world.appointment)
    assert (await service.read_interview(platform, world.appointment)).outcome == "honoured"


async def test_a_cancelled_appointment_is_not_closed(platform, world):
    await platform.db.execute("UPDATE appointment SET status = 'cancelled_by_youth'")
    with pytest.raises(Conflict):
        await service.close(platform, world.user, world.appointment, "honoured")
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.outcome is None


async def test_a_youth_who_prepares_after_the_first_save_makes_an_open_screen_stale(
    platform, world
):
    await service.save(platform, world.user, world.appointment, 0, IRELAND)
    await prepare(platform, world.appointment, profile={"passions": "le surf"}, project={})
    with pytest.raises(StaleFile):
        await service.save(
            platform, world.user, world.appointment, 1, Draft(profile=Profile(), project=Project())
        )
    now = await service.open_interview(platform, world.user, world.appointment)
    assert now.profile.passions == "le surf"
    assert now.profile.statuses == ("demandeur_emploi",)
