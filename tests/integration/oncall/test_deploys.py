"""Deploys that people announce are changes that an investigation sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.looking import looking

from .conftest import Oncall


def test_an_announced_deploy_is_a_change_of_its_service(oncall: Oncall) -> None:
    """With its version and who began it, also when it is over; what another service got is no change of this one."""
    oncall.client.begin_deploy("tixmaster-backend", "2.0", by="amy")
    oncall.client.end_deploy("backend")
    oncall.client.begin_deploy("postgres", "18.1", by="bob")
    began = datetime.now(UTC) + timedelta(seconds=90)
    found = looking(oncall.config)("changes", service="backend", began=began)
    deploys = [one["text"] for one in found.value["changes"] if one["kind"] == "deploy" and "announced" in one["text"]]
    assert deploys == ["deploy of backend 2.0, announced by amy"]
    assert 85 < found.value["deploy_seconds_before"] < 95
    oncall.client.end_deploy("postgres")


def test_deploys_of_long_ago_are_left_out(oncall: Oncall) -> None:
    """By the moment that the question names."""
    oncall.client.begin_deploy("backend", None, by="amy")
    oncall.client.end_deploy("backend")
    now = datetime.now(UTC)
    assert {"version": "", "by": "amy"}.items() <= oncall.client.deploys("backend", now - timedelta(minutes=1))[
        -1
    ].items()
    assert oncall.client.deploys("backend", now + timedelta(seconds=1)) == []
