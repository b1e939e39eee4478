"""What came of a run: medians and their spread, judged by the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tixmaster.bench.onsale import HOT, LOADS, PAIR, Load, Outcome
from tixmaster.bench.pgbench import BASELINES, STATEMENT, TRANSACTION
from tixmaster.bench.wrk import Sample

TARGETS = {"ratio": 6, "p99_ms": 60, "memory_mb": 250}
AT_LEAST = frozenset({"ratio"})
"""Of the others the figure must be at most as large."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One thing that had to be so; `detail` says how it is."""

    name: str
    ok: bool
    detail: str


def document(found: dict[str, Any]) -> dict[str, Any]:
    """The whole of `--json`, from the figures."""
    return {"bench": "onsale", "ok": all(one.ok for one in judge(found)), "figures": found, "targets": TARGETS}


def judge(found: Mapping[str, Any]) -> list[Verdict]:
    """Each target, and what holds without a number: no wrong answer, every acknowledged order there and no other."""
    verdicts = [_against_target(name, found[name], target) for name, target in TARGETS.items()]
    kinds = ", ".join(f"{count} × {what}" for what, count in found["errors_by_kind"].items())
    verdicts.append(Verdict(name="errors", ok=found["errors"] == 0, detail=kinds or "none"))
    counted = f"{found['orders_in_database']:,} orders in the database, {found['acknowledged']:,} acknowledged"
    verdicts.append(Verdict(name="sold_exactly", ok=found["sold_exactly"], detail=counted))
    return verdicts


def figures(outcome: Outcome) -> dict[str, Any]:
    """Medians of the rounds by name, the rounds themselves, and the machine. Rates are per second."""
    wrong = outcome.wrong
    found: dict[str, Any] = {name: round(median(rates), 1) for name, rates in outcome.baselines.items()}
    alone = found[TRANSACTION.name]
    for load in LOADS:
        found |= _of_load(load, outcome.samples[load.name])
    return found | {
        "ratio": round(found[HOT.name] / alone, 2),
        "ratio_to_one_statement": round(found[HOT.name] / found[STATEMENT.name], 2),
        "ratio_two": round(found[PAIR.name] / alone, 2),
        "memory_mb": round(outcome.memory_mb, 1),
        "errors": wrong.total(),
        "errors_by_kind": dict(wrong),
        "acknowledged": outcome.acknowledged,
        "orders_in_database": outcome.count.orders,
        "sold_exactly": outcome.count.exactly(outcome.acknowledged),
        "rounds": _rounds(outcome),
        "machine": asdict(outcome.machine),
    }


def table(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """For people: what, a second, from the slowest to the fastest round, p50, p99."""
    rows: list[tuple[str, ...]] = [
        (item.title, f"{found[item.name]:,.0f}", _spread(found["rounds"][item.name]), "", "") for item in BASELINES
    ]
    for load in LOADS:
        p50, p99 = (f"{found[name + load.suffix]:,.1f} ms" for name in ("p50_ms", "p99_ms"))
        rows.append((load.title, f"{found[load.name]:,.0f}", _spread(found["rounds"][load.name]), p50, p99))
    return rows


def _against_target(name: str, value: float, target: float) -> Verdict:
    at_least = name in AT_LEAST
    words = f"{value:g}, {'at least' if at_least else 'at most'} {target:g}"
    return Verdict(name=name, ok=value >= target if at_least else value <= target, detail=words)


def _of_load(load: Load, samples: list[Sample]) -> dict[str, float]:
    """The medians of the rounds' rates and percentiles."""
    return {
        load.name: round(median(one.per_s for one in samples), 1),
        f"p50_ms{load.suffix}": round(median(one.p50_ms for one in samples), 1),
        f"p99_ms{load.suffix}": round(median(one.p99_ms for one in samples), 1),
    }


def _rounds(outcome: Outcome) -> dict[str, list[float]]:
    """The rate of each round: how noisy the machine was."""
    ours = {name: [round(one.per_s, 1) for one in samples] for name, samples in outcome.samples.items()}
    return {name: [round(rate, 1) for rate in rates] for name, rates in outcome.baselines.items()} | ours


def _spread(rates: list[float]) -> str:
    return f"{min(rates):,.0f}–{max(rates):,.0f}"
