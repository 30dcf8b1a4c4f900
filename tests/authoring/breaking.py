"""Runs one promise of a contract on an object that is deliberately wrong."""

import inspect
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.testing import contracts
from hookspecs import BookingRequest, Need, Profile, Project, StructureRef

NEED = Need(profile=Profile(), project=Project(domains=("etudes",)), today=contracts.TODAY)
REQUEST = BookingRequest(
    structure=StructureRef(id=uuid4(), name="Ici"),
    channel="phone",
    mode="phone",
    starts_at=datetime(2027, 2, 1, 9, tzinfo=UTC),
    youth_name="Alix",
)
DRAWN = {"need": NEED, "locale": "fr", "window": (1.0, 10.0), "request_": REQUEST}
"""What hypothesis would draw: one case each is enough, and nothing is searched for."""


async def broken(contract, factory, promise, *words, **fixtures):
    """Runs one promise of a contract on a wrong object: it fails, and says these words."""
    test = type("Wrong", (contract,), {"factory": staticmethod(factory)})()
    method = getattr(contract, promise)
    if hasattr(method, "hypothesis"):
        method = method.hypothesis.inner_test
    wanted = inspect.signature(method).parameters
    given = {name: one for name, one in {**DRAWN, **fixtures}.items() if name in wanted}
    with pytest.raises(AssertionError) as caught:
        found = method(test, **given)
        if inspect.isawaitable(found):
            await found
    for word in words:
        assert word in str(caught.value)
