"""It goes out through the platform, or says where it goes."""

from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_DOORS = {
    "socket",
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "aiohttp",
    "smtplib",
    "ftplib",
    "ldap3",
    "caldav",
}


def find(subject: Subject) -> Iterator[str]:
    """Libraries that open connections, in a plugin that names no server."""
    if subject.manifest is None or subject.manifest.outbound_hosts:
        return
    for source, node, module in subject.imports():
        if any(module == door or module.startswith(f"{door}.") for door in _DOORS):
            yield (
                f"{source.at(node)} imports {module}: use context.services.fetch, "
                "or name the servers in plugin.toml (outbound_hosts)"
            )


RULE = Rule(
    id="outbound",
    level="silver",
    title="It goes out through the platform, or says where it goes",
    reason="services.fetch refuses private addresses and endless answers; a server that is named can be allowed, or not.",
    find=find,
)
