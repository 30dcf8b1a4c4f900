"""The demonstration's network: real bodies of the region, invented people, and one of each situation worth seeing.

Times are hours on the wall, weekdays count from Monday (0). Nothing here says that these bodies take part in anything.
"""

from datetime import time
from typing import Literal

import msgspec

ALL = ("in_person", "video", "phone")
REMOTE = ("video", "phone")
PLACE = ("in_person",)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An opening: every `every` weeks on `weekday` (or monthly, on the nth such weekday) from `start` to `end`."""

    weekday: int
    start: int
    end: int
    channels: tuple[str, ...] = ALL
    every: int = 1
    repeat: Literal["weekly", "monthly"] = "weekly"

    @property
    def hours(self) -> tuple[time, time]:
        """Start and end, on the wall."""
        return time(self.start), time(self.end)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An invented advisor; `site` is the commune (INSEE) of the site where they receive, else the first site."""

    first_name: str
    word: Literal["Conseillère", "Conseiller"]
    offers: tuple[Offer, ...]
    site: str = ""
    accepted: bool = True
    trained: bool = True

    @property
    def display_name(self) -> str:
        """What a youth reads: cannot be taken for a real person."""
        return f"{self.word} démo {self.first_name}"


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A structure of the reference data, by the beginning of its name, that takes part in the demonstration.

    `manager` is the first name of the person who manages it; `agreed`: it has an agreement this year.
    """

    name: str
    people: tuple[Person, ...]
    manager: str = ""
    agreed: bool = True


def _she(first_name: str, *offers: Offer, **values: object) -> Person:
    return msgspec.convert(
        {"first_name": first_name, "word": "Conseillère", "offers": offers, **values}, Person
    )


def _he(first_name: str, *offers: Offer, **values: object) -> Person:
    return msgspec.convert(
        {"first_name": first_name, "word": "Conseiller", "offers": offers, **values}, Person
    )


def _on(
    weekday: int, start: int, end: int, channels: tuple[str, ...] = ALL, every: int = 1
) -> Offer:
    return Offer(weekday=weekday, start=start, end=end, channels=channels, every=every)


def _monthly(weekday: int, start: int, end: int) -> Offer:
    return Offer(weekday=weekday, start=start, end=end, repeat="monthly")


PARTNERS = (
    Partner(
        name="Info Jeunes Nouvelle-Aquitaine (CRIJ)",
        manager="Charlie",
        people=(
            _she(
                "Lou", _on(0, 14, 17), _on(1, 9, 12), _on(2, 14, 18), _on(3, 9, 12), _on(4, 9, 12)
            ),
            _he("Sacha", _on(1, 14, 17), _on(3, 14, 17, REMOTE), site="33063"),
            _she("Inaya", _on(2, 9, 12, PLACE), _on(4, 14, 16), site="87085"),
            _he("Noé", _on(1, 9, 12), _on(3, 13, 16, REMOTE), site="87085"),
            _she("Maïa", _on(0, 9, 12), _on(2, 13, 17), site="86194"),
            _he("Ilan", _on(4, 9, 12, REMOTE), _monthly(5, 10, 13), site="86194"),
        ),
    ),
    Partner(
        name="Mission locale du Béarn",
        manager="Béatrix",
        people=(
            _she("Garance", _on(1, 9, 12), _on(3, 14, 17)),
            _he("Émile", _on(2, 9, 12, PLACE), _on(4, 10, 12, REMOTE)),
        ),
    ),
    Partner(
        name="Mission locale Avenir Jeunes Pays basque",
        people=(
            _she("Maialen", _on(0, 14, 17), _on(3, 9, 12)),
            _he("Eneko", _on(2, 14, 17, REMOTE), _on(4, 9, 11), trained=False),
        ),
    ),
    Partner(
        name="Université de Bordeaux",
        people=(
            _she("Salomé", _on(1, 12, 15), _on(2, 12, 14), _on(3, 12, 15)),
            _he("Youri", _on(0, 10, 13, REMOTE), _on(4, 13, 16)),
        ),
    ),
    Partner(
        name="Info Jeunes La Rochelle",
        people=(
            _she("Capucine", _on(1, 14, 18), _on(3, 10, 12)),
            _he("Tidiane", _on(2, 14, 17), _on(5, 10, 12, PLACE, every=2)),
        ),
    ),
    Partner(
        name="Mission locale de la Creuse",
        manager="Mahaut",
        people=(
            _she("Ondine", _on(1, 10, 12, ("in_person", "phone")), _on(4, 14, 16, REMOTE)),
            _he("Gaspard", _on(3, 14, 17, ("in_person", "phone"))),
        ),
    ),
    Partner(
        name="Mission locale du Grand Périgueux",
        people=(_she("Nour", _on(0, 9, 12), _on(2, 14, 17)), _he("Lubin", _on(3, 9, 12, REMOTE))),
    ),
    Partner(
        name="Point Jeunes d",
        people=(
            _he("Marius", _on(1, 14, 17), _on(4, 9, 12)),
            _she("Ambre", _on(2, 9, 12), accepted=False),
        ),
    ),
    Partner(
        name="Info Jeunes Mont-de-Marsan",
        people=(_she("Lison", _on(0, 13, 16), _on(3, 13, 16, every=2)),),
    ),
    Partner(
        name="Mission locale de l’arrondissement de Brive",
        people=(_he("Basile", _on(1, 9, 12), _on(3, 14, 16, REMOTE)),),
    ),
    Partner(
        name="Point Info Jeunes, Cité de la jeunesse",
        people=(_she("Zélie", _on(2, 13, 17, PLACE), _on(4, 10, 12, REMOTE)),),
    ),
    Partner(
        name="Université de Poitiers",
        people=(_he("Amadou", _on(0, 12, 14), _on(2, 12, 14), _on(4, 12, 14)),),
    ),
    # Short of slots: one monthly opening does not make three a week.
    Partner(name="Pistes Solidaires", people=(_she("Esther", _monthly(3, 14, 16)),)),
    # Without an agreement this year: no public slot.
    Partner(
        name="Maison de l’Europe Bordeaux-Aquitaine",
        agreed=False,
        people=(_he("Florian", _on(1, 14, 17)),),
    ),
)

NO_VIDEO = "Mission locale de la Creuse"
"""The structure where video is switched off, so that the features page has something to show."""
