"""The circuit breaker: a plugin that keeps failing for a structure is left alone for a while, then tried once. Pure.

Closed, it is asked. After `FAILURES` failures in a row it opens: nobody waits for it any more. When the pause is over one call goes
through: an answer closes it again, a failure opens it for twice as long, five minutes at most.
"""

import msgspec

FAILURES = 3
FIRST_PAUSE = 15.0
"""Seconds."""
LONGEST_PAUSE = 300.0


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """The state for one plugin and one structure. Moments are seconds of a steady clock."""

    failures: int = 0
    pause: float = 0.0
    shut_until: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether the plugin may be asked now."""
        return now >= self.shut_until

    def asked(self, now: float) -> "Breaker":
        """While the one call that tries again is on its way, the others still pass by."""
        if self.failures < FAILURES:
            return self
        return msgspec.structs.replace(self, shut_until=now + self.pause)

    def failed(self, now: float) -> "Breaker":
        """One more failure in a row."""
        failures = self.failures + 1
        if failures < FAILURES:
            return Breaker(failures=failures)
        pause = min(self.pause * 2, LONGEST_PAUSE) if self.pause else FIRST_PAUSE
        return Breaker(failures=failures, pause=pause, shut_until=now + pause)


WELL = Breaker()
