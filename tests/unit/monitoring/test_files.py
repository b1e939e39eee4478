"""The generated files: written once, checked first, free of secrets, and at one with each other."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from itertools import pairwise
from urllib.parse import urlsplit

import msgspec
import pytest
import yaml

from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Mail, Metrics, Monitoring, Smtp, Timing
from tixmaster.stack.monitoring import alertmanager, prometheus, rules
from tixmaster.stack.monitoring.dashboards import PANELS, panels_for
from tixmaster.stack.monitoring.model import Recording
from tixmaster.stack.monitoring.proof import prove
from tixmaster.stack.monitoring.render import ALERTMANAGER, PROMETHEUS, RULES, SMTP_PASSWORD, render
from tixmaster.stack.monitoring.rules import availability, orders
from tixmaster.stack.monitoring.timings import PROFILES, STANDARD, span
from tixmaster.stack.monitoring.validate import InvalidConfigError
from tixmaster.stack.monitoring.write import check_profiles, write_all

needs_tools = pytest.mark.skipif(
    shutil.which("promtool") is None or shutil.which("amtool") is None,
    reason="promtool and amtool are not installed (packages prometheus, prometheus-alertmanager)",
)


def with_smtp(settings: Config, smtp: Smtp) -> Config:
    return msgspec.structs.replace(settings, mail=Mail(smtp=smtp))


def test_a_second_write_changes_nothing(settings: Config) -> None:
    """Files that are right are left alone, so `tix up` twice is as good as once."""
    assert len(write_all(settings)) == len(render(settings, STANDARD))
    assert write_all(settings) == []


def test_the_profiles_differ_in_durations_alone(settings: Config) -> None:
    """Same rules, same routes: with the durations and numbers taken out, the files are equal."""

    def bones(timing: Timing) -> dict[str, str]:
        texts = render(settings, PROFILES[timing])
        plain = {str(path): re.sub(r"\d+[wdhms]?\b|weeks|periods of ", "", text) for path, text in texts.items()}
        return {path: re.sub(r"\s+", " ", text) for path, text in plain.items()}

    assert bones("standard") == bones("drill")


@needs_tools
def test_promtool_and_amtool_accept_both_profiles(settings: Config) -> None:
    """Linting is fatal."""
    assert check_profiles(settings) == {"standard": None, "drill": None}


@needs_tools
def test_a_wrong_description_never_replaces_a_good_file(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal carries the tool's words, and nothing on disk has changed."""
    write_all(settings)
    good = (settings.var / PROMETHEUS).read_text()
    monkeypatch.setattr(availability, "UP_EXPRESSION", "max by (")
    with pytest.raises(InvalidConfigError, match="parse error"):
        write_all(settings, "drill")
    assert (settings.var / PROMETHEUS).read_text() == good
    assert not list(settings.var.glob(".monitoring-*"))


def test_a_rule_file_that_no_longer_belongs_is_removed(settings: Config) -> None:
    """Prometheus would go on evaluating it."""
    write_all(settings)
    stale = settings.var / RULES / "former.yml"
    stale.write_text("groups: []")
    assert write_all(settings) == [stale]
    assert not stale.exists()


def test_the_mail_password_lies_in_a_file_of_its_owner_alone(settings: Config) -> None:
    """The YAML names the file; the secret itself stands nowhere else."""
    configured = with_smtp(settings, Smtp(host="smtp.example.org", user="tix", password="hush-hush"))
    write_all(configured)
    path = settings.var / SMTP_PASSWORD
    routing = (settings.var / ALERTMANAGER).read_text()
    assert path.read_text() == "hush-hush"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "hush-hush" not in routing
    assert yaml.safe_load(routing)["global"]["smtp_auth_password_file"] == str(path)
    write_all(settings)
    assert not path.exists()


@needs_tools
@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"alertname": "Watchdog", "severity": "none", "service": "prometheus"}, "oncall-watchdog"),
        ({"alertname": "HighErrorRate", "severity": "critical", "service": "backend"}, "oncall"),
        ({"alertname": "AlertUnattended", "severity": "critical", "service": "backend"}, "mail"),
        ({"alertname": "InstanceDown", "severity": "critical", "service": "oncall"}, "oncall,mail"),
        ({"alertname": "DiskWillFill", "severity": "warning", "service": "postgres"}, "oncall"),
        ({"alertname": "Deployed", "severity": "info", "service": "backend"}, "nobody"),
    ],
)
def test_each_alert_goes_to_its_receivers(settings: Config, labels: dict[str, str], receivers: str) -> None:
    """On-call hears everything; Alertmanager mails what on-call cannot handle: its own end, and what fires meanwhile."""
    write_all(settings)
    done = subprocess.run(
        [
            *("amtool", "config", "routes", "test", f"--config.file={settings.var / ALERTMANAGER}"),
            f"--verify.receivers={receivers}",
            *(f"{name}={value}" for name, value in labels.items()),
        ],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_oncall_measures_of_others_is_theirs_and_has_no_up(settings: Config) -> None:
    """Nobody can take on-call's answer for PostgreSQL's: there is one job for its page, and its `up` is its own."""
    jobs = {job["job_name"]: job for job in prometheus.document(settings, STANDARD)["scrape_configs"]}
    given = {(rule["regex"], rule["replacement"]) for rule in jobs["tixmaster-oncall"]["metric_relabel_configs"]}
    assert given == {("postgres_.*", "postgres"), ("host_.*", "host")}
    services = {job["static_configs"][0]["labels"]["service"] for job in jobs.values()}
    assert not services & {"postgres", "host"}


def test_our_own_metrics_are_scraped_with_the_token(settings: Config) -> None:
    """By the name of its file; services of others are not shown it, also where one of them stands for the backend."""

    def opened(config: Config) -> dict[str, str]:
        jobs = prometheus.document(config, STANDARD)["scrape_configs"]
        return {job["job_name"]: job["authorization"]["credentials_file"] for job in jobs if "authorization" in job}

    file = str(secrets.path(settings, "metrics-token"))
    assert opened(settings) == {"tixmaster-backend": file, "tixmaster-oncall": file}
    node = msgspec.structs.replace(settings.services.backend, metrics=Metrics(kind="node"))
    theirs = msgspec.structs.replace(
        settings, services=msgspec.structs.replace(settings.services, backend=node), others={"shop": node}
    )
    assert opened(theirs) == {"tixmaster-oncall": file}


def test_an_exporter_has_a_job_of_its_own(settings: Config) -> None:
    """What it says of PostgreSQL is PostgreSQL's; that it answers is its own."""
    exporters = Monitoring(postgres_exporter="db:9187", node_exporter="db:9100")
    config = msgspec.structs.replace(settings, monitoring=exporters)
    jobs = {job["job_name"]: job for job in prometheus.document(config, STANDARD)["scrape_configs"]}
    for name, address, service in (("postgres-exporter", "db:9187", "postgres"), ("node-exporter", "db:9100", "host")):
        assert jobs[name]["static_configs"] == [{"targets": [address], "labels": {"service": name, "env": "local"}}]
        assert [rule["replacement"] for rule in jobs[name]["metric_relabel_configs"]] == [service]


@needs_tools
def test_an_alert_that_nobody_would_hear_is_named(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tix monitoring check` asks for the way of each, under the labels it will have."""
    monkeypatch.setattr(alertmanager, "_route", lambda _: {"receiver": alertmanager.NOBODY})
    (routes,) = (finding for finding in prove(settings) if finding.name == "routes")
    assert not routes.ok
    assert "HighErrorRate of backend goes to nobody" in routes.detail


def test_a_window_holds_at_least_four_scrapes_and_periods_do_not_overlap(timing: Timing) -> None:
    """What `increase()` and the median of three rest on."""
    timings = PROFILES[timing]
    windows = (
        timings.rate_window,
        timings.error_short_window,
        timings.error_long_window,
        timings.order_window,
        timings.order_long_window,
    )
    assert min(windows) >= 4 * timings.scrape
    assert min(timings.slo_interval, timings.payment_window, timings.delivery_window) >= 4 * timings.scrape
    assert all(long >= 2 * short >= 2 * timings.slo_interval for short, long in timings.burn_windows.values())
    assert timings.lasting_for >= timings.error_short_window
    assert timings.service_down_for > timings.instance_down_for
    assert timings.week >= 2 * timings.order_long_window >= 2 * timings.order_window
    assert all(long >= short for short, long in pairwise(windows[:3]))


def test_the_standard_baseline_is_the_same_time_of_the_last_three_weeks() -> None:
    """Trade repeats itself weekly."""
    assert [span(week * STANDARD.week) for week in orders.WEEKS] == ["1w", "2w", "3w"]


def test_panels_draw_only_what_is_recorded_or_built_in(settings: Config) -> None:
    """A panel whose series nobody records would stay empty for ever."""
    recorded = {
        rule.name for group in rules.groups(settings, STANDARD) for rule in group.rules if isinstance(rule, Recording)
    }
    used = {
        name
        for panel in PANELS
        for query in panel.queries
        for name in re.findall(r"[a-z_]+(?::[a-z_0-9]+)+", query.expr)
    }
    assert used <= recorded
    assert len({panel.id for panel in PANELS}) == len({panel.uid for panel in PANELS}) == len(PANELS)


def test_every_alert_names_its_runbook_and_a_panel_of_its_own(settings: Config) -> None:
    """The annotations point at things that exist."""
    for group in rules.groups(settings, STANDARD):
        for alert in group.alerts:
            assert urlsplit(alert.annotations["runbook_url"]).path == f"/sop/{alert.name}"
            assert alert.annotations["panel_id"] == str(panels_for(alert.name)[0].id)
            assert {"summary", "description", "dashboard_url"} <= alert.annotations.keys()
            assert "$value" not in str(alert.labels)
