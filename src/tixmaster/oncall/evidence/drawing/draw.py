"""A panel as a picture, with the moments of the incident marked."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from tixmaster.oncall.evidence.drawing.picture import Picture

INK, TROUBLE, FAINT = "#1f2933", "#c0392b", "#d5dbe1"
LINES = ("#1f5fa8", "#d98200", "#2e8b57", "#7a4ea3", "#5a6672", "#b03060")
NAMED_WIDTH = 24


def draw(wanted: Picture) -> bytes:
    """The panel as PNG: one line a series, the start of the trouble and the alert as marks, the threshold dashed."""
    figure = Figure(figsize=(7.2, 2.7), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for line, colour in zip(wanted.lines, LINES * len(wanted.lines), strict=False):
        moments = [date2num(datetime.fromtimestamp(moment, UTC)) for moment in line.times]
        axes.plot(moments, line.values, label=line.name[:NAMED_WIDTH], color=colour, linewidth=1.6)
    if wanted.threshold is not None:
        axes.axhline(wanted.threshold, color=TROUBLE, linewidth=0.9, linestyle=(0, (5, 4)))
    for moment, word in ((wanted.started_at, "start"), (wanted.alerted_at, "alert")):
        axes.axvline(date2num(moment), color=TROUBLE if word == "start" else INK, linewidth=1.0)
        axes.annotate(
            f"{word} {moment:%H:%M:%S}",
            (date2num(moment), 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-3 if word == "start" else 3, 2),
            textcoords="offset points",
            ha="right" if word == "start" else "left",
            fontsize=7.5,
            color=TROUBLE if word == "start" else INK,
        )
    axes.set_title(f"{wanted.title}  ({wanted.unit})", loc="left", fontsize=9.5, color=INK, pad=14)
    axes.set_ylim(bottom=0)
    axes.grid(color=FAINT, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    axes.xaxis_date(tz="UTC")
    locator = AutoDateLocator(maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC, show_offset=False))
    axes.set_xlabel(f"{wanted.started_at.astimezone(UTC):%Y-%m-%d} UTC", fontsize=7.5, color=INK, loc="right")
    if wanted.lines:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    else:
        axes.text(0.5, 0.5, "no data in this range", transform=axes.transAxes, ha="center", color=TROUBLE)
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()
