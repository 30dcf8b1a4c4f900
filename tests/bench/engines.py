"""The rules of `matching_rules`, whole, for two rule engines: one expression a sheet, over the facts of one youth.

Written once as trees and printed in each engine's language. In the engines' favour everything about the youth is known, and what
depends on days (ages, the calendar) or on what is spoken where is worked out beforehand, not timed.
"""

import json
from functools import partial

import numpy as np

from core.catalogue import taxonomy
from plugins.matching_rules.bits import bits, country_bits
from plugins.matching_rules.criteria import HARD, SOFT
from plugins.matching_rules.places import reach, zones_of
from plugins.matching_rules.rulebook import read_rules
from plugins.matching_rules.sheets import compile_sheets
from plugins.matching_rules.youths import columns

try:
    import zen
except ImportError:
    zen = None
try:
    import datalogic_py
except ImportError:
    datalogic_py = None

RULES = read_rules()
AGE, TONGUE = HARD["age"], HARD["langue"]
ADVISED, DEPARTURE, AUDIENCE = SOFT["language"], SOFT["departure"], SOFT["audience"]


def var(name):
    return ("var", name)


def some_in(name, ids):
    """Whether a list of the youth's has one of these."""
    return ("some", name, sorted(ids))


def every(*conditions):
    """All of them, the certain ones left out."""
    kept = [one for one in conditions if one is not True]
    return True if not kept else kept[0] if len(kept) == 1 else ("and", *kept)


def key(facts):
    """Facts as a name that both engines can follow in a path."""
    return "k" + format(abs(hash(facts)), "x")


def facts_of(need, programmes):
    """The youth as both engines read them, with what days and places make of each kind of sheet."""
    profile, project = need.profile, need.project
    sheets, youth = compile_sheets(programmes), columns([need], RULES.horizon_months)
    tables = {}
    for rule in (AGE, TONGUE, ADVISED, DEPARTURE):
        view = sheets.views[rule.name]
        outcome = rule.judge(youth, view.prepared, RULES)
        values = outcome.cases if outcome.marks is None else outcome.marks
        tables[rule.name] = {
            key(facts): value for facts, value in zip(view.facts, values.tolist(), strict=True)
        }
    return {
        "cases": tables["age"],
        "spoken": tables["langue"],
        "advised": tables["language"],
        "calendar": tables["departure"],
        "statuses": list(profile.statuses),
        "diploma": taxonomy.rank("diploma_levels", profile.diploma),
        "preparing": taxonomy.rank("diploma_levels", profile.preparing),
        "citizen": ["fr", "ue", "eee"] if profile.nationality == "FR" else [],
        "region": profile.region,
        "department": profile.department,
        "held": [*(flag for flag, said in profile.flags.items() if said), *profile.statuses],
        "domains": list(project.domains),
        "wanted": list(project.countries),
        "zones": [id_ for id_, bit in bits("zones").items() if bit & youth.wanted_zones],
        "least": project.duration_min_weeks,
        "most": project.duration_max_weeks,
        "budget": profile.budget_eur,
        "interests": list(profile.interests),
        "enough": max(1, min(2, len(profile.interests))),
        "group": project.alone_or_group,
    }


def has_ages(programme):
    return programme.age_min is not None or programme.age_max is not None


def conditions(programme):
    """The hard rules of a sheet; False where it is closed to all."""
    if programme.availability == "suspendu" or programme.application_mode == "closed":
        return False
    rank = partial(taxonomy.rank, "diploma_levels")
    low, high = programme.study_level_min, programme.study_level_max
    departments = sorted(programme.residence_departments)
    reached = True
    if programme.diploma_min:
        reached = (">=", var("diploma"), rank(programme.diploma_min))
        if programme.diploma_in_progress_ok:
            reached = ("or", reached, (">=", var("preparing"), rank(programme.diploma_min)))
    lives = {
        "nouvelle_aquitaine": ("==", var("region"), "nouvelle_aquitaine"),
        "france": ("!=", var("region"), "etranger"),
        "none": True,
    }
    return every(
        ("!=", var(f"cases.{key(AGE.facts(programme))}"), AGE.OUT) if has_ages(programme) else True,
        True if "tous" in programme.statuses else some_in("statuses", programme.statuses),
        reached,
        (">=", var("preparing"), rank(low)) if low else True,
        ("<=", var("preparing"), rank(high)) if high else True,
        True if programme.nationality == "any" else some_in("citizen", [programme.nationality]),
        lives[programme.residence],
        ("one of", "department", departments) if departments else True,
        ("!=", var(f"spoken.{key(TONGUE.facts(programme))}"), TONGUE.OUT)
        if programme.language
        else True,
        *(some_in("held", [flag]) for flag in programme.requires_flags),
        some_in("held", programme.requires_any) if programme.requires_any else True,
    )


def score(programme):
    """The weighted mean of the marks, and what doubts leave of the certainty."""
    weights, tags = RULES.weights, sorted(programme.tags)
    sure = 1 / (1 + (programme.availability == "a_verifier"))
    if has_ages(programme):
        doubtful = (">", var(f"cases.{key(AGE.facts(programme))}"), AGE.OUT)
        sure = ("if", doubtful, sure / (1 + sure), sure)
    suits = ("if", ("==", var("group"), programme.group_mode), 1, 0)
    parts = (
        (weights.domains, domains(programme)),
        (weights.places, places(programme)),
        (weights.duration, duration(programme)),
        (weights.budget, budget(programme)),
        (weights.interests, ("min", 1, ("/", ("count", "interests", tags), var("enough")))),
        (weights.departure, var(f"calendar.{key(DEPARTURE.facts(programme))}")),
        (weights.language, var(f"advised.{key(ADVISED.facts(programme))}")),
        (weights.company, 1 if programme.group_mode == "les_deux" else suits),
        (weights.audience, AUDIENCE.facts(programme)[0]),
        (weights.certainty, sure),
    )
    total = sum(weight for weight, _ in parts)
    return ("+", *(("*", weight / total, mark) for weight, mark in parts))


def domains(programme):
    other = ("if", some_in("domains", programme.domains), RULES.marks.domain_second, 0)
    return ("if", some_in("domains", programme.domains[:1]), 1, other)


def places(programme):
    marks = RULES.marks
    found = reach(programme.zones, programme.countries, programme.countries_excluded)
    countries = sorted(code for code, bit in country_bits().items() if bit & found)
    zones = sorted(id_ for id_, bit in bits("zones").items() if bit & zones_of(found))
    world = "monde" in programme.zones and not programme.countries
    wide = marks.place_world if world else marks.place_open
    inside = ("==", ("count", "wanted", countries), len(countries))
    there = ("if", inside, marks.place_dedicated, wide)
    near = ("if", some_in("zones", zones), marks.place_near, 0)
    return ("if", some_in("wanted", countries), there, near)


def duration(programme):
    shortest, longest = programme.duration_min_weeks or 0, programme.duration_max_weeks or 10_000
    bound = 1 - RULES.limits.duration_tolerance

    def beyond(ratio):
        return ("if", (">=", ratio, bound), RULES.marks.duration_tolerated, ("/", ratio, 2))

    short = beyond(("/", var("most"), max(1, shortest)))
    long = ("if", (">", var("least"), longest), beyond(("/", longest, var("least"))), 1)
    return ("if", ("<", var("most"), shortest), short, long)


def budget(programme):
    band = taxonomy.entries("budget_bands")[programme.budget_band]
    least, most = band.min_eur, band.max_eur or band.min_eur
    helps = 0 if programme.funding in (None, "aucun") else RULES.marks.budget_funded
    inside = ("+", 0.7, ("*", 0.3 / max(1, most - least), ("-", var("budget"), least)))
    short = ("+", helps, ("*", 0.5 / max(1, least), var("budget")))
    below = ("if", (">=", var("budget"), least), inside, short)
    return ("if", (">=", var("budget"), most), 1, below)


def as_zen(tree):
    """The expression of a tree in the language of zen-engine."""
    match tree:
        case ("var", name):
            return name
        case ("some", name, ids):
            return f"some({name}, # in {json.dumps(ids)})"
        case ("one of", name, ids):
            return f"{name} in {json.dumps(ids)}"
        case ("count", name, ids):
            return f"len(filter({name}, # in {json.dumps(ids)}))"
        case ("if", condition, some, other):
            return f"({as_zen(condition)} ? {as_zen(some)} : {as_zen(other)})"
        case ("min", *parts):
            return f"min([{', '.join(map(as_zen, parts))}])"
        case (operator, *parts):
            return "(" + f" {operator} ".join(map(as_zen, parts)) + ")"
        case _:
            return json.dumps(tree)


def as_json_logic(tree):
    """The rule of a tree in JSONLogic."""
    match tree:
        case ("var", name):
            return {"var": name}
        case ("some", name, ids):
            return {"some": [{"var": name}, {"in": [{"var": ""}, ids]}]}
        case ("one of", name, ids):
            return {"in": [{"var": name}, ids]}
        case ("count", name, ids):
            return {"length": [{"filter": [{"var": name}, {"in": [{"var": ""}, ids]}]}]}
        case (operator, *parts):
            return {operator: [as_json_logic(part) for part in parts]}
        case _:
            return tree


def decision_table(need, programmes):
    """zen-engine in its best form: one table, a row a sheet. Returns the call, and what it found: scores by sheet."""
    rows = [
        {
            "_id": str(number),
            "in": as_zen(wanted),
            "id": json.dumps(programme.id),
            "score": as_zen(score(programme)),
        }
        for number, programme in enumerate(programmes)
        if (wanted := conditions(programme)) is not False
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "in", "name": "in"}],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("id", "score")],
        "rules": rows,
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
    call = partial(decision.evaluate, facts_of(need, programmes))
    return call, lambda: {row["id"]: row["score"] for row in call()["result"]}


def batch(need, programmes):
    """datalogic-py in one native call: a rule a sheet, the youth as its one document. Returns the call and what it found."""
    engine = datalogic_py.Engine()
    rules = [
        engine.compile(json.dumps(as_json_logic(("if", conditions(p), score(p), -1))))
        for p in programmes
    ]
    youth = datalogic_py.DataHandle(json.dumps(facts_of(need, programmes)))
    call = partial(engine.session().evaluate_many, rules, youth)

    def found():
        answers = zip(programmes, map(float, call()), strict=True)
        return {programme.id: answer for programme, answer in answers if answer >= 0}

    return call, found


def differences(found, ours):
    """In how many sheets an engine says something else than we do: of who is proposed, or of the score."""
    kept = {id_ for id_, points in ours.items() if points is not None}
    wrong = len(kept ^ found.keys())
    return wrong + sum(not np.isclose(found[id_], ours[id_]) for id_ in kept & found.keys())


ENGINES = (
    ("zen-engine, one decision table", zen, decision_table, 50),
    ("datalogic-py, one batch", datalogic_py, batch, 10),
)
