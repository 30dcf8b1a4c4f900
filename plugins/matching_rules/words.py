"""How reasons read: one sentence for each tone, from the criterion's name and the two values."""

from collections.abc import Callable

from hookspecs import Reason, _, taxonomy, words

_MOST_PHRASES = 4096  # beyond, all are forgotten


class Voice:
    """The sentences of one language, made once in the present one."""

    def __init__(self) -> None:
        self._phrases: dict[tuple[str, object], str] = {}
        self._names = {
            "domains": _("Domaine"),
            "places": _("Destination"),
            "duration": _("Durée"),
            "budget": _("Budget"),
            "interests": _("Centres d’intérêt"),
            "departure": _("Calendrier"),
            "language": _("Langue conseillée"),
            "company": _("Seul·e ou en groupe"),
            "audience": _("Public visé"),
            **{id_: entry.label() for id_, entry in taxonomy.entries("exclusion_rules").items()},
        }
        self._only = _("%(name)s : %(programme)s.")
        self._excluded = _("%(name)s : %(youth)s ; il faut : %(programme)s.")
        self._unknown = _("%(name)s à vérifier ; il faut : %(programme)s.")
        self._doubtful = _("%(name)s à vérifier : %(youth)s ; il faut : %(programme)s.")
        self._met = _("%(name)s : %(youth)s.")
        self._unmet = _("%(name)s : %(programme)s (ici : %(youth)s).")

    def phrase(self, kind: str, ids: tuple[str, ...]) -> str:
        """The names of taxonomy values, enumerated; kept, because many youths and sheets ask for the same."""
        return self._kept((kind, ids), lambda: words.labels(kind, ids))

    def skills(self, skills: tuple[tuple[str, str], ...]) -> str:
        """« Anglais B2 et Espagnol A2 », from codes and levels."""
        return self._kept(
            ("skills", skills),
            lambda: words.enumerate_words(
                [f"{taxonomy.label('languages', code)} {level}" for code, level in skills]
            ),
        )

    def _kept(self, key: tuple[str, object], say: Callable[[], str]) -> str:
        phrase = self._phrases.get(key)
        if phrase is None:
            if len(self._phrases) >= _MOST_PHRASES:
                self._phrases.clear()
            phrase = self._phrases[key] = say()
        return phrase

    def excluded(self, criterion: str, youth: str, programme: str) -> Reason:
        """A rule that the youth does not meet."""
        text = self._sentence(self._excluded if youth else self._only, criterion, youth, programme)
        return Reason(
            criterion=criterion, tone="excluded", youth=youth, programme=programme, text=text
        )

    def to_check(self, criterion: str, youth: str, programme: str) -> Reason:
        """A rule that cannot be settled yet."""
        text = self._sentence(
            self._doubtful if youth else self._unknown, criterion, youth, programme
        )
        return Reason(
            criterion=criterion, tone="to_check", youth=youth, programme=programme, text=text
        )

    def met(self, criterion: str, youth: str, programme: str) -> Reason:
        """A point in favour: what the youth and the sheet have in common."""
        text = self._sentence(self._met, criterion, youth, programme)
        return Reason(criterion=criterion, tone="for", youth=youth, programme=programme, text=text)

    def unmet(self, criterion: str, youth: str, programme: str) -> Reason:
        """A point against, that excludes nothing."""
        text = self._sentence(self._unmet, criterion, youth, programme)
        return Reason(
            criterion=criterion, tone="against", youth=youth, programme=programme, text=text
        )

    def _sentence(self, form: str, criterion: str, youth: str, programme: str) -> str:
        return form % {"name": self._names[criterion], "youth": youth, "programme": programme}
