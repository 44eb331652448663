"""The chart of a timeline: a bar for each task, and below it how many ran.

matplotlib draws it, without pyplot, so nothing of it is shared between threads. The colours
become variables, so that one drawing serves light and dark surroundings.
"""

from __future__ import annotations

import html
import io
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ecs_tutorial.notebook.colours import DARK, LIGHT
from ecs_tutorial.notebook.task_history import Count, History, Limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TICKS = 8
INCHES_WIDE, BAR_INCHES, COUNTS_INCHES, REST_INCHES = 9.4, 0.27, 1.9, 1.5
LOOKS: Mapping[str, tuple[str, str, str]] = {
    "waiting": ("pending", "pending-edge", ""),
    "pulling images": ("pending", "pending-edge", "////"),
    "starting": ("pending", "pending-edge", "----"),
    "running": ("running", "running-edge", ""),
    "stopping": ("stopped", "stopped-edge", "xxxx"),
}
"""By phase: colour, edge, hatching; waiting has a dashed edge besides."""
SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ecs-tutorial",
    "hatch.linewidth": 0.7,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
}
NAMED = {colour: role for role, colour in reversed(list(LIGHT.items()))}
"""A role for each light colour; where two share one, the first."""
_ONE_AT_A_TIME = threading.Lock()


def chart(
    ways: Sequence[History], steps: Sequence[Count], bounds: Limits, since: datetime, alt: str
) -> str:
    """The SVG, with ``alt`` as its description."""
    import matplotlib
    from matplotlib.figure import Figure

    with _ONE_AT_A_TIME, matplotlib.rc_context(SETTINGS):
        height = REST_INCHES + BAR_INCHES * len(ways) + COUNTS_INCHES
        figure = Figure(figsize=(INCHES_WIDE, height), facecolor=LIGHT["paper"])
        bars, numbers = figure.subplots(
            2, 1, sharex=True, height_ratios=[BAR_INCHES * len(ways) + 0.6, COUNTS_INCHES]
        )
        _draw_bars(bars, ways)
        _draw_counts(numbers, steps, bounds, max(way.end for way in ways))
        _draw_time(numbers, since, max(way.end for way in ways))
        for axes in (bars, numbers):
            _quiet(axes)
        figure.tight_layout()
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    return _finished(drawing.getvalue(), alt)


def _draw_bars(axes: Axes, ways: Sequence[History]) -> None:
    for row, way in enumerate(ways):
        for span in way.spans:
            colour, edge, hatching = LOOKS[span.phase]
            axes.barh(
                row,
                _number(span.end) - _number(span.begin),
                left=_number(span.begin),
                height=0.66,
                color=LIGHT[colour],
                edgecolor=LIGHT[edge],
                hatch=hatching,
                linestyle="--" if span.phase == "waiting" else "-",
            )
    names = [f"{way.task.task_id}  {way.task.definition}" for way in ways]
    axes.set_yticks(range(len(ways)), names)
    axes.set_ylim(len(ways) - 0.4, -0.6)
    axes.set_title("What each task went through", loc="left", color=LIGHT["ink"], fontsize=11)
    _explain(axes, [_sample(phase) for phase in LOOKS], columns=len(LOOKS))


def _sample(phase: str) -> Any:
    from matplotlib.patches import Patch

    colour, edge, hatching = LOOKS[phase]
    line: Any = "--" if phase == "waiting" else "-"
    return Patch(
        facecolor=LIGHT[colour], edgecolor=LIGHT[edge], hatch=hatching, linestyle=line, label=phase
    )


def _draw_counts(axes: Axes, steps: Sequence[Count], bounds: Limits, end: datetime) -> None:
    from matplotlib.ticker import MaxNLocator

    at = [_number(step.at) for step in steps] + [_number(end)]
    running = [step.running for step in steps]
    wanted = [step.wanted for step in steps]
    axes.step(
        at, [*wanted, wanted[-1]], where="post", color=LIGHT["mark-4"], linestyle="--",
        linewidth=1.6, label="running or on the way",
    )  # fmt: skip
    axes.step(
        at, [*running, running[-1]], where="post", color=LIGHT["running-edge"], linewidth=2.6,
        label="running",
    )  # fmt: skip
    least = f"at least {bounds.least}, minimumHealthyPercent {bounds.least_percent}"
    most = f"at most {bounds.most}, maximumPercent {bounds.most_percent}"
    axes.axhline(bounds.least, color=LIGHT["mark-1"], linestyle="-.", linewidth=1.4, label=least)
    axes.axhline(bounds.most, color=LIGHT["mark-3"], linestyle=":", linewidth=2, label=most)
    highest = max(*running, *wanted, bounds.most, 1)
    axes.set_ylim(-0.3, highest + 0.5)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title("How many tasks", loc="left", color=LIGHT["ink"], fontsize=11)
    _explain(axes, None, columns=2)


def _explain(axes: Axes, samples: Sequence[Any] | None, columns: int) -> None:
    """The legend, below its axes, where it hides nothing."""
    given = {"handles": samples} if samples else {}
    axes.legend(
        **given,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12 if samples is None else -0.02),
        ncols=columns,
        frameon=False,
        labelcolor=LIGHT["ink"],
        fontsize=9.5,
    )


def _draw_time(axes: Axes, since: datetime, end: datetime) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter, SecondLocator

    # The labels end with whole seconds; automatic ticks of a short time are parts of them.
    short = end - since < timedelta(seconds=MOST_TICKS)
    ticks = SecondLocator(tz=UTC) if short else AutoDateLocator(maxticks=MOST_TICKS, tz=UTC)
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M:%S", tz=UTC))
    length = max(_number(end) - _number(since), 1 / 86400)
    axes.set_xlim(_number(since) - length * 0.01, _number(end) + length * 0.03)


def _quiet(axes: Axes) -> None:
    axes.set_facecolor(LIGHT["paper"])
    axes.tick_params(colors=LIGHT["ink"], labelsize=9.5)
    axes.grid(axis="x", color=LIGHT["hair"], linewidth=0.6)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(LIGHT["line"])


def _number(moment: datetime) -> float:
    from matplotlib.dates import date2num

    return float(date2num(moment))


def _finished(svg: str, alt: str) -> str:
    """Title and description inside, colours as variables, and nothing else than the drawing."""
    drawing = re.sub(r"^.*?(?=<svg )|<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    drawing = re.sub(r"#[0-9a-f]{6}\b", lambda found: _variable(found[0]), drawing)
    inside = f"<title>The timeline</title><desc>{html.escape(alt, quote=False)}</desc>{_STYLE}"
    drawing = re.sub(r"(<svg [^>]*)>", rf'\1 role="img">{_escaped(inside)}', drawing, count=1)
    return re.sub(r"\s*\n\s*", "\n", drawing).strip()


def _escaped(words: str) -> str:
    return words.replace("\\", r"\\")


def _variable(colour: str) -> str:
    return f"var(--{NAMED[colour]})" if colour in NAMED else colour


def _values(palette: Mapping[str, str]) -> str:
    return "".join(f"--{role}:{palette[role]};" for role in sorted(NAMED.values()))


_STYLE = (
    f"<style>:root{{{_values(LIGHT)}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_values(DARK)}}}}}</style>"
)
