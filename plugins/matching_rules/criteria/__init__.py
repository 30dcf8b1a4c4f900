"""The criteria, each in one place: what it reads, how it judges many at once, how it tells one."""

from collections.abc import Mapping

from plugins.matching_rules.criteria.aims import Company, Domains, Interests, Places
from plugins.matching_rules.criteria.base import HardRule, SoftRule
from plugins.matching_rules.criteria.means import Audience, Budget, Departure, Duration
from plugins.matching_rules.criteria.origin import Nationality, Residence
from plugins.matching_rules.criteria.person import Age, Diploma, Status, Suspended
from plugins.matching_rules.criteria.skills import AdvisedLanguage, Language, Prerequisite

HARD: Mapping[str, HardRule] = {
    rule.name: rule
    for rule in (
        Suspended(),
        Age(),
        Status(),
        Diploma(),
        Nationality(),
        Residence(),
        Language(),
        Prerequisite(),
    )
}
SOFT: Mapping[str, SoftRule] = {
    rule.name: rule
    for rule in (
        Domains(),
        Places(),
        Duration(),
        Budget(),
        Interests(),
        Departure(),
        AdvisedLanguage(),
        Company(),
        Audience(),
    )
}
