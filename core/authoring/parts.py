"""What a new plugin may begin with: one part for each thing that can be registered."""

from collections.abc import Mapping, Sequence

import msgspec

from core.errors import SettingsError


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A module of the new plugin: `item` is what it registers, under the hook `register_<kind>`.

    `returns` is the type in the hook's answer; `makes` tells whether `item` is a class to make an object of; `contract` is
    the class of `core.testing.contracts` that holds it; `files` are templates and where they go.
    """

    name: str
    module: str
    kind: str
    returns: str
    item: str
    says: str
    contract: str = ""
    makes: bool = True
    files: Mapping[str, str] = {}

    @property
    def made(self) -> str:
        """How the hook names the object."""
        return f"{self.item}()" if self.makes else self.item


def _part(name: str, module: str, kind: str, *declared: str, **more: object) -> Part:
    """`declared`: the type, the object, what it is for. Where an object is made of a class, its contract bears the type's name."""
    returns, item, says = declared
    found = {"name": name, "module": module, "kind": kind, "returns": returns, "item": item}
    contract = f"{returns}Contract" if more.get("makes", True) else ""
    return msgspec.convert({**found, "says": says, "contract": contract, **more}, Part)


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        _part("matching", "strategy", "matching_strategies", "MatchingStrategy", "SharedFields", "Ranks the sheets."),
        _part("slots", "slots", "slot_providers", "SlotProvider", "WednesdayAfternoons", "When advisors are open."),
        _part("busy", "busy", "busy_sources", "BusySource", "LunchBreaks", "When advisors are busy."),
        _part("channel", "channel", "interview_channels", "InterviewChannel", "SignedRoom", "A way to meet."),
        _part("exporter", "exporter", "exporters", "Exporter", "CountByStructure", "A file for staff."),
        _part("rule", "rule", "booking_rules", "BookingRule", "NotTooLate", "Who may book what."),
        _part("gate", "gate", "publication_gates", "PublicationGate", "NeedsPhone", "What a structure needs to offer slots."),
        _part("structure", "structures", "partner_networks", "PartnerNetwork", "OurStructures", "The structures of a partner."),
        _part("notices", "notices", "notice_carriers", "NoticeCarrier", "ToTheLog", "Brings messages to people."),
        _part("events", "events", "event_handlers", "EventHandler", "TellsTheLog", "Reacts to what happened."),
        _part("tables", "counts", "event_handlers", "EventHandler", "CountsInterviews", "Keeps something of its own.",
            files={"pages/migration.sql": "migrations/0001_initial.sql"}),
        _part("health", "health", "health_checks", "HealthCheck", "HowItIs", "How the plugin is."),
        _part("settings", "settings", "settings", "SettingsSpec", "SETTINGS", "What may be set.", makes=False),
        _part("pages", "pages", "routes", "RouteSet", "ROUTES", "Pages of its own.", makes=False,
            files={"pages/page.html": "templates/page.html"}),
        _part("block", "block", "page_blocks", "PageBlock", "BLOCK", "A piece of a page of the core.", makes=False,
            contract="PageBlockContract", files={"pages/block.html": "templates/block.html"}),
        _part("job", "job", "jobs", "JobSpec", "JOB", "Work on a beat.", makes=False, contract="JobContract"),
        _part("command", "command", "commands", "CommandSpec", "COMMAND", "A command for operators.", makes=False,
            contract="CommandContract"),
    )
}  # fmt: skip


def choose(words: Sequence[str]) -> list[Part]:
    """The parts of these names, in the order of the list. Raises `SettingsError` naming those that exist."""
    if not words:
        raise SettingsError(
            f"say what it brings, --with {next(iter(PARTS))} say: {', '.join(PARTS)}"
        )
    unknown = [word for word in words if word not in PARTS]
    if unknown:
        raise SettingsError(f"--with {','.join(unknown)}: choose among {', '.join(PARTS)}")
    return [part for part in PARTS.values() if part.name in words]
