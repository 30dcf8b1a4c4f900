"""What is expected of who brings the structures of a partner."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from core.catalogue import taxonomy
from core.contracts.context import PluginContext
from core.contracts.partners import PartnerNetwork, PartnerStructure
from core.testing.contracts.base import Contract, answer, cut_off
from core.testing.places import TwoStructures

_LOGO_BYTES = 200_000


class PartnerNetworkContract(Contract):
    """What the platform expects of every `PartnerNetwork`."""

    factory: ClassVar[Callable[[], PartnerNetwork]]

    async def _told(self, network: PartnerNetwork, told: PluginContext) -> list[PartnerStructure]:
        found: Sequence[PartnerStructure] = await answer(
            lambda: network.list_structures(told), list[PartnerStructure], "list_structures"
        )
        return list(found)

    async def test_what_it_brings_can_be_read(self, two_structures: TwoStructures) -> None:
        """Keys of its own, a kind and a department that exist, a logo that is not too heavy."""
        for one in await self._told(self.make(), two_structures.here.region(self.settings)):
            assert one.key, "a structure needs a key of the partner's own"
            assert one.name.strip(), f"{one.key}: people read its name"
            kinds, departments = (
                taxonomy.entries("structure_kinds"),
                taxonomy.entries("departments"),
            )
            assert one.kind in kinds, f"{one.key}: {one.kind!r} is none of {', '.join(kinds)}"
            assert one.department in departments, (
                f"{one.key}: {one.department!r} is not of the region"
            )
            assert len(one.logo) <= _LOGO_BYTES, f"{one.key}: the logo is too heavy"
            keys = [site.key for site in one.sites]
            assert len(keys) == len(set(keys)), f"{one.key}: two sites have the same key"

    async def test_keys_stay_and_meet_nobody_elses(self, two_structures: TwoStructures) -> None:
        """The same keys each night: by them an edit of the coordination is kept."""
        told = two_structures.here.region(self.settings)
        first = await self._told(self.make(), told)
        keys = [one.key for one in first]
        assert len(keys) == len(set(keys)), "two structures have the same key"
        assert await self._told(self.make(), told) == first

    async def test_a_network_that_is_down_takes_nothing_away(
        self, two_structures: TwoStructures
    ) -> None:
        """It raises, or tells what it told: fewer structures would be marked as gone."""
        told = two_structures.here.region(self.settings)
        before = await self._told(self.make(), told)
        try:
            found = await self.make().list_structures(cut_off(told))
        except Exception:  # noqa: BLE001 - raising is a good answer: everything stays as it is
            return
        assert len(found) >= len(before), "structures vanish while the network is down: raise"
