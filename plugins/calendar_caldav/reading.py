"""Our events among those of a calendar; what any event says is read by the core's reader."""

from collections.abc import Mapping

from hookspecs import OUR_UID


def own_hrefs(window: Mapping[str, str]) -> dict[str, str]:
    """Where our events are, by UID, wherever they were put."""
    found = {}
    for href, text in window.items():
        for line in text.splitlines():
            if line.upper().startswith("UID:") and line.strip().endswith(OUR_UID):
                found[line[4:].strip()] = href
    return found
