"""What plugins should stop using: since when, until when, and what to use instead."""

import msgspec


class Deprecation(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement. `since` and `until` are versions of the API: from the one on it is announced, from the other on it may be gone.

    `instead` says what to write, as an instruction.
    """

    since: tuple[int, int]
    until: tuple[int, int]
    instead: str

    def said(self, name: str) -> str:
        """The announcement about `name`, in one line."""
        since, until = (".".join(map(str, version)) for version in (self.since, self.until))
        return f"{name} is deprecated since API {since} and goes in {until}: {self.instead}"
