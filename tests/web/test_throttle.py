"""Limits: one for every process, told at each attempt or, where they are generous, at every tenth."""

from datetime import timedelta

import pytest
from litestar.exceptions import TooManyRequestsException

from core.app import build_platform
from core.web import throttle

LIMIT, WINDOW = 30, 600


async def attempts(platform, count):
    for _ in range(count):
        await throttle.check_roughly(platform, "who", LIMIT, WINDOW)


async def test_a_generous_limit_costs_one_question_in_ten_and_holds_until_the_window_is_over(
    platform, clock
):
    await attempts(platform, LIMIT + 9)
    assert await platform.db.fetch_value("SELECT count FROM rate_count") == LIMIT
    for _ in range(3):
        with pytest.raises(TooManyRequestsException):
            await attempts(platform, 1)
    clock.advance(timedelta(seconds=WINDOW))
    await attempts(platform, 5)


async def test_two_processes_share_a_generous_limit(platform, settings, database, board, clock):
    other = build_platform(
        settings, database, clock=clock, board=board, templates=platform.templates
    )
    await attempts(platform, 20)
    await attempts(other, 10)
    with pytest.raises(TooManyRequestsException):
        await attempts(other, 10)
    with pytest.raises(TooManyRequestsException):
        await attempts(platform, 10)
