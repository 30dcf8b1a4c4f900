"""Surfaces: settings, routes, page blocks, navigation, jobs, health checks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, Protocol

import msgspec

from core.contracts.context import PluginContext


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a health page: `hint` says how to mend it."""

    name: str
    state: Literal["ok", "degraded", "failing"]
    detail: str = ""
    hint: str = ""


class SettingsSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The plugin's settings: a frozen Struct with a default for every field; `secrets` are masked and encrypted.

    Values resolve structure → region → deployment (`plugins.toml`, environment) → the Struct's default. The core draws the
    form from the types and from `msgspec.Meta`: `title`, `description`, bounds, `examples`, and in `extra_json_schema`
    `x-widget` (`textarea`, `colour`, `language`), `x-unit` (« minutes ») and `x-options` (value → words, for a `Literal`). What the
    Struct refuses as a whole it says with `Refused(_("…"), field="…")`.

    `migrate(version, values)` brings values that an older `version` kept to the present one; when it raises, the plugin is
    misconfigured there. Values are read within a second, on the plugin's thread. `check_settings` tries them before the plugin is
    switched on and under the form's "test" button: its `context.settings` are those to try, within a few seconds; a failing line,
    an exception or a late answer is a warning.
    """

    struct: type[Any]
    version: int = 1
    secrets: tuple[str, ...] = ()
    migrate: Callable[[int, Mapping[str, Any]], Mapping[str, Any]] | None = None
    check_settings: Callable[[PluginContext], Awaitable[Sequence[Health]]] | None = None


class SealedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the plugin's own table that holds what `Services.seal` made, so that the core can seal it anew when the keys
    change. `purpose` may name other columns of the row: `my_plugin:{advisor}`. What is not sealed there is left alone.
    """

    table: str
    column: str
    purpose: str


Access = Literal["anyone", "advisor", "manager", "coordinator", "admin"]


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a plugin lets some people do: `access` is the least role, which a deployment may change in `plugins.toml`
    (`[<plugin>.permissions]`, by the name behind the colon of `key`).
    """

    key: str
    label: str
    access: Access = "coordinator"


class RouteSet(msgspec.Struct, frozen=True, kw_only=True):
    """Litestar handlers of one kind. The core mounts them and closes the gate: off means 404.

    `public`: under `/p/<plugin>`, region-wide, shown when the plugin is on for at least one structure.
    `structure`: under `/s/<structure slug>/p/<plugin>`, 404 for a structure where it is off.
    Handlers ask for `context: NamedDependency[PluginContext]`. `access` says who may call them; a `permission` (its key) may ask
    for more.
    """

    handlers: Sequence[Any]
    scope: Literal["public", "structure"] = "public"
    access: Access = "anyone"
    permission: str = ""


PLACES: Mapping[str, str] = {
    "advisor.agenda": "An advisor's agenda, above the week.",
    "appointment.page": "An appointment, as its youth sees it: just made, coming, over.",
    "feedback.page": "What a youth reads after saying how the interview went.",
    "interview.screen": "The interview screen, below the notes.",
    "roadmap.page": "A youth's roadmap, before how to come back.",
    "catalogue.sheet": "The public page of a programme sheet.",
    "structure.page": "The public page of a structure's slots.",
    "network.structure": "A structure, as its manager and the coordination see it.",
    "network.matching": "Matching, as the coordination sees it.",
}
"""The named places of the core's pages, and where each is."""
Place = Literal[
    "advisor.agenda",
    "appointment.page",
    "feedback.page",
    "interview.screen",
    "roadmap.page",
    "catalogue.sheet",
    "structure.page",
    "network.structure",
    "network.matching",
]


class PageBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a core page: `place` is one of `PLACES`, `template` one of the plugin's (`<plugin>/name.html`).

    `values` is told what the page knows (`docs/hooks.md` lists it, place by place) and gives the template's variables, or None to show
    nothing. A failure shows nothing.
    """

    place: Place
    template: str
    values: Callable[[PluginContext, Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]
    order: int = 100


class NavItem(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the staff menu, for a role; shown where the plugin is on.

    `personal`: it leads to an advisor's own page, so a manager who holds no interviews does not see it.
    """

    label: str
    path: str
    access: Access = "coordinator"
    order: int = 100
    personal: bool = False


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Work done on a beat by one worker at a time. `structure` scope runs once per structure where the plugin is on."""

    key: str
    every: timedelta
    run: Callable[[PluginContext], Awaitable[None]]
    scope: Literal["region", "structure"] = "region"
    timeout: timedelta = timedelta(minutes=5)


class CommandSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A command for who runs the platform: `somobilite run <key> [words…]`.

    `run` is told the words and answers with what to print. A `FriendlyError` is said, without a trace.
    """

    key: str
    summary: str
    run: Callable[[PluginContext, Sequence[str]], Awaitable[str]]


class HealthCheck(Protocol):
    """Tells how a plugin is."""

    key: str

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The lines to show. Quick: under a second."""
        ...
