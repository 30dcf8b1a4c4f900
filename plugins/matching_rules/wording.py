"""Rules and needs in words, for the pages."""

from typing import NamedTuple

from hookspecs import Need, _, ngettext, taxonomy, words
from plugins.matching_rules.fields import hard_options, labels, values_of
from plugins.matching_rules.rulebook import Rules


class Row(NamedTuple):
    """One setting of the rules: its name, what it was (empty for a plain list), what it is."""

    label: str
    before: str
    after: str


def differences(before: Rules | None, after: Rules) -> list[Row]:
    """What differs; everything without a `before`."""
    named, then = labels(), values_of(after)
    now = values_of(before) if before else {}
    rows = []
    for field, value in then.items():
        if before is None or now[field] != value:
            was = _said(field, now[field]) if before else ""
            rows.append(Row(named[field], was, _said(field, value)))
    return rows


def _said(field: str, value: object) -> str:
    if field == "hard":
        chosen = dict(hard_options())
        return words.enumerate_words([chosen[name] for name in chosen if name in list(value)])  # type: ignore[call-overload]
    if field.startswith(("mark_", "tolerance")):
        return _("%(percent)d %%") % {"percent": value}
    return str(value)


def someone(need: Need) -> str:
    """« 21 ans, étudiant·e : stage, Union européenne », of whom nobody could be recognised."""
    profile, project = need.profile, need.project
    said = []
    if profile.birth_date is not None:
        age = (need.today - profile.birth_date).days // 365
        said.append(ngettext("%(num)d an", "%(num)d ans", age) % {"num": age})
    said += [taxonomy.label("statuses", status) for status in profile.statuses[:2]]
    wanted = [
        words.labels("domains", project.domains, most=2),
        words.labels("countries", project.countries, most=2)
        or words.labels("zones", project.zones, most=2),
    ]
    return " : ".join(part for part in (", ".join(said), ", ".join(filter(None, wanted))) if part)
