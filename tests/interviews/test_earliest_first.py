from datetime import date

import pytest

from core.catalogue.reasons import word
from core.contracts.matching import Need, Profile, Programme, Project
from core.interviews.earliest_first import EarliestFirst, months_ahead
from core.testing.contracts import MatchingStrategyContract, context
from core.web.i18n import use_locale


class TestEarliestFirst(MatchingStrategyContract):
    factory = EarliestFirst


def programme(id_, mode="windows", months=(), **facts):
    return Programme(
        id=id_, title_fr=id_, application_mode=mode, application_months=months, **facts
    )


@pytest.mark.parametrize(
    ("months", "day", "ahead"),
    [((1,), 25, 0), ((2, 10), 25, 1), ((12,), 25, 11), ((), 25, 12)],
)
def test_the_nearest_month_of_application_counts(months, day, ahead):
    assert months_ahead(programme("a", months=months), date(2027, 1, day)) == ahead


def test_one_applies_now_then_soon_then_some_day_and_never_for_what_is_suspended():
    sheets = [
        programme("suspended", "rolling", availability="suspendu"),
        programme("undated"),
        programme("autumn", months=(10,)),
        programme("spring", months=(3,)),
        programme("rolling", "rolling"),
    ]
    need = Need(profile=Profile(), project=Project(), today=date(2027, 1, 25))
    verdicts = EarliestFirst().rank(context(), need, sheets)
    assert [v.programme_id for v in verdicts] == [
        "rolling",
        "spring",
        "autumn",
        "undated",
        "suspended",
    ]
    assert word(verdicts[1].reasons[0]) == "Candidatures\N{NO-BREAK SPACE}: mars."
    with use_locale("en"):
        assert "March" in word(verdicts[1].reasons[0])
