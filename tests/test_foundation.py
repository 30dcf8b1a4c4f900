async def test_the_database_migrates_and_the_application_answers(client):
    assert (await client.get("/healthz")).text == "ok"
    assert (await client.get("/readyz")).json() == {"database": "ok"}


async def test_an_unknown_page_is_a_kind_french_404_with_security_headers(client):
    answer = await client.get("/nulle-part")
    assert answer.status_code == 404
    assert "n’existe pas" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_an_unknown_api_route_is_a_problem_document(client):
    answer = await client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
