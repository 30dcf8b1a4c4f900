"""Whether a plugin is on: held by properties, whatever the policies, switches and circles."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.extension.activation import PluginFacts, decide

IDS = ("a", "b", "c", "d", "e")


@st.composite
def worlds(draw):
    """Facts of up to five plugins that may require each other, themselves, or what is not loaded."""
    loaded = draw(st.lists(st.sampled_from(IDS), unique=True))
    return {
        plugin_id: PluginFacts(
            policy=draw(st.sampled_from(["forbidden", "available", "default_on", "mandatory"])),
            switch=draw(st.sampled_from(["on", "off", "unset"])),
            requires=tuple(draw(st.lists(st.sampled_from(IDS), unique=True, max_size=3))),
            settings_valid=draw(st.booleans()),
        )
        for plugin_id in loaded
    }


def on(facts):
    return {plugin_id for plugin_id, activity in decide(facts).items() if activity.on}


@given(worlds())
def test_every_loaded_plugin_has_one_answer_and_no_other(facts):
    assert decide(facts).keys() == facts.keys()


@given(worlds(), st.randoms())
def test_the_order_in_which_plugins_are_told_does_not_matter(facts, chance):
    items = list(facts.items())
    chance.shuffle(items)
    assert decide(dict(items)) == decide(facts)


@given(worlds())
def test_what_is_on_has_everything_that_it_requires_on(facts):
    active = on(facts)
    for plugin_id in active:
        assert set(facts[plugin_id].requires) <= active


@given(worlds())
def test_forbidden_or_misconfigured_is_never_on_and_says_so(facts):
    for plugin_id, activity in decide(facts).items():
        if facts[plugin_id].policy == "forbidden":
            assert (activity.on, activity.why) == (False, "forbidden")
        elif not facts[plugin_id].settings_valid:
            assert not activity.on


@given(worlds())
def test_only_a_cause_beyond_itself_keeps_a_mandatory_plugin_off(facts):
    for plugin_id, activity in decide(facts).items():
        if facts[plugin_id].policy == "mandatory" and not activity.on:
            assert activity.why in {"misconfigured", "requirement_off"}


@given(worlds())
def test_nobody_in_a_circle_of_requirements_is_on(facts):
    def reaches(start):
        seen, waiting = set(), [*facts[start].requires]
        while waiting:
            other = waiting.pop()
            if other in facts and other not in seen:
                seen.add(other)
                waiting += facts[other].requires
        return seen

    for plugin_id in on(facts):
        assert plugin_id not in reaches(plugin_id)


@given(worlds(), st.sampled_from(IDS))
def test_switching_one_plugin_off_never_switches_another_on(facts, plugin_id):
    if plugin_id not in facts:
        return
    before = on(facts)
    own = facts[plugin_id]
    without = {
        **facts,
        plugin_id: PluginFacts(
            policy=own.policy,
            switch="off",
            requires=own.requires,
            settings_valid=own.settings_valid,
        ),
    }
    assert on(without) <= before


@given(worlds())
def test_the_switch_has_the_last_word_only_where_the_region_leaves_it(facts):
    for plugin_id, activity in decide(facts).items():
        own = facts[plugin_id]
        if own.policy in {"available", "default_on"} and own.settings_valid and not own.requires:
            wanted = own.switch == "on" or (own.switch == "unset" and own.policy == "default_on")
            assert activity.on == wanted


def looser(own):
    """Every way to say a step more of yes to one plugin."""
    policies = ("forbidden", "available", "default_on", "mandatory")
    switches = ("off", "unset", "on")
    if own.policy != "mandatory":
        yield replace(own, policy=policies[policies.index(own.policy) + 1])
    if own.switch != "on":
        yield replace(own, switch=switches[switches.index(own.switch) + 1])
    if not own.settings_valid:
        yield replace(own, settings_valid=True)
    if own.requires:
        yield replace(own, requires=own.requires[1:])


@given(worlds(), st.sampled_from(IDS))
def test_saying_more_of_yes_to_one_plugin_never_switches_any_off(facts, plugin_id):
    if plugin_id not in facts:
        return
    before = on(facts)
    for own in looser(facts[plugin_id]):
        assert before <= on({**facts, plugin_id: own})


@given(worlds())
def test_a_mandatory_plugin_is_on_when_its_settings_are_valid_and_its_requirements_are_on(facts):
    active = on(facts)
    for plugin_id, own in facts.items():
        if own.policy == "mandatory" and own.settings_valid and active.issuperset(own.requires):
            assert plugin_id in active


@given(worlds())
def test_every_reason_is_the_true_one(facts):
    """The reason alone tells on from off, and names exactly what is missing."""
    active = on(facts)
    for plugin_id, activity in decide(facts).items():
        own = facts[plugin_id]
        reasons_on = {"core", "mandatory", "switched_on", "default_on"}
        assert activity.on == (activity.why in reasons_on)
        missing = tuple(other for other in own.requires if other not in active)
        assert activity.missing == (missing if activity.why == "requirement_off" else ())
        assert (activity.why == "requirement_off") <= bool(missing)
        if activity.why in {"switched_on", "switched_off"}:
            assert own.switch == activity.why.removeprefix("switched_")
        if activity.why == "misconfigured":
            assert activity.state == "misconfigured"
            assert (
                decide({**facts, plugin_id: replace(own, settings_valid=True)})[plugin_id].why
                != "misconfigured"
            )


def test_a_long_chain_and_a_wide_diamond_are_decided_at_once():
    chain = {
        f"p{n}": PluginFacts(policy="default_on", requires=(f"p{n - 1}",) * (n > 0))
        for n in range(300)
    }
    assert all(activity.on for activity in decide(chain).values())
    layers = {
        f"l{n}_{side}": PluginFacts(
            policy="default_on", requires=tuple(f"l{n - 1}_{s}" for s in "ab") if n else ()
        )
        for n in range(40)
        for side in "ab"
    }
    assert all(activity.on for activity in decide(layers).values())
    broken = decide({**layers, "l0_a": PluginFacts(policy="forbidden")})
    assert {one for one, activity in broken.items() if activity.on} == {"l0_b"}


def test_the_core_is_always_on():
    facts = {"core": PluginFacts(policy="forbidden", switch="off", always_on=True)}
    assert decide(facts)["core"].why == "core"
