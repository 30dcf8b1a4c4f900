"""The colours of both themes against each other, as WCAG 2.2 counts contrast."""

import re
from pathlib import Path

import pytest

import core.web

TOKENS = (Path(core.web.__file__).parent / "static" / "tokens.css").read_text("utf-8")
_PAIR = re.compile(r"(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\);")
_SAME = re.compile(r"(--[\w-]+): (#\w{6});")


def read_theme(index: int) -> dict[str, str]:
    return dict(_SAME.findall(TOKENS)) | {
        name: pair[index] for name, *pair in _PAIR.findall(TOKENS)
    }


def luminance(color: str) -> float:
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = [
    *((text, ground) for text in ("ink", "ink-soft", "link", "accent-text", "on-bad")
      for ground in ("paper", "sheet", "sunken")),
    *((text, ground) for text in ("on-ocean", "on-ocean-soft") for ground in ("ocean", "ocean-deep")),
    ("accent", "ocean"),
    ("on-ocean", "ocean-line"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *((f"on-{tone}", tone) for tone in ("good", "warn", "bad", "info", "neutral")),
    ("ink-soft", "land"),
]  # fmt: skip
SHAPES = [
    *((line, ground) for line in ("line-strong", "focus", "bad-line", "good-line")
      for ground in ("paper", "sheet")),
    ("on-ocean", "ocean"),
]  # fmt: skip


def test_white_on_black_is_twenty_one_to_one():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_stands_out_from_its_ground(text, ground, theme):
    colors = read_theme(theme)
    assert contrast(colors[f"--{text}"], colors[f"--{ground}"]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(("line", "ground"), SHAPES)
def test_edges_of_controls_and_the_focus_ring_stand_out(line, ground, theme):
    colors = read_theme(theme)
    assert contrast(colors[f"--{line}"], colors[f"--{ground}"]) >= 3
