"""The words that every message shares, in each language."""

import msgspec

from hookspecs import AppointmentView, Audience, NoticeKind


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """Names of facts, buttons, and the foot of the message."""

    when: str
    how: str
    where: str
    advisor: str
    phone: str
    call: str
    instructions: str
    event: str
    by_link: str
    manage: str
    join: str
    roadmap: str
    search: str
    open_interview: str
    open_agenda: str
    keep: str
    questions: str
    take: str
    kept_until: str


LABELS = {
    "fr": Labels(
        when="Quand",
        how="Comment",
        where="Où",
        advisor="Avec",
        phone="Nous vous appelons au",
        call="À appeler au",
        instructions="À savoir",
        event="Entretien So Mobilité",
        by_link="Par votre lien, qui s’ouvre un peu avant l’heure",
        manage="Voir, déplacer ou annuler",
        join="Rejoindre l’entretien",
        roadmap="Lire ma feuille de route",
        search="Choisir un autre moment",
        open_interview="Ouvrir l’entretien",
        open_agenda="Ouvrir mon agenda",
        keep="Votre lien, à garder pour vous",
        questions="Une question ? Répondez à ce message ou appelez",
        take="Prendre ce rendez-vous",
        kept_until="Gardé pour vous jusqu’à",
    ),
    "en": Labels(
        when="When",
        how="How",
        where="Where",
        advisor="With",
        phone="We call you on",
        call="To call on",
        instructions="Good to know",
        event="So Mobilité interview",
        by_link="By your link, which opens shortly before",
        manage="See, move or cancel",
        join="Join the interview",
        roadmap="Read my roadmap",
        search="Choose another moment",
        open_interview="Open the interview",
        open_agenda="Open my agenda",
        keep="Your link, to keep to yourself",
        questions="A question? Answer this message or call",
        take="Take this time",
        kept_until="Kept for you until",
    ),
}


def button(
    kind: NoticeKind,
    audience: Audience,
    appointment: AppointmentView,
    public_url: str,
    words: Labels,
) -> tuple[str, str]:
    """The one thing to do: its words and its address."""
    if audience == "advisor":
        return words.open_interview, appointment.advisor_url
    if audience == "former_advisor":
        return words.open_agenda, f"{public_url}/agenda"
    if kind == "cancellation":
        return words.search, f"{public_url}/recherche"
    if kind == "link_1h":
        return words.join, f"{appointment.manage_url}/rejoindre"
    if kind == "roadmap":
        return words.roadmap, f"{appointment.manage_url}/feuille-de-route"
    return words.manage, appointment.manage_url
