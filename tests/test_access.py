"""Walks every route of the application, as everyone, with another structure's objects. A new route cannot escape."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from litestar import Litestar, get
from litestar.enums import ScopeType

from core.accounts.access import Requires, advisor, anyone, settle_guards
from core.accounts.sessions import hash_token, open_session
from core.catalogue.service import load_programmes
from core.errors import SoMobiliteError
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_referral_link,
    make_site,
    make_slot,
    make_structure,
    signed_in,
)

RANK = {"anyone": 0, "link": 0, "advisor": 1, "manager": 2, "coordinator": 3, "admin": 4}
ROLES = {"anonymous": 0, "advisor": 1, "manager": 2, "coordinator": 3, "admin": 4}
FOREIGN = {"opening_id", "absence_id", "appointment_id", "link_id", "slug", "structure_slug"}
"""Parameters that name an object of a structure; the walk gives them those of another one."""
OWN_ONLY = {
    "key": "/compte/sessions/",
    "device_id": "/compte/appareils/",
    "feed_id": "/p/calendar_ical/",
}
"""Parameters that name someone's own object, under these paths: another's is a 404 even for the coordination."""


def handlers(app):
    """(method, path, level) of every HTTP handler, the automatic OPTIONS apart."""
    for route in app._app.routes:
        if route.scope_type is not ScopeType.HTTP:
            continue
        for handler in route.route_handlers:
            declared = [g for layer in handler.ownership_layers for g in layer.guards or ()]
            levels = [g.level for g in declared if isinstance(g, Requires)]
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                yield method, route.path, levels


@pytest.fixture
async def world(platform):
    """Ours: a structure with an advisor and a manager. Another: with everything that a path may name."""
    database = platform.db
    await load_programmes(platform)
    ours = await make_structure(database, "La nôtre", slug="la-notre")
    other = await make_structure(database, "Une autre", slug="une-autre")
    advisor = await make_advisor(database, ours)
    manager = await make_account(database)
    await join(database, manager, ours, role="manager")
    theirs = await make_advisor(database, other)
    site = await make_site(database, other)
    starts_at = datetime(2027, 2, 2, 13, tzinfo=UTC)
    opening = await make_opening(database, theirs, other, site=site)
    await make_slot(database, theirs, other, datetime(2027, 2, 2, 15, tzinfo=UTC), site=site)
    absence = uuid4()
    await database.execute(
        "INSERT INTO absence (id, advisor, starts_on, start_time, ends_on, end_time)"
        " VALUES ($1, $2, '2027-02-09', '09:00', '2027-02-09', '12:00')",
        absence,
        theirs,
    )
    appointment = await make_appointment(database, theirs, other, starts_at)
    feed = uuid4()
    await database.execute(
        "INSERT INTO calendar_ical_feed (id, advisor, url, due_at, expanded_at, succeeded_at)"
        " VALUES ($1, $2, 'sealed', $3, $3, $3)",
        feed,
        theirs,
        starts_at,
    )
    cookie = await open_session(platform, await account_of(database, theirs))
    device = uuid4()
    await database.execute(
        "INSERT INTO account_device (id, token_hash, account, created_at, expires_at) VALUES ($1, 'x', $2, $3, $3)",
        device,
        await account_of(database, theirs),
        starts_at,
    )
    return {
        "accounts": {
            "advisor": await account_of(database, advisor),
            "manager": manager,
            "coordinator": await make_account(database, region_role="coordinator"),
            "admin": await make_account(database, region_role="admin"),
        },
        "values": {
            "opening_id": opening,
            "absence_id": absence,
            "feed_id": feed,
            "appointment_id": appointment,
            "link_id": await make_referral_link(database, other),
            "held": "D" * 32,
            "account_id": await account_of(database, theirs),
            "site_id": site,
            "slug": "une-autre",
            "structure_slug": "une-autre",
            "plugin_id": "calendar_ical",
            "programme_id": await database.fetch_value("SELECT min(id) FROM programme"),
            "token": "A" * 22 + "." + "B" * 22,
            "file_name": "C" * 43 + ".ics",
            "key": hash_token(cookie.value).hex(),
            "device_id": device,
            "audience": "jeunes",
            "number": 0,
            "receipt_id": uuid4(),
            "message_id": uuid4(),
            "event": 1,
            "handler": "core:nobody",
            "build": "x",
            "name": "web/nothing.css",
            "template_key": "notifications_email:confirmation.youth",
            "locale": "fr",
            "path": "nothing",
        },
    }


def fill(path, values):
    return re.sub(r"\{(\w+):\w+\}", lambda match: str(values[match[1]]), path)


def allowed(path, level, role):
    """The statuses that an answer may have; None: anything that is not a fault of ours."""
    names = set(re.findall(r"\{(\w+):", path))
    if level == "link":
        return {404}
    if RANK[level] == 0:
        return None
    if role == "anonymous":
        return {303, 401}
    if ROLES[role] < RANK[level]:
        return {404}
    if any(path.startswith(start) and name in names for name, start in OWN_ONLY.items()):
        return {404}
    if names & FOREIGN and ROLES[role] < ROLES["coordinator"]:
        return {404}
    return None


def test_every_route_says_who_may_call_it(app):
    routes = list(handlers(app))
    assert len(routes) > 50
    undeclared = [(method, path) for method, path, levels in routes if not levels]
    assert undeclared == []


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_answers_as_its_guard_says(app, client, platform, world, role):
    if role != "anonymous":
        await signed_in(platform, client, world["accounts"][role])
    token = await form_token(client)
    wrong = []
    for method, path, levels in handlers(app):
        if path in {"/deconnexion", "/compte/sessions/fermer"}:
            continue  # they end the walk's own session: tests/accounts holds them
        level = max(levels, key=RANK.__getitem__)
        answer = await client.request(
            method,
            fill(path, world["values"]),
            headers={"x-csrftoken": token},
            **({"data": {}} if method == "POST" else {"json": {}} if method == "PUT" else {}),
        )
        expected = allowed(path, level, role)
        fine = answer.status_code < 500 if expected is None else answer.status_code in expected
        if answer.status_code == 303 and expected is not None:
            fine = answer.headers["location"].startswith("/connexion?suite=")
        if not fine:
            wrong.append((method, path, level, answer.status_code))
    assert wrong == []


async def test_nobody_of_another_structure_changed_anything(app, client, platform, world):
    async def picture():
        return [
            dict(row)
            for table in (
                "opening",
                "absence",
                "appointment",
                "membership",
                "advisor",
                "site",
                "structure",
                "plugin_switch",
                "slot",
            )
            for row in await platform.db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        ]

    before = await picture()
    token = await form_token(client)
    for role in ("manager", "advisor"):
        await signed_in(platform, client, world["accounts"][role])
        for method, path, _ in handlers(app):
            if (
                method in {"POST", "PUT", "PATCH", "DELETE"}
                and set(re.findall(r"\{(\w+):", path)) & FOREIGN
            ):
                await client.request(
                    method, fill(path, world["values"]), headers={"x-csrftoken": token}, data={}
                )
    assert await picture() == before


async def test_every_parameter_of_a_path_is_known_to_the_walk(app, world):
    names = {name for _, path, _ in handlers(app) for name in re.findall(r"\{(\w+):", path)}
    assert names <= set(world["values"])
    assert isinstance(world["values"]["appointment_id"], UUID)


def test_a_route_that_says_nothing_keeps_the_platform_from_starting_and_one_open_to_all_asks_nothing():
    @get("/silent")
    async def silent() -> str:
        return ""

    @get(["/open", "/also-open"], guards=[anyone])
    async def open_to_all() -> str:
        return ""

    @get("/closed", guards=[advisor])
    async def closed() -> str:
        return ""

    with pytest.raises(SoMobiliteError, match="silent at /silent"):
        settle_guards(Litestar([silent, open_to_all, closed], openapi_config=None))
    app = Litestar([open_to_all, closed], openapi_config=None)
    settle_guards(app)
    asked = {route.path: route.route_handlers[0].resolve_guards() for route in app.routes}
    assert asked == {"/open": [], "/also-open": [], "/closed": [advisor]}
