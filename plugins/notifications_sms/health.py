"""One line: is there a gateway, and does it answer."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from hookspecs import Health, OutboundError, PluginContext, _

from . import gateway
from .settings import SmsSettings


class SmsHealth:
    """Knocks at the gateway."""

    key = "notifications_sms:gateway"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The line."""
        settings: SmsSettings = context.settings
        if not settings.url:
            return [
                Health(
                    name="SMS",
                    state="degraded",
                    detail=_(
                        "Aucune passerelle n’est réglée : aucun SMS ne part, rien n’est gardé."
                    ),
                    hint=_("Renseignez « url » et la façon de lui parler."),
                )
            ]
        host = urlsplit(settings.url).hostname or ""
        try:
            await gateway.reach(context)
        except OutboundError as error:
            return [
                Health(
                    name="SMS",
                    state="failing",
                    detail=f"{host} : {error}",
                    hint=_("Vérifiez l’adresse de la passerelle. Les messages attendent."),
                )
            ]
        return [Health(name="SMS", state="ok", detail=host)]
