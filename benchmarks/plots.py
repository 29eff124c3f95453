"""Draws the curves, one SVG each. Needs matplotlib, which is part of the `bench` extra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.curves import Curve, Measured

__all__ = ("draw",)

COLOURS = {"eventflow": "#0b6e4f", "langgraph": "#c8553d"}
STYLES = ("-", "--")
GREY = "#555555"


def draw(curve: Curve, lines: Sequence[Measured], folder: Path) -> Path:
    """Draw one curve, both axes logarithmic, each line with its name at its end.

    Returns the file that was written, which is replaced if it is there.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    file = folder / f"{curve.file}.svg"
    with rc_context({"svg.hashsalt": curve.file, "font.size": 10}):
        figure = Figure(figsize=(6.4, 3.8), layout="constrained")
        axes = figure.add_subplot(xscale="log", yscale="log")
        labels = list(curve.workloads)
        for line in lines:
            style = STYLES[labels.index(line.label)]
            axes.plot(line.sizes, line.times, style, marker="o", markersize=4, color=COLOURS[line.library])
            name = f"{line.library}, {line.label}" if line.label else line.library
            end = (line.sizes[-1], line.times[-1])
            axes.annotate(
                name, end, (8, 0), textcoords="offset points", va="center", color=COLOURS[line.library]
            )
        lowest = min(time for line in lines for time in line.times)
        highest = max(time for line in lines for time in line.times)
        axes.set_ylim(min(1.0, lowest / 2), highest * 2)
        axes.set_xticks(curve.sizes)
        axes.xaxis.set_minor_formatter(NullFormatter())
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.set_xlabel(curve.grows)
        axes.set_ylabel(f"microseconds per {curve.unit}")
        axes.set_title(curve.title, loc="left", fontweight="bold")
        axes.grid(visible=True, which="major", color="#e5e5e5")
        axes.set_axisbelow(True)
        axes.tick_params(colors=GREY)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.savefig(file, metadata={"Date": None})
    return file
