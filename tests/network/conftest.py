"""The platform with its canaries (a plugin that registers one of everything, one that needs it), for the tests of the switches."""

from tests.extension.conftest import (
    _canary_routes,
    _canary_web,
    app,
    canary_board,
    canary_platform,
    coordinator_user,
    plain_platform,
    platform,
)

__all__ = [
    "_canary_routes",
    "_canary_web",
    "app",
    "canary_board",
    "canary_platform",
    "coordinator_user",
    "plain_platform",
    "platform",
]
