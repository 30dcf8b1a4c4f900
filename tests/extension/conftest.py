from pathlib import Path
from uuid import uuid4

import pytest

from core.accounts.access import CurrentUser
from core.app import attach, build_platform, load_board, mount_routes
from core.storage.engine import Database
from core.testing.factories import make_account
from tests.extension.building import Workshop

CANARIES = Path(__file__).with_name("canaries")


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    workshop = Workshop(tmp_path, monkeypatch)
    yield workshop
    workshop.forget()


@pytest.fixture(scope="session")
def canary_board(settings):
    """The bundled plugins and the canaries: one registers one of everything, the other needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(CANARIES.parent))
        yield load_board(settings, [CANARIES])


@pytest.fixture(scope="session")
def _canary_web(settings, canary_board):
    """A platform whose templates serve every test: they are slow to make."""
    return build_platform(settings, Database(""), board=canary_board)


@pytest.fixture
def canary_platform(settings, database, clock, canary_board, _canary_web):
    """The whole platform with its canaries."""
    return build_platform(
        settings, database, clock=clock, board=canary_board, templates=_canary_web.templates
    )


@pytest.fixture
def platform(request):
    """What the shared fixtures `app` and `client` stand on: with canaries for the tests that name them."""
    if "canary_platform" in request.fixturenames:
        return request.getfixturevalue("canary_platform")
    return request.getfixturevalue("plain_platform")


@pytest.fixture
def plain_platform(settings, database, clock, board, _shared):
    return build_platform(settings, database, clock=clock, board=board, templates=_shared.templates)


@pytest.fixture(scope="session")
def _canary_routes(_canary_web):
    return mount_routes(_canary_web)


@pytest.fixture
def app(request, platform, _shared, _routes):
    """The application; its routes are mounted once for all tests of a board."""
    platform.live.stop()
    if "canary_platform" in request.fixturenames:
        return attach(request.getfixturevalue("_canary_routes"), platform)
    same = platform.board is _shared.board
    return attach(_routes if same else mount_routes(platform), platform)


@pytest.fixture
async def coordinator_user(platform):
    """Someone of the coordination, for services."""
    account_id = await make_account(platform.db, region_role="coordinator", name="Coordination")
    return CurrentUser(
        account_id=account_id,
        name="Coordination",
        email=f"{uuid4().hex}@example.org",
        region_role="coordinator",
    )
