"""The pictures' colours, for light and for dark surroundings, and how contrast is measured.

A colour is named by its role. Texts are only ever drawn on a ground that ``GROUNDS``
names, and the tests hold each such pair to a contrast of 4.5 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "paper": "#f6f8fa",
    "zone": "#e9eef3",
    "card": "#ffffff",
    "line": "#6b7a89",
    "hair": "#c5cfd9",
    "ink": "#17222d",
    "quiet": "#475665",
    "accent": "#0b5cad",
    "on-accent": "#ffffff",
    "running": "#e0f2e9",
    "running-edge": "#1b7a50",
    "pending": "#fdf1d8",
    "pending-edge": "#96610a",
    "stopped": "#eceff2",
    "stopped-edge": "#6b7a89",
    "free": "#dfe6ed",
    "mark-0": "#0b5cad",
    "mark-1": "#a3305c",
    "mark-2": "#0a6b61",
    "mark-3": "#6a3fb0",
    "mark-4": "#8a4b08",
    "mark-5": "#3d4a57",
}
DARK: Mapping[str, str] = {
    "paper": "#1a2027",
    "zone": "#232b34",
    "card": "#2c3641",
    "line": "#8796a5",
    "hair": "#435160",
    "ink": "#eef3f7",
    "quiet": "#b9c5d1",
    "accent": "#8cc4f8",
    "on-accent": "#10202f",
    "running": "#1c4434",
    "running-edge": "#67cc9c",
    "pending": "#463716",
    "pending-edge": "#e5b450",
    "stopped": "#333e49",
    "stopped-edge": "#93a2b1",
    "free": "#47545f",
    "mark-0": "#8cc4f8",
    "mark-1": "#f7a1c4",
    "mark-2": "#6bd8c8",
    "mark-3": "#c9adfa",
    "mark-4": "#f0be6c",
    "mark-5": "#d3dce5",
}
GROUNDS = frozenset({"paper", "zone", "card", "accent", "running", "pending", "stopped"})
LEAST_CONTRAST = 4.5
"""Of text with what it stands on, WCAG 2, success criterion 1.4.3."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG's formula, 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """How bright a colour ``#rrggbb`` is, 0 to 1, as WCAG defines relative luminance."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def stylesheet() -> str:
    """Classes that colour a picture: ``fill-ROLE`` and ``edge-ROLE``, dark where asked for."""
    return f"{_rules(LIGHT)}@media (prefers-color-scheme:dark){{{_rules(DARK)}}}"


def variables(scope: str) -> str:
    """The roles as CSS variables for what stands below ``scope``, in a notebook's own theme.

    JupyterLab says on the page's body which theme it has; elsewhere the system's is asked.
    """
    in_dark = f'[data-jp-theme-light="false"] {scope},.vscode-dark {scope}'
    elsewhere = f"body:not([data-jp-theme-light]):not(.vscode-light) {scope}"
    return (
        f"{scope}{{{_values(LIGHT)}}}{in_dark}{{{_values(DARK)}}}"
        f"@media screen and (prefers-color-scheme:dark){{{elsewhere}{{{_values(DARK)}}}}}"
    )


def _values(palette: Mapping[str, str]) -> str:
    return "".join(f"--{role}:{colour};" for role, colour in palette.items())


def _rules(palette: Mapping[str, str]) -> str:
    return "".join(
        f".fill-{role}{{fill:{colour}}}.edge-{role}{{stroke:{colour}}}"
        for role, colour in palette.items()
    )
