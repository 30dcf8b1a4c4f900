"""The settings: which gateway, how it is spoken to, and what goes by SMS."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from hookspecs import N_, Refused, _

SmsKind = Literal[
    "confirmation",
    "change",
    "cancellation",
    "reminder_1d",
    "link_1h",
    "demand_offer",
    "earlier_offer",
    "follow_up",
    "check_in",
]

_KINDS = {
    "confirmation": N_("la confirmation"),
    "change": N_("un changement"),
    "cancellation": N_("une annulation"),
    "reminder_1d": N_("le rappel de la veille"),
    "link_1h": N_("le lien de la visio, une heure avant"),
    "demand_offer": N_("une place gardée pour une demande"),
    "earlier_offer": N_("une place plus tôt"),
    "follow_up": N_("un message après l’entretien"),
    "check_in": N_("un mois après, où en êtes-vous ?"),
}
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]+")


class SmsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """No `url`: nothing is sent, and nothing kept. `secret` travels in `header`, or where {secret} stands in `body`.

    `body` is a JSON object whose texts may hold {number}, {text}, {sender}, {reference} (the same at each retry) and
    {secret}; it is sent as JSON, as a form or in the address. `answer_id` is the path of the message's id in a JSON
    answer (`messages.0.id`).
    """

    url: Annotated[
        str,
        Meta(
            title=N_("Adresse de la passerelle"),
            description=N_("Vide : aucun SMS ne part, et rien n’est gardé."),
            examples=["https://sms.example/api/messages"],
        ),
    ] = ""
    method: Annotated[Literal["POST", "PUT", "GET"], Meta(title=N_("Méthode HTTP"))] = "POST"
    format: Annotated[
        Literal["json", "form", "query"],
        Meta(
            title=N_("Forme de la demande"),
            extra_json_schema={
                "x-options": {
                    "json": N_("JSON"),
                    "form": N_("formulaire"),
                    "query": N_("dans l’adresse"),
                }
            },
        ),
    ] = "json"
    body: Annotated[
        str,
        Meta(
            title=N_("Contenu de la demande"),
            description=N_(
                "Un objet JSON. {number}, {text}, {sender}, {reference} et {secret} y sont remplacés."
            ),
            extra_json_schema={"x-widget": "textarea"},
        ),
    ] = '{"to": "{number}", "from": "{sender}", "text": "{text}"}'
    headers: Annotated[dict[str, str], Meta(title=N_("En-têtes HTTP"))] = {}
    secret: Annotated[
        str,
        Meta(
            title=N_("Secret de la passerelle"),
            description=N_("Clé ou jeton, donné par l’opérateur."),
        ),
    ] = ""
    header: Annotated[str, Meta(title=N_("En-tête qui porte le secret"))] = "Authorization"
    accepted: Annotated[
        tuple[Annotated[int, Meta(ge=200, le=299)], ...],
        Meta(
            title=N_("Réponses qui valent un envoi"),
            description=N_("Des codes HTTP, de 200 à 299."),
        ),
    ] = (200, 201, 202)
    answer_id: Annotated[
        str,
        Meta(
            title=N_("Où lire le numéro du message"),
            description=N_("Un chemin dans la réponse JSON."),
            examples=["messages.0.id"],
        ),
    ] = ""
    sender: Annotated[
        str,
        Meta(
            pattern=r"^([A-Za-z][A-Za-z0-9 ]{2,10}|\+?[0-9]{3,15})$",
            title=N_("Expéditeur"),
            description=N_("3 à 11 lettres et chiffres, ou un numéro."),
            examples=["SoMobilite"],
        ),
    ] = "SoMobilite"
    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=25,
            title=N_("Attendre la passerelle, au plus"),
            extra_json_schema={"x-unit": N_("secondes")},
        ),
    ] = 10
    country: Annotated[
        str,
        Meta(pattern="^[A-Z]{2}$", title=N_("Pays des numéros sans indicatif"), examples=["FR"]),
    ] = "FR"
    youth_kinds: Annotated[
        tuple[SmsKind, ...],
        Meta(
            title=N_("Ce que les jeunes reçoivent par SMS"), extra_json_schema={"x-options": _KINDS}
        ),
    ] = (
        "confirmation",
        "change",
        "cancellation",
        "reminder_1d",
        "link_1h",
        "demand_offer",
        "earlier_offer",
    )
    advisor_kinds: Annotated[
        tuple[SmsKind, ...],
        Meta(title=N_("Ce que l’équipe reçoit par SMS"), extra_json_schema={"x-options": _KINDS}),
    ] = ()

    def __post_init__(self) -> None:
        """Raises `Refused` when a message could not leave, or would travel in clear."""
        parts = urlsplit(self.url)
        if self.url and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise Refused(
                _("Écrivez une adresse comme https://sms.example/api/messages."), field="url"
            )
        if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise Refused(
                _("Il faut une adresse https : numéros et textes voyageraient en clair."),
                field="url",
            )
        body = self.template
        texts = "\n".join(_leaves(body))
        if "{number}" not in texts or "{text}" not in texts:
            raise Refused(_("{number} et {text} doivent figurer dans le contenu."), field="body")
        if self.format != "json" and any(isinstance(value, list | dict) for value in body.values()):
            raise Refused(
                _("Hors JSON, le contenu n’a qu’un niveau de noms et de valeurs."), field="body"
            )
        if self.method == "GET" and self.format != "query":
            raise Refused(_("Avec la méthode GET, tout va dans l’adresse."), field="format")
        for name, value in {**self.headers, self.header: self.secret}.items():
            if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
                raise Refused(
                    _("L’en-tête « %(name)s » a un nom ou une valeur que HTTP ne peut pas porter.")
                    % {"name": name},
                    field="headers",
                )

    @property
    def template(self) -> dict[str, Any]:
        """The body as an object. Raises `Refused` when it is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Refused(
                _("Écrivez un objet JSON (%(why)s).") % {"why": error}, field="body"
            ) from error


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value] if isinstance(value, str) else []
