"""The agenda under the hand: an hour is pointed at by mouse or by keys, and letters turn the pages."""

import re

import pytest

from tests.browser.conftest import DESK

pytestmark = pytest.mark.browser


async def test_an_hour_of_the_grid_leads_to_a_form_that_begins_with_it(visitors):
    visitor = await visitors(DESK)
    page = visitor.page
    await visitor.go("/connexion")
    await page.fill("[name=email]", "lou@demo.example")
    await page.fill("[name=password]", "bon-voyage-2027")
    await page.press("[name=password]", "Enter")
    await page.wait_for_url(re.compile("/agenda"))
    await visitor.go("/agenda/semaine?lundi=2030-02-04")  # far away: nothing is planned then
    cursor = page.locator(".week-cursor")
    assert await cursor.get_attribute("aria-label") == "Ajouter le lundi 4 février 2030 à 10:00"
    await cursor.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"):
        await page.keyboard.press(key)
    assert await cursor.get_attribute("aria-label") == "Ajouter le mardi 5 février 2030 à 10:30"
    await page.keyboard.press("Enter")
    await page.click("#ajouter a[data-to^='/absences']")
    assert page.url.endswith("/absences/nouvelle?jour=2030-02-05&debut=10%3A30")
    assert await page.input_value("[name=start_time]") == "10:30"
    await page.go_back()
    box = await page.locator(".week-events[data-day='2030-02-06']").bounding_box()
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 8 / 14 + 4)
    assert (
        await page.locator("#ajouter h2").inner_text()
        == "Ajouter le mercredi 6 février 2030 à 15:00"
    )
    await page.keyboard.press("Escape")
    await page.keyboard.press("m")
    await page.wait_for_url(re.compile("/agenda/mois.jour=2030-02-04"))
    await page.keyboard.press("n")
    await page.wait_for_url(re.compile("/agenda/mois.jour=2030-03-01"))
    await visitor.snap("agenda-mois")
