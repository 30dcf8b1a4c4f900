"""One table for every measure: the figure, its bar declared beside it, and whether it is met.

Each row is said as soon as it is measured; the table of all bars ends the run, and what is missed makes it fail.
"""

from statistics import median, quantiles

import msgspec


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """The limit of a figure; a `floor` is met from it on, otherwise up to it."""

    limit: float
    floor: bool = False

    def admits(self, figure):
        return figure >= self.limit if self.floor else figure <= self.limit

    def __str__(self):
        return f"{'≥' if self.floor else '≤'} {shown(self.limit)}"


def at_most(limit):
    """A bar for what should be small."""
    return Bar(limit=limit)


def at_least(limit):
    """A bar for what should be large."""
    return Bar(limit=limit, floor=True)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measure. Without a bar it only informs: a floor, or what a figure is made of."""

    group: str
    name: str
    figure: float
    unit: str
    bar: Bar | None = None
    note: str = ""

    @property
    def is_met(self):
        return self.bar is None or self.bar.admits(self.figure)

    def __str__(self):
        bar = f"{self.bar} {self.unit}".strip() if self.bar else ""
        verdict = "" if self.bar is None else "met" if self.is_met else "MISSED"
        figure = f"{shown(self.figure)} {self.unit}".strip()
        return f"{self.name:<58}{figure:>14}{bar:>14}  {verdict:<7}{self.note}".rstrip()


class Table:
    """The rows of a run, said one by one by `say`."""

    def __init__(self, say):
        self._say = say
        self._group = ""
        self.rows = []

    def group(self, name):
        """What the next rows are about."""
        self._group = name
        self._say(f"\n{name}")

    def row(self, name, figure, unit, bar=None, note=""):
        """Keeps and says one measure."""
        row = Row(group=self._group, name=name, figure=figure, unit=unit, bar=bar, note=note)
        self.rows.append(row)
        self._say(f"  {row}")

    def times(self, name, seconds, *, p50=None, p95=None, note=""):
        """Two rows of durations in seconds, said in milliseconds: the middle and the slow end."""
        slow = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        self.row(f"{name}, p50", 1000 * median(seconds), "ms", p50, note)
        self.row(f"{name}, p95", 1000 * slow, "ms", p95)

    def sample(self, name, sample):
        """A row of requests, 16 at a time: no bar of its own, the ratios have one."""
        slow = f"p50 {sample.p50 * 1000:.2f} ms, p95 {sample.p95 * 1000:.2f} ms"
        self.row(name, sample.per_second, "/s", note=slow)

    def close(self):
        """Says every bar again, together; whether all are met."""
        held = [row for row in self.rows if row.bar is not None]
        missed = sum(not row.is_met for row in held)
        self._say(f"\nBars: {len(held) - missed} of {len(held)} met")
        for group in dict.fromkeys(row.group for row in held):
            self._say(group)
            for row in held:
                if row.group == group:
                    self._say(f"  {row}")
        return not missed


def shown(figure):
    """Three figures that count, more before the point."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
