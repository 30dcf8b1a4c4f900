"""What the deployment's configuration says of slots, as a mark: kept with the projection, so that a change of it is noticed.

Structures and advisors without terms of their own have the region's, which no row tells: when these change, nothing in the
database does.
"""

import hashlib
from typing import Any

import msgspec

from core.agenda.terms import OwnTerms, resolve
from core.platform import Platform

_SUPPLY = ("slot_providers", "busy_sources", "interview_channels", "publication_gates")
_ASKED_BY_SEARCHES = ("lead_hours", "lead_days", "age_rule")
_KEEP = """
INSERT INTO projected_with (mark, at) VALUES ($1, $2)
ON CONFLICT (only_one) DO UPDATE SET mark = excluded.mark, at = excluded.at WHERE projected_with.mark <> excluded.mark
"""


def mark_of(platform: Platform) -> str:
    """The same as long as the configuration gives the same slots: the region's terms, its zone, and the plugins that slots are made of.

    Not what a search reads by itself, such as the lead time. Secrets are left out.
    """
    terms = msgspec.to_builtins(resolve(OwnTerms(), platform.settings.booking))
    said = {
        "terms": {name: terms[name] for name in terms if name not in _ASKED_BY_SEARCHES},
        "timezone": platform.settings.timezone,
        "plugins": _plugins(platform),
    }
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


async def is_projected_so(platform: Platform) -> bool:
    """Whether everyone's slots were last projected with this configuration."""
    kept = await platform.db.fetch_value("SELECT mark FROM projected_with")
    return bool(kept == mark_of(platform))


async def keep_mark(platform: Platform) -> None:
    """Remembers that everyone's slots are projected with this configuration."""
    await platform.db.execute(_KEEP, mark_of(platform), platform.clock.now())


def _plugins(platform: Platform) -> dict[str, Any]:
    owners = {owned.plugin_id for kind in _SUPPLY for owned in platform.board.owned[kind]}
    found: dict[str, Any] = {}
    for record in platform.board.loaded:
        if record.id in owners:
            deployed = platform.settings.plugin.get(record.id)
            secrets = record.settings.secrets if record.settings else ()
            found[record.id] = {
                "version": record.manifest.version if record.manifest else "",
                "policy": deployed.policy if deployed else "",
                "settings": {
                    name: value
                    for name, value in (deployed.settings if deployed else {}).items()
                    if name not in secrets
                },
            }
    return found
