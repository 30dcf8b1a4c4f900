"""What is plugged in and how it is, the hooks and how their calls go: as pages and as JSON."""

import msgspec
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from core.accounts.access import coordinator
from core.extension.hooks import CallLine, HookLine, list_calls, list_hooks
from core.extension.overview import HealthLine, PluginLine, check_health, list_plugins
from core.extension.policies import POLICIES
from core.extension.stored import list_stored
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of


class PluginsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON of the page."""

    plugins: list[PluginLine]
    health: list[HealthLine]


@get("/-/plugins", guards=[coordinator], include_in_schema=False)
async def plugins_page(request: AnyRequest) -> Response[str]:
    """Every plugin that was found: state, reason, hooks, where it is on; and what each says of itself."""
    platform = platform_of(request)
    values = {
        "plugins": await list_plugins(platform),
        "health": await check_health(platform),
        "left": [data for data in await list_stored(platform) if not data.loaded],
        "states": {
            "loaded": (_("chargée"), "good"),
            "discovered": (_("trouvée"), "neutral"),
            "blocked": (_("bloquée"), "neutral"),
            "incompatible": (_("incompatible"), "bad"),
            "failed": (_("en échec"), "bad"),
        },
        "healths": {
            "ok": (_("va bien"), "good"),
            "degraded": (_("à surveiller"), "warn"),
            "failing": (_("en panne"), "bad"),
        },
        "policies": {
            "mandatory": _("obligatoire"),
            "default_on": _("activée sauf avis contraire"),
            "available": _("désactivée sauf avis contraire"),
            "forbidden": _("interdite"),
            "": "",
        },
    }
    return page(request, "extension/plugins.html", values)


@get("/-/plugins.json", guards=[coordinator], include_in_schema=False)
async def plugins_json(request: AnyRequest) -> PluginsAnswer:
    """The same for programs."""
    platform = platform_of(request)
    return PluginsAnswer(plugins=await list_plugins(platform), health=await check_health(platform))


class HooksAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON of the hooks."""

    hooks: list[HookLine]
    calls: list[CallLine]


@get("/-/hooks", guards=[coordinator], include_in_schema=False)
async def hooks_page(request: AnyRequest) -> Response[str]:
    """Every hook, who registered what, and how their calls went."""
    platform = platform_of(request)
    values = {"hooks": list_hooks(platform), "calls": list_calls(platform), "policies": POLICIES}
    return page(request, "extension/hooks.html", values)


@get("/-/hooks.json", guards=[coordinator], include_in_schema=False)
async def hooks_json(request: AnyRequest) -> HooksAnswer:
    """The same for programs."""
    platform = platform_of(request)
    return HooksAnswer(hooks=list_hooks(platform), calls=list_calls(platform))


routes: tuple[ControllerRouterHandler, ...] = (plugins_page, plugins_json, hooks_page, hooks_json)
