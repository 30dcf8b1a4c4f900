"""The settings of the video rooms."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from hookspecs import N_, Refused, _

EXAMPLE_SERVER = "https://visio.example.org"


class JitsiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`app_id` and `app_secret` go together: with them, every entrance is a signed one (JWT)."""

    server: Annotated[
        str,
        Meta(
            title=N_("Serveur"),
            description=N_("L’adresse du serveur Jitsi qui ouvre les salles."),
            examples=["https://visio.example.org"],
        ),
    ] = EXAMPLE_SERVER
    app_id: Annotated[
        str,
        Meta(
            title=N_("Identifiant d’application"),
            description=N_("Avec un secret, chaque entrée est signée. Vide : salles ouvertes."),
        ),
    ] = ""
    app_secret: Annotated[
        str,
        Meta(
            title=N_("Secret partagé"),
            description=N_("Celui du serveur Jitsi, 32 caractères au moins."),
        ),
    ] = ""
    room_prefix: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9-]{0,40}$",
            title=N_("Début du nom des salles"),
            description=N_("Lettres minuscules, chiffres et tirets."),
            examples=["so-mobilite"],
        ),
    ] = "so-mobilite"
    opens_minutes_before: Annotated[
        int,
        Meta(
            ge=0,
            le=120,
            title=N_("La salle ouvre avant l’heure"),
            extra_json_schema={"x-unit": N_("minutes")},
        ),
    ] = 15

    def __post_init__(self) -> None:
        """Raises `Refused` when the settings contradict each other."""
        parts = urlsplit(self.server)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refused(_("Écrivez une adresse comme https://visio.example.org."), field="server")
        if bool(self.app_id) != bool(self.app_secret):
            raise Refused(
                _("L’identifiant et le secret vont ensemble : donnez les deux, ou aucun."),
                field="app_id",
            )
