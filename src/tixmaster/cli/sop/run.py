"""`tix sop run`: a document carried out against the live system, at a person's word."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from tixmaster.cli.output import console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from tixmaster.oncall.sop.document import Action, DecisionRow, Step
    from tixmaster.oncall.sop.library import Manual
    from tixmaster.oncall.sop.run import Answer, Looked, Run
    from tixmaster.stack.config import Config

MARKS = {
    "ok": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "skipped": "[dim]–[/dim]",
    "error": "[yellow]![/yellow]",
}
INTERRUPTED = 130
Language = Literal["en", "zh-TW"]


def run(
    name: str,
    /,
    *,
    service: str = "backend",
    since: float | None = None,
    dry_run: bool = False,
    step: bool = False,
    yes: bool = False,
    language: Language | None = None,
    json: bool = False,
) -> int:
    """Carry out the steps of a runbook or a procedure now. A runbook only looks; a procedure asks before it acts.

    Exit code: 0 nothing found, 1 a cause found or a step failed, 2 wrong name, 3 nothing could be reached.

    Parameters
    ----------
    name
        An alert, for example HighErrorRate (`generic` for any other), or a procedure, for example database.
    service
        The service that the alert would speak of.
    since
        How many minutes ago it began; 5 unless told otherwise, or what a step finds.
    dry_run
        Show what would be looked at and what would follow from it; touch nothing.
    step
        Stop at each step and ask.
    yes
        Let a procedure act without asking.
    language
        That of the mails unless told otherwise.
    json
        Print one JSON document.
    """
    from tixmaster.oncall.clock import utc_now
    from tixmaster.oncall.sop import run as runs
    from tixmaster.oncall.sop.library import load
    from tixmaster.stack import config as configuration

    config = configuration.load()
    manual = load(config.sop, config.service_names)
    target = runs.find(manual, name, config.short_name(service))
    if dry_run:
        plan = runs.plan(target, config)
        print_json(plan) if json else _print_plan(plan)
        return 0
    _check_terminal(step=step, json=json)
    asks = sys.stdin.isatty() and not json
    now = utc_now()
    carried_out = runs.Run(
        target=target,
        config=config,
        started_at=now - (runs.SINCE if since is None else timedelta(minutes=since)),
        now=utc_now,
        ask=_ask if step else lambda _part: "run",
        allow=lambda part: yes or (asks and _allow(part)),
    )
    return _carry_out(carried_out, manual, language or config.oncall.language, json=json)


def _check_terminal(*, step: bool, json: bool) -> None:
    """Raises where a person is to be asked and cannot be."""
    from tixmaster.oncall.errors import WrongUseError

    if step and json:
        raise WrongUseError("--step asks and --json prints nothing but the result; leave one of them out.")
    if step and not sys.stdin.isatty():
        raise WrongUseError("--step asks at each step, and standard input is no terminal; leave it out, or use one.")


def _carry_out(run: Run, manual: Manual, language: Language, *, json: bool) -> int:
    """Prints each step as it comes, then what follows. Ctrl-C ends it with what is known by then."""
    from tixmaster.oncall.sop.run import as_json

    out = console()
    interrupted = False
    try:
        for looked in run.steps():
            if not json:
                _print_step(out, looked, language)
    except KeyboardInterrupt:
        interrupted = True
    if json:
        print_json({**as_json(run, manual), "interrupted": interrupted})
    else:
        _print_end(out, run, manual, language, interrupted=interrupted)
    return INTERRUPTED if interrupted else run.exit_code()


def _ask(part: Step | Action) -> Answer:
    """What to do with the next step."""
    answers: dict[str, Answer] = {"": "run", "y": "run", "r": "run", "s": "skip", "q": "quit"}
    while True:
        try:
            said = input(f"? {part.title.en} ({part.id}): run it, skip it, quit? [R/s/q] ").strip().lower()
        except EOFError:
            print()
            return "quit"
        if said[:1] in answers:
            return answers[said[:1]]
        print("  write r, s or q")


def _allow(part: Action) -> bool:
    """Whether a person says yes to an act."""
    try:
        return input(f"? tix {part.action} {part.params.service}: do it now? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _print_step(out: Console, looked: Looked, language: Language) -> None:
    from rich.markup import escape

    from tixmaster.stack.said import in_language, joined

    told = in_language(joined([looked.step.title.said, looked.finding.reason], ": ", "："), language)
    out.print(f"{MARKS[looked.finding.status]} {escape(told)} [dim]{looked.seconds:.1f} s[/dim]", soft_wrap=True)


def _print_end(out: Console, run: Run, manual: Manual, language: Language, *, interrupted: bool) -> None:
    """Causes, remedy, and what is not known."""
    from rich.markup import escape

    from tixmaster.stack.said import in_language, joined, said

    causes = run.causes()
    for cause in causes:
        named = said("Cause  {title}", "原因　{title}", title=manual.causes[cause.row.cause].said)
        out.print(f"\n[bold]{escape(in_language(named, language))}[/bold]  {cause.row.confidence:.0%}")
        for reason in cause.because:
            out.print(f"  · {escape(in_language(reason, language))}", soft_wrap=True)
        for reason in cause.contradicts:
            against = in_language(said("against it", "反證"), language)
            out.print(f"  [yellow]{against}[/yellow]  {escape(in_language(reason, language))}", soft_wrap=True)
    if run.target.runbook and not causes and not interrupted:
        out.print("\n" + in_language(said("No cause found", "查無原因"), language))
    if causes:
        _print_remedy(out, run.config, causes[0].row, language)
    if undone := run.undone():
        out.print("\n" + in_language(said("Not carried out", "未執行"), language))
        for part, why in undone:
            told = in_language(joined([part.title.said, why], ": ", "："), language)
            out.print(f"  ! {escape(told)}", soft_wrap=True)
    if interrupted:
        ended = said(
            "Interrupted. Nothing that a step began goes on, save a restart: `tix status` says how things are.",
            "已中斷。除重新啟動外，步驟已開始的動作不會繼續：`tix status` 可查看目前狀態。",
        )
        out.print("\n" + in_language(ended, language))


def _print_remedy(out: Console, config: Config, row: DecisionRow, language: Language) -> None:
    from tixmaster.oncall.sop.run import WOULD, policy_of
    from tixmaster.stack.said import in_language, said

    if row.remedy is None:
        none = said(
            "Remedy  none: a person must look (see the runbook's Mitigation)",
            "處置　無：需要人員查看（見作業程序的緩解措施）",
        )
        out.print("\n" + in_language(none, language))
        return
    policy = policy_of(row, config)
    told = said(
        "Remedy  tix {remedy}   on-call {would} (policy {policy}); nothing was done here",
        "處置　tix {remedy}　值勤系統{would}（政策 {policy}）；此處未採取任何動作",
        remedy=row.remedy,
        would=WOULD[policy],
        policy=policy,
    )
    out.print("\n" + in_language(told, language), markup=False)


def _print_plan(plan: dict[str, Any]) -> None:
    """The plan for people: each step with what it asks, then the decisions."""
    out = console()
    out.print(f"{plan['document']}: {len(plan['steps'])} steps; nothing is touched\n", markup=False)
    for number, part in enumerate(plan["steps"], start=1):
        _print_planned(out, number, part)
    for row in plan["decisions"]:
        out.print(f"Cause  {row['cause']}  {row['confidence']:.0%}", markup=False)
        out.print(f"  if      {row['when']}", markup=False, soft_wrap=True)
        remedy = f"{row['remedy']}: on-call {row['oncall']}" if row["remedy"] else "none: a person must look"
        out.print(f"  remedy  {remedy}", markup=False, soft_wrap=True)


def _print_planned(out: Console, number: int, part: dict[str, Any]) -> None:
    given = ", ".join(f"{key}: {value}" for key, value in part["with"].items())
    what = f"check {part['check']}" if "check" in part else f"would ask, then perform: tix {part['action']}"
    details = {
        "does": f"{what}  {given}".rstrip() if "check" in part else f"{what} {part['with']['service']}",
        "only if": f"{part['when']}  (depends on {', '.join(part['depends_on'])}; else {part['skipped']})"
        if part["when"]
        else "",
        "expects": part.get("expect") or "",
        "limit": f"{part['timeout']:g} s",
        **{shell: text.replace("\n", "\n" + " " * 14) for shell, text in part["commands"].items()},
    }
    out.print(f"{number}. {part['title']['en']} ({part['id']})", markup=False)
    for name, text in details.items():
        if text:
            out.print(f"  {name:<12}{text}", markup=False, soft_wrap=True)
    out.print()
