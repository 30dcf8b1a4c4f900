"""The bundled strategy, in CPU time: ninety sheets, ten thousand beside two rule engines on the same hard rules, fifty thousand youths."""

import json
import time
from datetime import date
from functools import partial
from itertools import count
from random import Random
from statistics import median

from msgspec.structs import replace

from core.catalogue import taxonomy
from core.catalogue.service import published
from core.contracts.matching import LanguageSkill, Need, Profile, Project
from core.testing.contracts import reference_programmes
from core.testing.examples import read_examples

try:
    import zen
except ImportError:
    zen = None
try:
    import datalogic_py
except ImportError:
    datalogic_py = None

NEED = Need(
    profile=Profile(
        birth_date=date(2006, 5, 31),
        nationality="FR",
        department="33",
        region="nouvelle_aquitaine",
        statuses=("etudiant",),
        diploma="bac",
        preparing="bac_3",
        languages=(LanguageSkill(code="fr", level="C2"), LanguageSkill(code="en", level="B2")),
        budget_eur=1500,
        flags={"boursier_crous": True},
        interests=("langues", "culture"),
    ),
    project=Project(
        domains=("etudes", "stage", "volontariat"),
        zones=("europe_ue",),
        countries=("DE",),
        duration_min_weeks=12,
        duration_max_weeks=40,
        departure="2027-09",
    ),
    today=date(2027, 1, 25),
)


def varied(programmes, count):
    """So many sheets: copies with other ages, durations and domains."""
    chance = Random(2027)
    return [
        replace(
            original := programmes[number % len(programmes)],
            id=f"{original.id}-{number}",
            age_min=chance.randint(14, 20),
            age_max=chance.randint(20, 35),
            duration_min_weeks=chance.randint(1, 12),
            domains=tuple(chance.sample(("etudes", "stage", "emploi", "chantier", "langue"), 2)),
        )
        for number in range(count)
    ]


def say(*words):
    print(*words, flush=True)  # noqa: T201 - the answer of a command


def line(name, seconds, more=""):
    say(f"{name:<46}{seconds * 1000:>10.2f} ms  {more}")


async def ranking(platform):
    """Every measure of the ranking, one a line."""
    snapshot = await platform.plugins.current()
    owned = platform.board.strategies["matching_rules:rules"]
    strategy, context = owned.item, platform.context(owned.plugin_id, snapshot)
    say("\nranking, CPU")
    line("published sheets, read again", await read_again(platform))
    ninety(strategy, context, reference_programmes())
    many_sheets(strategy, context, varied(reference_programmes(), 10_000))
    many_youths(strategy, context, reference_programmes())


async def read_again(platform, rounds=50):
    """The median of reading sheets that did not change."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        await published(platform)
        times.append(time.process_time() - started)
    return median(times)


def ninety(strategy, context, programmes):
    """All reasons, none, the first twenty; the same youth after one more word, and another youth."""
    number = count(1000)

    def typed():
        profile = replace(NEED.profile, budget_eur=next(number))
        return replace(NEED, profile=profile)

    size = f"{len(programmes)} sheets"
    twenty = timed(lambda: strategy.first(context, typed(), programmes, 20), 200)
    bare = timed(lambda: strategy.first(context, typed(), programmes, 0), 200)
    every = timed(lambda: strategy.rank(context, typed(), programmes), 200)
    line(f"{size}, one fact changed, all reasons", every, "bar 1 ms")
    line(f"{size}, one fact changed, no reason", bare)
    line("  the twenty shown, on top of it", twenty - bare, "bar 1 ms")
    needs = [example.need for example in read_examples(NEED.today)]

    def strangers():
        strategy.compiled(programmes).told.clear()
        for need in needs:
            strategy.rank(context, need, programmes)

    line(f"{size}, a youth never seen, all reasons", timed(strangers, 20) / len(needs))


def many_sheets(strategy, context, programmes):
    """Scored, all rules and criteria, against the hard rules alone of two engines."""
    started = time.process_time()
    catalogue = strategy.compiled(programmes)
    size = f"{len(programmes)} sheets"
    line(f"{size}, compiled once", time.process_time() - started)
    judged = strategy.judge(context, [NEED], catalogue)
    ours = timed(lambda: strategy.judge(context, [NEED], catalogue), 51)
    line(f"{size}, scored", ours)
    kept = {
        programme.id
        for programme, excluded in zip(programmes, judged.excluded[0], strict=True)
        if not excluded
    }
    for name, module, prepare, bar in (
        ("zen-engine, one decision table", zen, decision_table, 50),
        ("datalogic-py, one batch", datalogic_py, batch, 10),
    ):
        if module is None:
            say(f"{name}: not installed, not measured")
            continue
        call, found = prepare(programmes)
        theirs = timed(call, 5)
        line(name, theirs, f"{theirs / ours:.0f} × ours, bar {bar} ×")
        say(f"  sheets kept: {len(found() ^ kept)} of {len(programmes)} differ from ours")


def many_youths(strategy, context, programmes, size=50_000):
    """One sheet against so many youths, prepared beforehand."""
    chance = Random(2027)
    examples = [example.need for example in read_examples(NEED.today)]
    needs = []
    for _ in range(size):
        one, other = chance.choice(examples), chance.choice(examples)
        birth = date(chance.randint(1995, 2011), chance.randint(1, 12), chance.randint(1, 28))
        profile = replace(one.profile, birth_date=birth, budget_eur=chance.randint(0, 6000))
        needs.append(replace(one, profile=profile, project=other.project))
    started = time.process_time()
    youths = strategy.prepare(needs)
    line(f"{size} youths, prepared once", time.process_time() - started)
    sheets = [strategy.compiled([programme]) for programme in programmes[::9]]
    times = [timed(partial(strategy.judge, context, youths, sheet), 3) for sheet in sheets]
    line(f"one sheet, {size} youths, the slowest of {len(sheets)}", max(times), "bar 50 ms")


def timed(call, rounds):
    """Median duration of so many calls, in seconds of CPU."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return median(times)


FACTS = {
    "age": 20,
    "statuses": list(NEED.profile.statuses),
    "diploma": taxonomy.rank("diploma_levels", NEED.profile.diploma),
    "preparing": taxonomy.rank("diploma_levels", NEED.profile.preparing),
    "nationality": NEED.profile.nationality,
    "region": NEED.profile.region,
    "department": NEED.profile.department,
    "levels": {skill.code: taxonomy.rank("cefr", skill.level) for skill in NEED.profile.languages},
}
"""The same youth for an engine, told in full where it helps the engine: its age is one number."""


def conditions(programme):
    """The hard rules of a sheet as bounds and sets; what the engines need no telling is left out."""
    rank = partial(taxonomy.rank, "diploma_levels")
    return {
        "open": programme.availability != "suspendu" and programme.application_mode != "closed",
        "age": (programme.age_min, programme.age_max),
        "statuses": () if "tous" in programme.statuses else programme.statuses,
        "diploma": programme.diploma_min and rank(programme.diploma_min),
        "coming": programme.diploma_in_progress_ok,
        "study": (
            programme.study_level_min and rank(programme.study_level_min),
            programme.study_level_max and rank(programme.study_level_max),
        ),
        "region": programme.residence == "nouvelle_aquitaine",
        "departments": programme.residence_departments,
        "language": programme.language,
    }


def decision_table(programmes):
    """One row a sheet; returns the call and what it found."""
    fields = ("age", "statuses", "diploma", "preparing", "region", "department", "levels")
    rules = [{"_id": p.id, **cells(conditions(p)), "out": json.dumps(p.id)} for p in programmes]
    columns = [{"id": field, "name": field, "field": field} for field in fields]
    table = {
        "hitPolicy": "collect",
        "inputs": columns,
        "outputs": [{"id": "out", "name": "id", "field": "id"}],
        "rules": [rule for rule in rules if rule.pop("open")],
    }
    place = {"position": {"x": 0, "y": 0}}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", **place},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": table, **place},
        {"id": "end", "type": "outputNode", "name": "end", **place},
    ]
    edges = [
        {"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"}
        for a, b in (("in", "table"), ("table", "end"))
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    call = partial(decision.evaluate, FACTS)
    return call, lambda: {row["id"] for row in call()["result"]}


def cells(wanted):
    """The cells of one row, empty where the sheet asks for nothing."""
    least, most = wanted["age"]
    low, high = wanted["study"]
    language = wanted["language"]
    own = [code for code, _level in FACTS["levels"].items()]
    levels = ""
    if language is not None:
        codes = own if language.code in ("dest", "ue") else [language.code]
        level = taxonomy.rank("cefr", language.level_min)
        levels = " or ".join(f"$.{code} >= {level}" for code in codes if code in own) or "false"
    diploma = f">= {wanted['diploma']}" if wanted["diploma"] and not wanted["coming"] else ""
    return {
        "open": wanted["open"],
        "age": f"[{least or 0}..{most or 99}]",
        "statuses": f"some($, # in {json.dumps(wanted['statuses'])})" if wanted["statuses"] else "",
        "diploma": diploma,
        "preparing": f"[{low or 0}..{high or 99}]" if low or high else "",
        "region": "'nouvelle_aquitaine'" if wanted["region"] else "",
        "department": ", ".join(f"'{code}'" for code in wanted["departments"]),
        "levels": levels,
    }


def batch(programmes):
    """One rule over as many documents as sheets, each with the youth in it; returns the call and what it found."""
    engine = datalogic_py.Engine()
    rule = engine.compile(json.dumps(RULE))
    session = engine.session()
    documents = [datalogic_py.DataHandle(json.dumps(document(p))) for p in programmes]
    call = partial(session.evaluate_batch, rule, documents)

    def found():
        return {p.id for p, answer in zip(programmes, call(), strict=True) if answer == "true"}

    return call, found


def document(programme):
    """A sheet and the youth, as the rule below reads them."""
    wanted = conditions(programme)
    (least, most), (low, high), language = wanted["age"], wanted["study"], wanted["language"]
    code = "" if language is None else language.code
    levels = FACTS["levels"]
    known = max(levels.values()) if code in ("dest", "ue") else levels.get(code, -1)
    return {
        "open": wanted["open"],
        "least": least or 0,
        "most": most or 99,
        "statuses": wanted["statuses"] or FACTS["statuses"],
        "diploma": 0 if wanted["coming"] else wanted["diploma"] or 0,
        "low": low or 0,
        "high": high or 99,
        "region": "nouvelle_aquitaine" if wanted["region"] else FACTS["region"],
        "departments": wanted["departments"] or [FACTS["department"]],
        "level": 0 if language is None else taxonomy.rank("cefr", language.level_min),
        "youth": {**FACTS, "level": 9 if language is None else known},
    }


def _of(name):
    return {"var": name}


RULE = {
    "and": [
        _of("open"),
        {"<=": [_of("least"), _of("youth.age"), _of("most")]},
        {"in": [_of("youth.statuses.0"), _of("statuses")]},
        {">=": [_of("youth.diploma"), _of("diploma")]},
        {"<=": [_of("low"), _of("youth.preparing"), _of("high")]},
        {"==": [_of("youth.region"), _of("region")]},
        {"in": [_of("youth.department"), _of("departments")]},
        {">=": [_of("youth.level"), _of("level")]},
    ]
}
