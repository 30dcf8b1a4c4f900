"""The day itself in a real browser: who arrives shows on the advisor's screen, and the devices are tried."""

import re
from datetime import timedelta

import pytest

from core.booking.links import appointment_path
from core.keys import load_key
from core.settings import load_settings
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_walk import sign_in

pytestmark = pytest.mark.browser
ADVISOR = "lou@demo.example"


class _Keys:
    """As much of a platform as a link needs."""

    def __init__(self, folder):
        self.keys = load_key(load_settings(environment={"SOMOBILITE_DATA_DIR": str(folder)}))


@pytest.fixture
async def expected(demonstration, sql):
    """A video interview of the demonstration's advisor in ten minutes: (its id, its link)."""
    row = await sql.fetchrow(
        "SELECT a.id, a.link_version FROM appointment a JOIN advisor v ON v.id = a.advisor JOIN account c ON c.id = v.account"
        " WHERE c.email = $1 AND a.status = 'booked' AND a.starts_at > now() + interval '3 days'"
        " ORDER BY a.starts_at DESC LIMIT 1",
        ADVISOR,
    )
    await sql.execute(
        "UPDATE appointment SET status = 'cancelled_by_structure' WHERE id <> $1 AND status = 'booked'"
        " AND advisor = (SELECT advisor FROM appointment WHERE id = $1) AND starts_at < now() + interval '2 hours'"
        " AND ends_at > now()",
        row["id"],
    )
    await sql.execute(
        "UPDATE appointment SET channel = 'video', site = NULL, starts_at = now() + $2::interval,"
        " ends_at = now() + $3::interval, meeting = $4 WHERE id = $1",
        row["id"],
        timedelta(minutes=10),
        timedelta(minutes=70),
        '{"url": "https://visio.example/salle", "opens_minutes_before": 15}',
    )
    return row["id"], appointment_path(_Keys(demonstration.folder), row["id"], row["link_version"])


async def test_who_arrives_shows_on_the_advisors_open_page(visitors, expected):
    appointment, link = expected
    advisor = await visitors(DESK)
    await sign_in(advisor, ADVISOR)
    await advisor.go("/agenda")
    mark = advisor.page.locator(f"[data-live='arrivee-{appointment}']")
    assert (await mark.inner_text()).strip() == ""
    youth = await visitors(PHONE)
    await youth.go(f"{link}/rejoindre")
    await youth.snap("50-jour-meme")
    await youth.page.get_by_role("button", name="Je suis prêt·e").click()
    await youth.page.get_by_text("sait que vous êtes là").wait_for()
    await mark.get_by_text("Arrivé·e").wait_for()
    assert await advisor.page.title() == "(1) Aujourd’hui · So Mobilité"
    spoken = advisor.page.locator("p.sr-only[role=status]")
    assert "est là" in await spoken.inner_text()
    await advisor.snap("51-arrivee")
    await advisor.page.set_viewport_size(PHONE)
    await advisor.snap("51-arrivee-telephone")


async def test_camera_and_microphone_are_tried_and_a_refusal_is_explained(visitors, expected):
    _, link = expected
    youth = await visitors(PHONE)
    page = youth.page
    await youth.go(f"{link}/rejoindre")
    start = page.get_by_role("button", name="Essayer ma caméra et mon micro")
    await start.click()
    await page.get_by_text("Nous vous entendons").wait_for()
    assert await page.evaluate("document.querySelector('[data-camera]').videoWidth") > 0
    await youth.snap("52-essai")
    await page.get_by_role("button", name="Écouter trois notes").click()
    await page.get_by_role("button", name="Arrêter l’essai").click()
    assert await page.evaluate("document.querySelector('[data-camera]').srcObject") is None
    for fault, said in (
        ("NotAllowedError", "n’a pas le droit"),
        ("NotFoundError", "n’ont été trouvés"),
        ("NotReadableError", "une autre application"),
    ):
        await page.evaluate(
            "name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }",
            fault,
        )
        await start.click()
        await page.get_by_role("status").filter(has_text=re.compile(said)).wait_for()
    assert await page.get_by_text("l’entretien peut se faire par téléphone").is_visible()


async def test_abroad_the_hour_there_stands_beside(visitors, expected):
    _, link = expected
    here = await visitors(PHONE, timezone_id="Europe/Madrid")
    await here.go(link)
    assert await here.page.locator("[data-local-hour]").is_hidden()
    there = await visitors(PHONE, timezone_id="America/Martinique")
    await there.go(link)
    assert "chez vous (Martinique)" in await there.page.locator("[data-local-hour]").inner_text()
