from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from core.app import build_platform, load_board
from core.contracts.digests import Digest
from core.contracts.notices import Delivery, Notice
from core.testing.factories import make_advisor, make_appointment, make_structure
from core.testing.plugin import MONDAY


class Carrier:
    """A carrier that does what the test says: `answer` is what `send` returns, or an exception that it raises."""

    key = "notifications_email:email"
    label = "Pigeon"

    def __init__(self) -> None:
        self.sent: list[Notice] = []
        self.digests: list[Digest] = []
        self.answer: Delivery | Exception | Callable = Delivery(
            outcome="sent", recipient="a@b.example"
        )

    def carries(self, context, notice) -> bool:
        return True

    async def send(self, context, notice) -> Delivery:
        self.sent.append(notice)
        return await self._answer(notice)

    def carries_digest(self, context, digest) -> bool:
        return True

    async def send_digest(self, context, digest) -> Delivery:
        self.digests.append(digest)
        return await self._answer(digest)

    async def _answer(self, message) -> Delivery:
        if isinstance(self.answer, Exception):
            raise self.answer
        if callable(self.answer):
            return await self.answer(message)
        return self.answer

    def told(self) -> list[tuple[str, str]]:
        return sorted((notice.kind, notice.audience) for notice in self.sent)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def platform(settings, database, clock, carrier):
    """The platform, its e-mail plugin holding the test's carrier."""
    board = load_board(settings)
    board.drop("notifications_email")
    board.add("notifications_email", "notice_carriers", [carrier])
    board.add("notifications_email", "digest_carriers", [carrier])
    return build_platform(settings, database, clock=clock, board=board)


@pytest.fixture
async def structure(database) -> UUID:
    return await make_structure(database)


@pytest.fixture
async def advisor(database, structure) -> UUID:
    """Who does not want Monday's summary: the present is a Monday morning, and most tests are about appointments."""
    return await make_advisor(database, structure, weekly_digest=False)


@pytest.fixture
async def appointment(database, structure, advisor) -> UUID:
    """Booked now, by phone, in ten days."""
    return await make_appointment(
        database, advisor, structure, MONDAY + timedelta(days=10), created_at=MONDAY
    )
