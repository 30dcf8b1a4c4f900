"""The settings of the mail server."""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hookspecs import N_, Refused, _


class EmailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """No `host`: messages are kept on a page instead of leaving. `timeout_seconds` holds for each step of a conversation."""

    host: Annotated[
        str,
        Meta(
            title=N_("Serveur d’envoi"),
            description=N_("Vide : les messages restent sur la page des e-mails gardés."),
            examples=["smtp.example.org"],
        ),
    ] = ""
    port: Annotated[int, Meta(ge=1, le=65535, title=N_("Port"))] = 587
    security: Annotated[
        Literal["none", "starttls", "tls"],
        Meta(
            title=N_("Sécurité de la connexion"),
            extra_json_schema={
                "x-options": {
                    "none": N_("aucune"),
                    "starttls": N_("STARTTLS (port 587 le plus souvent)"),
                    "tls": N_("TLS dès le début (port 465)"),
                }
            },
        ),
    ] = "starttls"
    username: Annotated[
        str, Meta(title=N_("Identifiant"), description=N_("Vide : le serveur n’en demande pas."))
    ] = ""
    password: Annotated[str, Meta(title=N_("Mot de passe"))] = ""
    sender: Annotated[
        str,
        Meta(
            title=N_("Expéditeur"),
            description=N_("Un nom, puis une adresse entre chevrons."),
            examples=["So Mobilité <contact@region.example>"],
        ),
    ] = "So Mobilité <ne-pas-repondre@so-mobilite.example>"
    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=25,
            title=N_("Attendre le serveur, au plus"),
            extra_json_schema={"x-unit": N_("secondes")},
        ),
    ] = 10
    keep_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            title=N_("Garder les messages sur la page"),
            extra_json_schema={"x-unit": N_("jours")},
        ),
    ] = 60

    def __post_init__(self) -> None:
        """Raises `Refused` when the sender is no address, or a password would travel in clear."""
        address = self.sender_address
        try:
            Address(addr_spec=address)
        except Exception as error:  # the parser of the standard library raises many kinds
            raise _no_sender() from error
        if "@" not in address:
            raise _no_sender()
        if self.username and self.security == "none":
            raise Refused(
                _("Choisissez STARTTLS ou TLS : le mot de passe voyagerait en clair."),
                field="security",
            )

    @property
    def sender_address(self) -> str:
        """The bare address of the sender."""
        return parseaddr(self.sender)[1]

    @property
    def sender_name(self) -> str:
        """The name before the address."""
        return parseaddr(self.sender)[0]


def _no_sender() -> Refused:
    return Refused(_("Écrivez une adresse comme So Mobilité <a@b.example>."), field="sender")
