"""Video interviews in Jitsi rooms."""

from collections.abc import Sequence

from hookspecs import HealthCheck, InterviewChannel, SettingsSpec, hookimpl

from .channel import JitsiChannel
from .health import JitsiHealth
from .settings import JitsiSettings


@hookimpl
def register_settings() -> SettingsSpec:
    """Which server, and the secret shared with it."""
    return SettingsSpec(
        struct=JitsiSettings, secrets=("app_secret",), check_settings=JitsiHealth().check
    )


@hookimpl
def register_interview_channels() -> Sequence[InterviewChannel]:
    """By video."""
    return [JitsiChannel()]


@hookimpl
def register_health_checks() -> Sequence[HealthCheck]:
    """Whether the settings make sense."""
    return [JitsiHealth()]
