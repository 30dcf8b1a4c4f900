"""What a new plugin may begin with: a part for each thing that can be registered."""

from collections.abc import Mapping, Sequence

import msgspec

from core.errors import SettingsError


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A module of the new plugin: `item` is what it registers, under the hook `register_<kind>`.

    `returns` is the type in the hook's answer; `makes` tells whether `item` is a class to make an object of; `contract` is
    the class of `core.testing.contracts` that holds it, for which `test` says more when it must, with `test_names` of the module;
    `files` are templates and where they go: migrations are numbered in the order of the parts. `needs` are parts without which
    this one would do nothing, or not be as good as the others.
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
    needs: tuple[str, ...] = ()
    test: str = ""
    test_names: tuple[str, ...] = ()

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


_KEEPING = """
    async def keep(self, platform, place):
        await keep_password(place.region(), place.structure.id, "un mot de passe")
"""

PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        _part("matching", "strategy", "matching_strategies", "MatchingStrategy", "SharedFields", "Ranks the sheets."),
        _part("slots", "slots", "slot_providers", "SlotProvider", "WednesdayAfternoons", "When advisors are open."),
        _part("busy", "busy", "busy_sources", "BusySource", "LunchBreaks", "When advisors are busy."),
        _part("channel", "channel", "interview_channels", "InterviewChannel", "SignedRoom", "A way to meet.", needs=("health",)),
        _part("exporter", "exporter", "exporters", "Exporter", "CountByStructure", "A file for staff."),
        _part("rule", "rule", "booking_rules", "BookingRule", "NotTooLate", "Who may book what."),
        _part("gate", "gate", "publication_gates", "PublicationGate", "NeedsPhone", "What a structure needs to offer slots."),
        _part("structure", "structures", "partner_networks", "PartnerNetwork", "OurStructures", "The structures of a partner."),
        _part("notices", "notices", "notice_carriers", "NoticeCarrier", "ToTheLog", "Brings messages to people."),
        _part("offers", "offers", "offer_carriers", "OfferCarrier", "OffersToTheLog", "Tells who waits that a slot is kept for them."),
        _part("digests", "digests", "digest_carriers", "DigestCarrier", "DigestsToTheLog", "Tells staff about their week."),
        _part("accounts", "accounts", "account_carriers", "AccountCarrier", "AccountsToTheLog", "Tells staff what happened to their account."),
        _part("texts", "texts", "message_templates", "MessageTemplate", "REMINDER", "A text that the coordination may rewrite.",
            makes=False, contract="MessageTemplateContract"),
        _part("events", "events", "event_handlers", "EventHandler", "TellsTheLog", "Reacts to what happened."),
        _part("switch", "switch", "switch_reactions", "SwitchReaction", "ComesAndGoes", "Reacts to its own switch."),
        _part("tables", "counts", "event_handlers", "EventHandler", "CountsInterviews", "Keeps something of its own.",
            files={"pages/tables.sql": "migrations/held.sql"}),
        _part("personal", "personal", "personal_data", "PersonalData", "LeftWords", "Keeps something of people, and gives it back.",
            files={"pages/personal.sql": "migrations/words.sql"}),
        _part("sealed", "sealed", "sealed_columns", "SealedColumn", "PASSWORDS", "Keeps a secret of each structure.", makes=False,
            contract="SealedColumnContract", files={"pages/sealed.sql": "migrations/accounts.sql"},
            test=_KEEPING, test_names=("keep_password",)),
        _part("health", "health", "health_checks", "HealthCheck", "HowItIs", "How the plugin is."),
        _part("settings", "settings", "settings", "SettingsSpec", "SETTINGS", "What may be set.", makes=False,
            contract="SettingsContract"),
        _part("pages", "pages", "routes", "RouteSet", "ROUTES", "Pages for anyone.", makes=False,
            files={"pages/page.html": "templates/page.html"}),
        _part("staff", "staff", "routes", "RouteSet", "STAFF_ROUTES", "A page for staff.", makes=False,
            files={"pages/staff.html": "templates/staff.html"}),
        _part("menu", "menu", "nav_items", "NavItem", "MENU", "An entry of the staff menu.", makes=False,
            contract="NavItemContract", needs=("staff",)),
        _part("permission", "permission", "permissions", "Permission", "OPEN_STAFF_PAGE", "Who may open the page for staff.",
            makes=False, contract="PermissionContract", needs=("staff",)),
        _part("block", "block", "page_blocks", "PageBlock", "BLOCK", "A piece of a page of the core.", makes=False,
            contract="PageBlockContract", files={"pages/block.html": "templates/block.html"}),
        _part("job", "job", "jobs", "JobSpec", "JOB", "Work on a beat.", makes=False, contract="JobContract"),
        _part("command", "command", "commands", "CommandSpec", "COMMAND", "A command for operators.", makes=False,
            contract="CommandContract"),
    )
}  # fmt: skip


def choose(words: Sequence[str]) -> list[Part]:
    """The parts of these names and those that they need, in the order of the list. Raises `SettingsError` naming those that exist."""
    if not words:
        raise SettingsError(
            f"say what it brings, --with {next(iter(PARTS))} say: {', '.join(PARTS)}"
        )
    unknown = [word for word in words if word not in PARTS]
    if unknown:
        raise SettingsError(f"--with {','.join(unknown)}: choose among {', '.join(PARTS)}")
    needed = {name for word in words for name in PARTS[word].needs}
    return [part for part in PARTS.values() if part.name in needed | set(words)]
