"""What `tix simulate orders` prints and promises."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from tixmaster.cli.simulate import _print
from tixmaster.simulate.orders import DISPERSIONS, KINDS, TARGETS, document
from tixmaster.simulate.rivals import RIVALS, ours


def figures(**ours_instead: Any) -> dict[str, Any]:
    """A run that meets every target, but for what is given instead."""
    late = {
        f"{kind.name}{what}": value for kind in KINDS for what, value in (("", 9.5), ("_longest", 40), ("_missed", 0))
    }
    rows = [
        {"rule": rule.name, "title": rule.title, "false_episodes": 0, **late} | (ours_instead if place == 0 else {})
        for place, rule in enumerate((ours(3.5), *RIVALS))
    ]
    bunched = [{"dispersion": one, "deviations": 4.5, "false_episodes": 9, **late} for one in DISPERSIONS]
    judged = {name: rows[0][name] for name in TARGETS}
    return {**judged, "judged_weeks": 6, "rules": rows, "over_dispersed": bunched}


@pytest.mark.parametrize(
    ("found", "ok"),
    [
        (figures(), True),
        (figures(false_episodes=1), False),
        (figures(full_stop_15h_minutes=10.5), False),
        (figures(drop_60_minutes=None), False),
    ],
)
def test_every_target_must_be_met(found: dict[str, Any], ok: bool) -> None:
    """A fault that is mostly missed meets none."""
    assert document(found)["ok"] is ok


def test_the_tables_fit_a_terminal_of_eighty_columns() -> None:
    """A rule is a line, with the median and the longest delay; one that missed says so."""
    screen = Console(width=80, highlight=False)
    with screen.capture() as captured:
        _print(screen, figures(drop_60_minutes_missed=2, full_stop_09h_minutes=0))
    lines = [line.split() for line in captured.get().splitlines()]
    assert [*ours(3.5).title.split(), "0", "9.5", "(40)", "rang", "before", "9.5", "(2", "missed)"] in lines
    assert all([*rule.title.split(), "0", *["9.5", "(40)"] * 3] in lines for rule in RIVALS)
