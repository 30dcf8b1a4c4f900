from datetime import timedelta
from uuid import uuid4

from core.testing.factories import (
    account_of,
    make_advisor,
    make_appointment,
    make_structure,
    signed_in,
)


async def test_the_screen_tells_what_was_sent_and_what_could_not_be(client, platform, database):
    structure = await make_structure(database)
    advisor = await make_advisor(database, structure)
    now = platform.clock.now()
    appointment = await make_appointment(database, advisor, structure, now + timedelta(days=3))
    await database.execute(
        "INSERT INTO receipt (id, appointment, kind, audience, revision, carrier, state, detail, due_at, created_at, done_at)"
        " VALUES ($1, $2, 'confirmation', 'youth', '0', 'essai:sms', 'refused', 'pas envoyé : numéro fixe', $3, $3, $3)",
        uuid4(),
        appointment,
        now,
    )
    await signed_in(platform, client, await account_of(database, advisor))
    page = (await client.get(f"/entretiens/{appointment}")).text
    assert "Confirmation (jeune)" in page
    assert "pas envoyé : numéro fixe" in page
