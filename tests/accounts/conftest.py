import msgspec
import pyotp
import pytest
from argon2 import PasswordHasher

from core.accounts import codes, passwords, second_factor, service
from core.accounts.sessions import COOKIE
from core.testing.factories import form_token

PASSWORD = "une barque sur la Dordogne"


class Browser:
    """A browser, and the telephone beside it."""

    def __init__(self, client, clock):
        self.client = client
        self.clock = clock
        self.secret = ""

    async def post(self, path, **fields):
        return await self.client.post(
            path, data={"_csrf_token": await form_token(self.client), **fields}
        )

    async def get(self, path):
        return await self.client.get(path)

    async def sign_in(self, email="romane@essai.example", password=PASSWORD, **fields):
        return await self.post("/connexion", email=email, password=password, **fields)

    async def is_in(self):
        return (await self.client.get("/compte")).status_code == 200

    def forget(self, cookie=COOKIE):
        self.client.cookies.delete(cookie)

    def code(self, steps=0):
        """What the telephone shows, `steps` half minutes from now."""
        at = self.clock.now().timestamp() + 30 * steps
        return pyotp.TOTP(self.secret).at(int(at))

    def read_secret(self, page):
        """Puts the secret of a page on the telephone."""
        self.secret = page.partition("<dd><code>")[2].partition("</code>")[0].replace(" ", "")
        assert len(self.secret) == 32


def ask(platform, **values):
    """Has the settings ask for a second factor."""
    accounts = msgspec.structs.replace(platform.settings.accounts, **values)
    platform.settings = msgspec.structs.replace(platform.settings, accounts=accounts)


@pytest.fixture
def quick_hashes(monkeypatch):
    """Passwords are not what these tests are about: they take a millisecond and not a tenth of a second."""
    monkeypatch.setattr(
        passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def browser(client, clock, quick_hashes):
    return Browser(client, clock)


@pytest.fixture
async def romane(platform, quick_hashes):
    """Someone of the coordination, who has a password only."""
    return await service.create_account(
        platform,
        email="romane@essai.example",
        name="Romane Essai",
        password=PASSWORD,
        region_role="coordinator",
    )


@pytest.fixture
async def kept(platform, browser, romane):
    """Romane has a telephone too: her recovery codes."""
    await second_factor.begin(platform, romane, b"here")
    enrolment = await second_factor.read_enrolment(platform, romane, b"here")
    browser.secret = enrolment.secret.replace(" ", "")
    kept = await second_factor.confirm(platform, romane, b"here", browser.code(-1))
    assert len(kept) == codes.RECOVERY_CODES
    return kept
