import pytest

from core.notices import service
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_structure,
    signed_in,
)


@pytest.fixture
async def coordinator(platform, client):
    account = await make_account(platform.db, region_role="coordinator")
    return await signed_in(platform, client, account)


async def fail(platform, appointment, carrier) -> None:
    carrier.answer = OSError("le serveur dort")
    await service.plan(platform, appointment)
    await service.deliver_due(platform)


async def test_the_coordination_sees_what_did_not_arrive_and_has_it_tried_again(
    platform, coordinator, appointment, carrier
):
    assert "Tout est arrivé" in (await coordinator.get("/reseau/messages")).text
    await fail(platform, appointment, carrier)
    page = await coordinator.get("/reseau/messages")
    assert page.status_code == 200
    assert "le serveur dort" in page.text
    assert "nouvel essai prévu" in page.text
    receipt = (await service.failing(platform))[0]
    answer = await coordinator.post(
        f"/reseau/messages/{receipt.id}/reessayer",
        data={"_csrf_token": await form_token(coordinator)},
    )
    assert answer.status_code == 303
    again = {r.id: r for r in await service.receipts(platform, appointment)}[receipt.id]
    assert (again.state, again.attempts) == ("due", 0)
    assert await platform.db.fetch_value("SELECT action FROM audit") == "notice.retried"


async def test_a_dead_reaction_is_listed_and_revived(platform, coordinator):
    structure = await make_structure(platform.db, "Structure Essai")
    event = await platform.db.fetch_value(
        "INSERT INTO outbox_event (payload) VALUES ($1) RETURNING id",
        {"type": "roadmapsent", "structure_id": structure},
    )
    await platform.db.execute(
        "INSERT INTO outbox_delivery (event, handler, state, problem) VALUES ($1, 'a:b', 'dead', 'cassé')",
        event,
    )
    await platform.plugins.fresh()
    page = await coordinator.get("/reseau/messages")
    assert "cassé" in page.text
    assert "Feuille de route envoyée" in page.text
    assert "Structure Essai" in page.text
    path = f"/reseau/messages/evenements/{event}/a:b/reessayer"
    assert f'action="{path}"'.replace(":", "%3A") in page.text or f'action="{path}"' in page.text
    answer = await coordinator.post(path, data={"_csrf_token": await form_token(coordinator)})
    assert answer.status_code == 303
    assert await platform.db.fetch_value("SELECT state FROM outbox_delivery") == "due"


async def test_an_advisor_does_not_find_the_page_and_a_visitor_is_asked_to_sign_in(
    platform, client, advisor
):
    assert (await client.get("/reseau/messages")).status_code == 303
    await signed_in(platform, client, await account_of(platform.db, advisor))
    assert (await client.get("/reseau/messages")).status_code == 404


async def test_the_short_address_of_the_mail_page_leads_there(client):
    answer = await client.get("/-/mail")
    assert answer.headers["location"] == "/p/notifications_email/messages"
