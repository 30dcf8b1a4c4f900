"""One line: is the server set, and is the secret long enough."""

from collections.abc import Sequence

from hookspecs import Health, PluginContext, _

from .settings import EXAMPLE_SERVER, JitsiSettings

_KEY_BYTES = 32


class JitsiHealth:
    """Looks at the settings; the rooms live in the visitors' browsers, so that nothing is asked of the server."""

    key = "visio_jitsi:settings"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The line."""
        settings: JitsiSettings = context.settings
        name = _("Visio")
        if settings.server == EXAMPLE_SERVER:
            return [
                Health(
                    name=name,
                    state="ok" if context.services.demo else "failing",
                    detail=_("Le serveur est une adresse d’exemple : les salles n’ouvrent pas."),
                    hint=_("Renseignez « server » : l’adresse d’un serveur Jitsi."),
                )
            ]
        if settings.server.startswith("http://"):
            return [
                Health(
                    name=name,
                    state="degraded",
                    detail=_("Sans https, caméra et micro restent fermés."),
                    hint=_("Donnez à « server » une adresse https://."),
                )
            ]
        if settings.app_secret and len(settings.app_secret.encode()) < _KEY_BYTES:
            return [
                Health(
                    name=name,
                    state="degraded",
                    detail=_("Le secret partagé avec Jitsi est court."),
                    hint=_("Donnez à « app_secret » 32 caractères au moins."),
                )
            ]
        return [Health(name=name, state="ok", detail=settings.server)]
