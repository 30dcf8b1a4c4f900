"""One line: does the mail server answer."""

from collections.abc import Sequence

from hookspecs import Health, PluginContext, _

from . import smtp
from .settings import EmailSettings


class EmailHealth:
    """Says hello to the mail server."""

    key = "notifications_email:server"

    async def check(self, context: PluginContext) -> Sequence[Health]:
        """The line."""
        settings: EmailSettings = context.settings
        name = _("E-mails")
        if not settings.host:
            return [
                Health(
                    name=name,
                    state="ok" if context.services.demo else "degraded",
                    detail=_("Aucun serveur d’envoi : les messages sont gardés dans /-/mail."),
                    hint=_("Renseignez « host » pour qu’ils partent."),
                )
            ]
        where = f"{settings.host}:{settings.port}"
        try:
            await smtp.reach(settings)
        except Exception as error:  # noqa: BLE001 - whatever the reason, it is the line's content
            return [
                Health(
                    name=name,
                    state="failing",
                    detail=f"{where} : {type(error).__name__}: {error}"[:300],
                    hint=_(
                        "Vérifiez adresse, port, sécurité et identifiants. Les messages attendent."
                    ),
                )
            ]
        return [Health(name=name, state="ok", detail=where)]
