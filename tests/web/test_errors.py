async def test_a_page_asked_before_signing_in_is_remembered_with_its_query(client):
    answer = await client.get("/agenda/semaine?jour=2027-02-01")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/connexion?suite=/agenda/semaine%3Fjour%3D2027-02-01"


async def test_too_many_attempts_say_when_to_come_back(client):
    await client.get("/connexion")
    form = {
        "email": "personne@example.org",
        "password": "faux",
        "_csrf_token": client.cookies["somobilite_csrf"],
    }
    for _ in range(40):
        answer = await client.post("/connexion", data=form)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
