from importlib.metadata import packages_distributions

import pytest

OURS = ("core", "plugins", "config", "hookspecs")


@pytest.mark.parametrize("name", OURS)
def test_no_dependency_ships_a_package_of_one_of_our_names(name):
    assert set(packages_distributions().get(name, [])) <= {"somobilite"}
