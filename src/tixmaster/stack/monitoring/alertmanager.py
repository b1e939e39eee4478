"""`alertmanager.yml`: which alert goes where, how often, and which alert mutes which.

On-call hears everything at once and writes the one mail about a cause. Alertmanager's own mail speaks only where on-call
cannot: when on-call is down, and for every critical alert that fires meanwhile (the alert AlertUnattended, made for that
in `rules/pipeline.py`). A delay of the mail route would not do: Alertmanager counts `group_wait` from the first alert of
a group, and forgets it at every reload. The subject begins with `[alertmanager]`, so nobody takes it for on-call's report.

There are no time intervals: what is quiet at night is known to the rules (the baseline of orders, the gates), and an alert
that is right is worth hearing at any hour. What is planned is a silence, or a row of `[[calendar]]`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tixmaster.stack.config import Config
from tixmaster.stack.config.mailbox import parse
from tixmaster.stack.monitoring.timings import Timings, span

ONCALL = "oncall"
WATCHDOG = "oncall-watchdog"
MAIL = "mail"
NOBODY = "nobody"

WEBHOOK = "/webhook/alertmanager"

SUBJECT = (
    "[alertmanager] {{ .Status }}: {{ .CommonLabels.alertname }} on {{ .CommonLabels.service }}"
    "{{ if eq .Status `firing` }} (on-call is down){{ end }}"
)

TEXT = """\
{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }}
{{ .Annotations.description }}
since    {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}
runbook  {{ .Annotations.runbook_url }}
graph    {{ .Annotations.dashboard_url }}

{{ end }}Sent by Alertmanager itself ({{ .ExternalURL }}), because on-call is down and cannot report.
Look at `tix status` and `tix check monitoring`; `tix restart oncall` brings it back.
"""


def arguments(config: Config, folder: Path | None = None, data: Path | None = None) -> list[str]:
    """The command line of the server, without its binary: what it reads is in `folder`, what it keeps in `data`."""
    folder, service = folder or config.var / "alertmanager", config.services.alertmanager
    return [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={data or folder / 'data'}",
        f"--web.listen-address={service.listen_address}",
        f"--web.external-url={config.link('alertmanager')}",
        "--cluster.listen-address=",  # one instance: no gossip, no port 9094
        "--log.level=warn",
    ]


def document(config: Config, timings: Timings, *, token_file: Path, smtp_password_file: Path | None) -> dict[str, Any]:
    """The file as Alertmanager reads it. It names the files that hold secrets and contains none."""
    return {
        "global": {"resolve_timeout": "5m", **_smtp(config, smtp_password_file)},
        "route": _route(timings),
        "inhibit_rules": INHIBITIONS,
        "receivers": [
            {"name": ONCALL, "webhook_configs": [_webhook(config, token_file, send_resolved=True)]},
            {"name": WATCHDOG, "webhook_configs": [_webhook(config, token_file, send_resolved=False)]},
            {"name": MAIL, "email_configs": [_mail(recipient) for recipient in config.mail.oncall]},
            {"name": NOBODY},
        ],
    }


ORDERING = ("LowOrderVolume", "OrderSuccessRatioLow", "SyntheticCheckoutFailing")
"""What a failing box office does to those who buy."""
BURNING = ("ErrorBudgetBurnSlow", "ErrorBudgetExhausted")

CAUSES: dict[str, tuple[str, ...]] = {
    "ServiceDown": (
        *("InstanceDown", "HighErrorRate", "HighLatency", "HttpMetricsAbsent", "InstanceRestarting", *ORDERING),
        *BURNING,
    ),
    "InstanceDown": ("HighErrorRate", "HighLatency", *ORDERING, *BURNING),
    "HighErrorRate": ("HighLatency", *ORDERING, *BURNING),
    "SyntheticCheckoutFailing": ("LowOrderVolume",),
}
"""Which alert explains which others of the same service. The runbook of the cause says the same (`explains`), for alerts
that reach on-call before their cause does."""

OF_DATABASE = ("HighErrorRate", "HighLatency", "DbPoolSaturated", "ReservationBacklogStuck", *ORDERING)
"""What the box office's database does to the box office, when it is down."""

OF_ONCALL = ("AlertmanagerNotificationsFailing", "OncallBacklog")


def _by_cause(cause: str, effects: tuple[str, ...], *, of: str = "", on: str = "") -> dict[str, Any]:
    """A critical `cause` mutes its effects: of the same service, or those of the service `on` if it is the service `of`."""
    return {
        "source_matchers": [f'alertname=~"{cause}"', 'severity="critical"', *([f'service="{of}"'] if of else [])],
        "target_matchers": [f'alertname=~"{"|".join(effects)}"', *([f'service="{on}"'] if on else [])],
        "equal": ["env"] if of else ["env", "service"],
    }


INHIBITIONS: list[dict[str, Any]] = [
    *(_by_cause(cause, effects) for cause, effects in CAUSES.items()),
    _by_cause("DatabaseDown|ServiceDown", OF_DATABASE, of="postgres", on="backend"),
    _by_cause("InstanceDown|ServiceDown", OF_ONCALL, of="oncall"),
    {
        "source_matchers": ['severity="critical"'],
        "target_matchers": ['severity="warning"'],
        "equal": ["alertname", "env", "service"],
    },
]


def _route(timings: Timings) -> dict[str, Any]:
    return {
        "receiver": ONCALL,
        "group_by": ["alertname", "env", "service"],
        "group_wait": span(timings.group_wait),
        "group_interval": span(timings.group_interval),
        "repeat_interval": span(timings.repeat_interval),
        "routes": [
            {
                "receiver": WATCHDOG,
                "matchers": ['alertname="Watchdog"'],
                "group_wait": "0s",
                "group_interval": span(timings.watchdog_interval),
                "repeat_interval": span(timings.watchdog_interval),
            },
            {"receiver": NOBODY, "matchers": ['severity="info"']},
            {"receiver": MAIL, "matchers": ['alertname="AlertUnattended"']},
            {"receiver": ONCALL, "continue": True, "repeat_interval": span(timings.oncall_repeat)},
            {"receiver": MAIL, "matchers": ['service="oncall"', 'severity="critical"']},
        ],
    }


def _webhook(config: Config, token_file: Path, *, send_resolved: bool) -> dict[str, Any]:
    return {
        "url": config.url("oncall", WEBHOOK),
        "send_resolved": send_resolved,
        "http_config": {"authorization": {"type": "Bearer", "credentials_file": str(token_file)}},
    }


def _smtp(config: Config, password_file: Path | None) -> dict[str, Any]:
    smtp, catcher = config.mail.smtp, config.services.mail
    if smtp.host is None:
        return {
            "smtp_from": parse(config.mail.sender).header,
            "smtp_smarthost": f"{catcher.host}:{catcher.port}",
            "smtp_require_tls": False,
        }
    settings: dict[str, Any] = {
        "smtp_from": parse(config.mail.sender).header,
        "smtp_smarthost": f"{smtp.host}:{smtp.port}",
        "smtp_require_tls": smtp.starttls,
    }
    if smtp.user is not None:
        settings["smtp_auth_username"] = smtp.user
    if password_file is not None:
        settings["smtp_auth_password_file"] = str(password_file)
    return settings


def _mail(recipient: str) -> dict[str, Any]:
    """A mail for each recipient: one that the mail server refuses keeps it from nobody else."""
    return {
        "to": parse(recipient).header,
        "send_resolved": True,
        "headers": {"Subject": SUBJECT},
        "html": "",
        "text": TEXT,
    }
