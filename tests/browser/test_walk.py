"""The walk of the README, step by step, in a real browser: a youth, an advisor, the youth again, the coordination."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from core.demo.accounts import DEMO_PASSWORD
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

NAME = "Noa (démo) Marcheur"


async def sign_in(visitor, email):
    await visitor.go("/connexion")
    await visitor.page.fill("[name=email]", email)
    await visitor.page.fill("[name=password]", DEMO_PASSWORD)
    await visitor.page.click("main form:has([name=password]) button[type=submit]")
    await visitor.page.wait_for_url(re.compile("/(agenda|reseau)"))


async def choose_commune(page, name):
    """Types as one does, and takes the first proposal."""
    await page.locator(f"[name={name}]").press_sequentially("Pessac")
    await page.locator("[role=option]", has_text="Pessac").first.click()


async def book(visitor, *, channel="video", birth_date="2005-06-15"):
    """From the home page to the confirmation; returns the stable link's path."""
    page = visitor.page
    await visitor.go("/")
    await visitor.snap("01-accueil")
    await choose_commune(page, "ou")
    await page.check(f"[name=canal][value={channel}]")
    await page.click("form[action='/recherche'] button")
    assert await visitor.heading() == "Près de Pessac"
    await visitor.snap("02-recherche")
    await page.locator("a[href^='/creneaux/']").first.click()
    await visitor.snap("03-semaine")
    await page.locator("button.ticket").first.click()
    await page.wait_for_url(re.compile("/reserver/"))
    await visitor.snap("04-formulaire")
    await page.fill("[name=name]", NAME)
    await page.fill("[name=email]", "noa@demo.example")
    await page.fill("[name=birth_date]", birth_date)
    await choose_commune(page, "commune")
    await page.fill("[name=wish]", "Partir en service volontaire, en Espagne si possible.")
    await page.check("[name=consent]")
    await page.locator(
        "main form:has([name=consent]) button[type=submit], main form:has([name=consent]) button"
    ).last.click()
    return page


async def another_tab_and_no_network(advisor):
    """Another tab writes, then the network goes while this one does: both are kept, field by field."""
    desk = advisor.page
    saved = re.compile("Enregistré")
    tab = await desk.context.new_page()
    await tab.goto(desk.url)
    await tab.fill("[name=leisure]", "Écrit dans l’autre onglet")
    await tab.locator("[data-state]").filter(has_text=saved).wait_for()
    await tab.close()
    await desk.context.set_offline(True)
    await desk.fill("[name=notes]", "Écrit sans réseau")
    await desk.locator("[data-state]").filter(has_text="Hors ligne").wait_for()
    await advisor.snap("22-hors-ligne")
    await desk.context.set_offline(False)
    await desk.locator("[data-state]").filter(has_text=re.compile("Renvoyé.*Enregistré")).wait_for()
    assert await desk.input_value("[name=leisure]") == "Écrit dans l’autre onglet"
    advisor.complaints[:] = [
        said for said in advisor.complaints if "ERR_INTERNET_DISCONNECTED" not in said
    ]


async def test_the_walk(visitors, sql, plain):
    youth = await visitors(PHONE)
    page = youth.page

    # 36 on the day: refused beside the field, and nothing typed is lost.
    await book(youth, birth_date="1980-01-01")
    await youth.snap("05-trop-age")
    assert await page.locator("#f-birth_date-error").count() == 1
    assert await page.input_value("[name=name]") == NAME
    await page.fill("[name=birth_date]", "2005-06-15")
    await page.check("[name=consent]")
    await page.locator("main form:has([name=consent]) button").last.click()
    await page.wait_for_url(re.compile("/rdv/"))
    await youth.snap("06-confirmation")
    link = page.url.split("?")[0]
    row = await sql.fetchrow(
        "SELECT a.* FROM appointment a JOIN youth y ON y.id = a.youth WHERE y.name = $1", NAME
    )
    assert row["status"] == "booked"
    assert row["channel"] == "video"

    # The calendar file, and the e-mail in the outbox page.
    calendar = (await plain.get(link + "/calendrier.ics")).text
    assert f"UID:{row['id']}@so-mobilite" in calendar
    mail = await visitors(DESK)
    for _ in range(40):
        await mail.go("/-/mail")
        if "noa@demo.example" in await mail.page.inner_text("main"):
            break
        await mail.page.wait_for_timeout(250)
    await mail.snap("07-messages")
    assert "noa@demo.example" in await mail.page.inner_text("main")

    # By the stable link: prepare, change channel, move.
    await youth.go(link + "/preparer")
    await youth.snap("08-preparer")
    await page.locator("main form button").last.click()
    await page.fill("[name=passions]", "la rando et la photo")
    await youth.snap("09-preparer-suite")
    await page.locator("main form button").last.click()
    await page.wait_for_url(re.compile("etape=3"))
    await page.check("[name=duration][value='?']")
    await youth.snap("09-preparer-fin")
    await page.locator("main form button").last.click()
    await page.wait_for_url(re.compile("etape=4"))
    await youth.go(link + "/canal")
    await youth.snap("10-canal")
    await youth.go(link + "/deplacer")
    await youth.snap("11-deplacer")
    await page.locator("main .tickets a").first.click()
    await page.get_by_role("button", name="Confirmer ce moment").click()
    await page.wait_for_url(re.compile("/rdv/[^/]+$"))
    moved = await sql.fetchrow("SELECT * FROM appointment WHERE id = $1", row["id"])
    assert moved["starts_at"] != row["starts_at"]
    assert moved["sequence"] == 1

    # A look at the cancellation changes nothing.
    await youth.go(link + "/annuler")
    await youth.snap("12-annuler")
    status = await sql.fetchval("SELECT status FROM appointment WHERE id = $1", row["id"])
    assert status == "booked"
    await youth.go(link + "/feuille-de-route")
    await youth.snap("13-pas-encore")

    # The day has come: the appointment began a quarter of an hour ago.
    await sql.execute(  # whoever the demonstration has there just then makes room
        "UPDATE appointment SET status = 'cancelled_by_structure' WHERE advisor = (SELECT advisor FROM appointment WHERE id = $1)"
        " AND id <> $1 AND status <> 'cancelled_by_youth'"
        " AND tstzrange(starts_at, busy_until) && tstzrange(now() - interval '2 hours', now() + interval '2 hours')",
        row["id"],
    )
    await sql.execute(
        "UPDATE appointment SET starts_at = now() - $2::interval, ends_at = now() + $3::interval, created_at = now() - $4::interval"
        " WHERE id = $1",
        row["id"],
        timedelta(minutes=15),
        timedelta(minutes=45),
        timedelta(days=5),
    )
    await youth.go(link + "/rejoindre")
    await youth.snap("14-rejoindre")
    assert await page.locator("a[href*='://']").count() >= 1

    # The advisor's side.
    email = await sql.fetchval(
        "SELECT c.email FROM advisor a JOIN account c ON c.id = a.account WHERE a.id = $1",
        moved["advisor"],
    )
    advisor = await visitors(DESK)
    desk = advisor.page
    await sign_in(advisor, email)
    await advisor.snap("20-agenda")
    await advisor.go("/agenda/semaine")
    await advisor.snap("21-semaine")
    await advisor.go("/agenda")
    await desk.locator(f"a[href='/entretiens/{row['id']}']").first.click()
    assert NAME in await advisor.heading()
    assert "rando" in await desk.input_value("[name=passions]")
    await desk.check("[name=statuses][value=demandeur_emploi]")
    await desk.check("[name=domains][value=volontariat]")
    await desk.check("[name=zones][value=europe_ue]")
    await desk.locator("[data-state]").filter(has_text=re.compile("Enregistré")).wait_for()
    await advisor.snap("22-entretien")
    await another_tab_and_no_network(advisor)
    await desk.keyboard.press("Alt+k")
    await desk.locator("[data-piece=kept] [name^='word']").first.wait_for()
    await desk.fill("[name=advisor_word]", "Bravo pour ton envie, on commence par là.")
    await desk.locator("button[value='close:honoured']").click()
    await desk.locator("button[value='send']").wait_for()
    await desk.locator("button[value='send']").click()
    await desk.locator("button[value='send']").filter(has_text="nouveau").wait_for()
    await advisor.snap("23-cloture")
    status = await sql.fetchval("SELECT status FROM appointment WHERE id = $1", row["id"])
    assert status == "honoured"
    for name, path in (
        ("24-plages", "/plages"),
        ("25-absences", "/absences"),
        ("26-calendrier", "/p/calendar_ical/"),
    ):
        await advisor.go(path)
        await advisor.snap(name)

    # The roadmap, by the same link.
    await youth.go(link + "/feuille-de-route")
    await youth.snap("30-feuille-de-route")
    words = await page.inner_text("main")
    assert "Bravo pour ton envie" in words
    kept = await sql.fetchval(
        "SELECT count(*) FROM kept_programme WHERE appointment = $1 AND state = 'kept'", row["id"]
    )
    assert kept == 1

    # A box is ticked, a word written back; the advisor sees both and answers.
    await page.locator("button.task").first.click()
    await page.locator("button.task[aria-checked='true']").wait_for()
    await youth.snap("31-etape-cochee")
    await youth.go(link + "/ecrire")
    await page.fill("[name=words]", "Par quelle ferme commencer ?")
    await page.click("main form button")
    await page.get_by_text("vous répondra ici").wait_for()
    await youth.snap("32-ecrire")
    await advisor.go("/suivi")
    await advisor.snap("33-a-repondre")
    await advisor.go(f"/entretiens/{row['id']}/suivi")
    await desk.fill("[name=words]", "Par la plus proche de la mer.")
    await desk.get_by_role("button", name="Envoyer").click()
    await desk.get_by_text("Par la plus proche de la mer.").wait_for()
    await advisor.snap("34-suivi")
    assert await desk.locator(".ticks [data-done]").count() == 1
    await youth.go(link + "/ecrire")
    assert "la plus proche de la mer" in await page.inner_text("main")
    await youth.go(link + "/nouvelles")
    await page.locator("button[value=applied]").click()
    await page.locator("button[value=applied][aria-pressed='true']").wait_for()
    await youth.snap("35-nouvelles")

    # How it was, and the questions that follow it.
    await youth.go(link + "/avis")
    await page.locator("button.mood").first.click()
    await page.locator("[name=q_clear][value='4']").check()
    await page.get_by_role("button", name="Envoyer mes réponses").click()
    await page.get_by_text("vos réponses sont gardées, sans votre nom").wait_for()
    await youth.snap("36-questions")


async def test_the_coordination_switches_video_off_for_one_structure(visitors, sql):
    coordination = await visitors(DESK)
    page = coordination.page
    await sign_in(coordination, "romane@demo.example")
    await coordination.go("/reseau")
    await coordination.snap("40-reseau")
    await coordination.go("/reseau/fonctionnalites")
    await coordination.snap("41-fonctionnalites")
    structure = await sql.fetchrow(
        "SELECT st.id, st.slug FROM structure st WHERE EXISTS (SELECT FROM slot s WHERE s.structure = st.id"
        " AND 'video' = ANY(s.channels)) AND EXISTS (SELECT FROM appointment a WHERE a.structure = st.id"
        " AND a.channel = 'video' AND a.status = 'booked' AND a.starts_at > now()) ORDER BY st.slug LIMIT 1"
    )

    async def video_slots():
        return await sql.fetchval(
            "SELECT count(*) FROM slot WHERE structure = $1 AND 'video' = ANY(channels)",
            structure["id"],
        )

    async def video_appointments():
        return await sql.fetchval(
            "SELECT count(*) FROM appointment WHERE structure = $1 AND channel = 'video' AND status = 'booked'",
            structure["id"],
        )

    before = await video_appointments()
    assert await video_slots() > 0
    assert before > 0
    for turn, expected in (("off", False), ("on", True)):
        await coordination.go("/reseau/fonctionnalites")
        await page.locator(f"a[href$='/visio_jitsi/{structure['slug']}']").click()
        await coordination.snap(f"42-bascule-{turn}")
        await page.locator(f"button[value='visio_jitsi:{structure['slug']}:{turn}']").click()
        await page.wait_for_load_state()
        assert (await video_slots() > 0) is expected
        assert await video_appointments() == before
    for name, path in (
        ("43-fiches", "/fiches"),
        ("44-exports", "/exports"),
        ("45-messages", "/reseau/messages"),
        ("46-modules", "/-/plugins"),
    ):
        await coordination.go(path)
        await coordination.snap(name)
    await coordination.go("/exports")
    async with page.expect_download() as download:
        await (
            page.locator("main form button")
            .filter(has_text=re.compile("CSV|Télécharger"))
            .first.click()
        )
    text = Path(await (await download.value).path()).read_text("utf-8-sig")
    assert ";" in text.splitlines()[0]
    assert len(text.splitlines()) > 20
