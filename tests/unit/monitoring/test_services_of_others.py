"""`[services.NAME.metrics]`: what a service calls its metrics, and that the same alerts come of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tixmaster.stack import config as configuration
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring import prometheus, sli
from tixmaster.stack.monitoring.series import ORDERS_SHORT
from tixmaster.stack.monitoring.timings import PROFILES, STANDARD

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Bench

SHOP = "[services.shop]\nport = 4000\n[services.shop.metrics]\n"
CUSTOM = 'requests = "hits_total"\nduration = "hit_seconds"\nstatus = "code"\nroute = "page"\nignore = "/alive\\"?"\n'


def load(folder: Path, text: str) -> Config:
    path = folder / "tixmaster.toml"
    path.write_text(text)
    return configuration.load(path)


@pytest.mark.parametrize(
    ("kind", "counter", "buckets", "seconds", "judged"),
    [
        ('kind = "node"', "http_requests_total", "http_request_duration_ms_bucket", 0.001, 'service="shop",route!~"'),
        (
            'kind = "otel"',
            "http_server_request_duration_seconds_count",
            "http_server_request_duration_seconds_bucket",
            1,
            'service="shop",http_route!~"/metrics|/health.*"',
        ),
        (CUSTOM, "hits_total", "hit_seconds_bucket", 1, 'service="shop",page!~"/alive\\"?"'),
        ('duration = "d_ms"\nstatus = "s"', "d_ms_count", "d_ms_bucket", 0.001, 'service="shop"'),
        ('requests = "hits_total"\nstatus = "s"', "hits_total", None, 1, 'service="shop"'),
    ],
)
def test_known_shapes_and_own_names(
    tmp_path: Path, kind: str, counter: str, buckets: str | None, seconds: float, judged: str
) -> None:
    """A kind brings all names; each can be said otherwise, and what is not there is not asked for."""
    shop = next(source for source in sli.http(load(tmp_path, SHOP + kind)) if source.service == "shop")
    assert (shop.requests, shop.buckets, shop.bucket_seconds) == (counter, buckets, seconds)
    assert shop.judged.startswith(judged)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('kind = "rails"', r"services\.shop\.metrics\.kind"),
        ('requests = "hits_total"', r"toml:5: services\.shop\.metrics\.status: metrics\.status is missing"),
        ('status = "code"', r"toml:6: services\.shop\.metrics\.status: metrics\.status needs requests or duration"),
        ('requests = "hits-total"\nstatus = "s"', r"services\.shop\.metrics\.requests"),
        ('requests = "h"\nstatus = "a b"', r"services\.shop\.metrics\.status"),
        (
            'requests = "h"\nstatus = "s"\nignore = "/x"',
            r"toml:8: services\.shop\.metrics\.ignore: metrics\.ignore needs route",
        ),
        (
            'requests = "h"\nstatus = "s"\nunit = "seconds"',
            r"toml:8: services\.shop\.metrics\.unit: metrics\.unit needs duration",
        ),
        ('kind = "node"\nignore = "("', r"services\.shop\.metrics\.ignore: .*not a valid regular expression"),
        (
            'kind = "node"\nignore = "(?!/api).*"',
            r"services\.shop\.metrics.*not a valid regular expression: '\(\?!/api\)\.\*'",
        ),
        ('path = "metrics"', r"services\.shop\.metrics\.path"),
        ('targets = ["shop"]', r"services\.shop\.metrics\.targets"),
        ('kind = "node"\nquery = "up"', "query"),
    ],
)
def test_a_mistake_in_the_mapping_is_named(tmp_path: Path, text: str, named: str) -> None:
    """With the service and the key, and with exit code 2."""
    with pytest.raises(ConfigError, match=named) as caught:
        load(tmp_path, "[services.other]\nport = 1\n" + SHOP + text)
    assert caught.value.exit_code == 2


def test_a_service_without_a_port_must_say_where_its_instances_are(tmp_path: Path) -> None:
    """Prometheus could ask nobody."""
    with pytest.raises(ConfigError, match=r"toml:1: services\.shop\.metrics\.targets: metrics\.targets is missing"):
        load(tmp_path, '[services.shop.metrics]\nkind = "up"\n')


def test_every_service_with_metrics_is_scraped_at_its_instances(tmp_path: Path) -> None:
    """The job comes from the same entry; one without the table is left alone."""
    text = SHOP + 'kind = "node"\npath = "/m"\ntargets = ["a:1", "b:2"]\n[services.cache]\nport = 6379\n'
    jobs = {job["job_name"]: job for job in prometheus.document(load(tmp_path, text), STANDARD)["scrape_configs"]}
    assert jobs["shop"]["metrics_path"] == "/m"
    assert jobs["shop"]["static_configs"] == [
        {"targets": ["a:1", "b:2"], "labels": {"service": "shop", "env": "local"}}
    ]
    assert "cache" not in jobs
    assert jobs["tixmaster-backend"]["static_configs"][0]["targets"] == ["127.0.0.1:3000"]


def test_the_backend_itself_may_be_the_node_one(tmp_path: Path) -> None:
    """SOP-MON-001 was written for it: the alerts stay those of the service `backend`."""
    config = load(tmp_path, '[services.backend]\nmanager = "pm2"\nmetrics = { kind = "node" }\n')
    (backend,) = sli.http(config)
    assert (backend.service, backend.requests) == ("backend", "http_requests_total")
    assert [item.counter for item in sli.orders(config)] == ["orders_total"]


def test_the_alerts_of_the_node_backend_come_from_its_own_names(bench: Bench, tmp_path: Path) -> None:
    """Failing and slow requests of a service of others raise HighErrorRate and HighLatency, and no word of PromQL."""
    config = load(tmp_path, '[services.shop]\nport = 4000\nmetrics = { kind = "node" }\n')
    step, timings = bench.timings.scrape * 3, PROFILES["drill" if bench.timings.scrape == 1 else "standard"]
    steps = timings.error_long_window // step + 10
    labels = 'service="shop",env="local",method="GET",route="/buy"'
    series = {
        'up{service="shop",env="local",instance="a"}': f"1x{steps}",
        f'http_requests_total{{{labels},status_code="200"}}': f"0+90x{steps}",
        f'http_requests_total{{{labels},status_code="500"}}': f"0+10x{steps}",
        'http_requests_total{service="shop",env="local",route="/health",status_code="500"}': f"0+900x{steps}",
        f'http_request_duration_ms_bucket{{{labels},status_code="200",le="1000"}}': f"0+1x{steps}",
        f'http_request_duration_ms_bucket{{{labels},status_code="200",le="2000"}}': f"0+100x{steps}",
        f'http_request_duration_ms_bucket{{{labels},status_code="200",le="+Inf"}}': f"0+100x{steps}",
    }
    firing: list[dict[str, object]] = [
        {
            "expr": f'count(ALERTS{{alertname="{alert}",service="shop",alertstate="firing"}}) or vector(0)',
            "eval_time": f"{steps * step}s",
            "exp_samples": [{"labels": "{}", "value": value}],
        }
        for alert, value in (("HighErrorRate", 1), ("HighLatency", 1), ("HttpMetricsAbsent", 0), ("InstanceDown", 0))
    ]
    ratio: dict[str, object] = {
        "expr": 'round(service:http_error_ratio:short{service="shop"}, 0.01)',
        "eval_time": f"{steps * step}s",
        "exp_samples": [{"labels": '{service="shop",env="local"}', "value": 0.1}],
    }
    replace(bench, config=config).evaluate(series, step, [*firing, ratio], of="HighErrorRate")


def test_orders_of_others_are_counted_with_ours(bench: Bench, tmp_path: Path) -> None:
    """Under the same names, so LowOrderVolume speaks of the shop as it does of the box office."""
    text = SHOP + 'orders = "sales_total"\norders_where = { state = "done" }\n'
    step, window = bench.timings.scrape, bench.timings.order_window
    steps = window // step + 10
    series = {
        'up{service="shop",env="local",instance="a"}': f"1x{steps}",
        'sales_total{service="shop",env="local",state="done"}': f"0+1x{steps}",
        'sales_total{service="shop",env="local",state="given up"}': f"0+9x{steps}",
    }
    expected: dict[str, object] = {
        "expr": f'round({ORDERS_SHORT.count}{{service="shop"}})',
        "eval_time": f"{steps * step}s",
        "exp_samples": [{"labels": '{service="shop",env="local"}', "value": window // step}],
    }
    replace(bench, config=load(tmp_path, text)).evaluate(series, step, [expected], of="LowOrderVolume")
