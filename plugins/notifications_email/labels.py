"""The words that every message shares, in each language."""

import msgspec


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
    instead_of: str
    say_how: str
    say_where: str
    read_answer: str
    reply: str
    see_earlier: str
    supply: str
    at_least: str
    complete: str
    open_network: str
    open_sheets: str
    choose_anew: str
    not_me: str
    open_account: str


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
        instead_of="Au lieu de",
        say_how="Dire comment c’était",
        say_where="Dire où j’en suis",
        read_answer="Lire la réponse",
        reply="Lire et répondre",
        see_earlier="Voir cette place",
        supply="Créneaux",
        at_least="au moins",
        complete="Compléter l’offre",
        open_network="Voir le réseau",
        open_sheets="Voir ces fiches",
        choose_anew="Choisir un nouveau mot de passe",
        not_me="Ce n’était pas moi",
        open_account="Voir mon compte",
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
        instead_of="Instead of",
        say_how="Say how it was",
        say_where="Say where I am",
        read_answer="Read the answer",
        reply="Read and answer",
        see_earlier="See this time",
        supply="Slots",
        at_least="at least",
        complete="Add openings",
        open_network="See the network",
        open_sheets="See these sheets",
        choose_anew="Choose a new password",
        not_me="It was not me",
        open_account="See my account",
    ),
}


def button(kind: str, audience: str, words: Labels) -> str:
    """The words of the one thing to do."""
    if audience == "advisor":
        return words.reply if kind == "follow_up" else words.open_interview
    if audience == "former_advisor":
        return words.open_agenda
    return {
        "cancellation": words.search,
        "link_1h": words.join,
        "roadmap": words.roadmap,
        "feedback": words.say_how,
        "follow_up": words.read_answer,
        "check_in": words.say_where,
        "demand_offer": words.take,
        "earlier_offer": words.see_earlier,
        "week": words.open_agenda,
        "shortage": words.complete,
        "shortage_region": words.open_network,
        "sheets": words.open_sheets,
        "password_link": words.choose_anew,
        "password_set": words.not_me,
        "factor_set": words.open_account,
        "factor_removed": words.open_account,
    }.get(kind, words.manage)
