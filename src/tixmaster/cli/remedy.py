"""The remedy ladder at the keyboard: who may do what when, what would be done, and when to keep off."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cyclopts import App

from tixmaster.cli.output import console, mark, print_json

if TYPE_CHECKING:
    from tixmaster.oncall.client import OncallClient


def register(app: App) -> None:
    """Adds `tix remedy …` and `tix deploy …`."""
    remedy = App(name="remedy", help="What on-call may do by itself: policy, dry-run.")
    remedy.command(policy)
    remedy.command(dry_run, name="dry-run")
    app.command(remedy)
    deploy = App(name="deploy", help="Tell on-call of a deploy: it leaves the service alone meanwhile. begin, end.")
    deploy.command(begin)
    deploy.command(end)
    app.command(deploy)


def policy(service: str, cause: str, /, *, at: datetime | None = None, json: bool = False) -> int:
    """Show which policy holds for an act on a service, and by which rule.

    Parameters
    ----------
    service
        The service that would be acted on.
    cause
        The cause's id, as in sop/causes.md.
    at
        When; now unless told otherwise.
    json
        Print one JSON document.
    """
    from tixmaster.oncall.remedy.policy import configured
    from tixmaster.stack import config as configuration

    config = configuration.load()
    found = configured(config, config.short_name(service), cause, at.astimezone(UTC) if at else datetime.now(UTC))
    if json:
        print_json({"policy": found.policy, "because": found.because})
    else:
        console().print(f"{found.policy}  ({found.because})", markup=False)
    return 0


def dry_run(incident: str, /, *, json: bool = False) -> int:
    """Walk the ladder for an incident as it stands, rung by rung. Nothing is touched.

    Parameters
    ----------
    incident
        Its id, for example INC-42.
    json
        Print one JSON document.
    """
    with _client() as client:
        found = client.plan(incident)
    if json:
        print_json(found)
        return 0
    from tixmaster.oncall.store.bilingual import told
    from tixmaster.stack import config

    out, language = console(), config.load().oncall.language
    if found["action"]:
        out.print(f"act     {found['action']}", markup=False)
        out.print(f"policy  {found['policy']} ({told(found, 'because', language)})", markup=False)
        for item in found["guards"]:
            objection = told(item, "objection", language) or ""
            out.print(f"  {mark(not item['objection'])} {item['reason']}  {objection}".rstrip())
    out.print(f"would   {told(found, 'would', language)}", markup=False)
    return 0


def begin(service: str, /, *, version: str | None = None) -> int:
    """A deploy begins: until it ends on-call restarts neither the service nor what needs it.

    Parameters
    ----------
    service
        What is deployed.
    version
        Which version.
    """
    with _client() as client:
        client.begin_deploy(service, version, by=getpass.getuser())
    console().print(f"✓ on-call leaves {service} alone; `tix deploy end {service}` when it is done")
    return 0


def end(service: str, /) -> int:
    """The deploy is over.

    Parameters
    ----------
    service
        What was deployed.
    """
    with _client() as client:
        client.end_deploy(service)
    console().print(f"✓ the deploy of {service} is over")
    return 0


def _client() -> OncallClient:
    from tixmaster.oncall.client import OncallClient
    from tixmaster.stack import config

    return OncallClient(config.load())
