"""One drill over servers with set answers: what is followed, judged and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from tests.unit.drills.conftest import Server, Shop

from tixmaster.drills import DRILLS
from tixmaster.drills.drill import Drill
from tixmaster.drills.errors import DrillError
from tixmaster.drills.journal import Journal
from tixmaster.drills.orders import LOW_ORDER_VOLUME
from tixmaster.drills.request import ask, fault_on_request
from tixmaster.drills.runner import Asked, run, run_one
from tixmaster.drills.scene import Scene
from tixmaster.drills.traffic import Pace, Traffic
from tixmaster.drills.verdict import STAGES, Verdict
from tixmaster.oncall import rehearsal
from tixmaster.oncall.client import OncallClient
from tixmaster.stack import mail, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus

PAGE = "<INC-7.page@tixmaster>"


@pytest.fixture
def scene(system: Config) -> Iterator[Scene]:
    """The running system as the drill sees it."""
    with (
        Prometheus(system.url("prometheus")) as prometheus,
        Alertmanager(system.url("alertmanager")) as alertmanager,
        OncallClient(system) as oncall,
    ):
        yield Scene(
            config=system, prometheus=prometheus, alertmanager=alertmanager, oncall=oncall, traffic=Traffic(system)
        )


class Fault:
    """A fault that makes on-call open an incident, if it is given a cause."""

    def __init__(
        self,
        watch: Server,
        *,
        cause: str | None = None,
        stages: tuple[str, ...] = tuple(STAGES),
        commands: tuple[str, ...] = ("tix restart backend",),
    ) -> None:
        self.restored = False
        self.said: list[str] = []
        self._watch, self._cause, self._stages, self._commands = watch, cause, stages, commands

    @contextmanager
    def happen(self, scene: Scene) -> Iterator[None]:
        self.inject(scene.config)
        yield
        self.restored = True

    def inject(self, config: Config) -> None:
        if self._cause is None:
            return
        opened = datetime.now(UTC)
        rows = [
            {"kind": STAGES[name], "at": (opened + timedelta(seconds=place)).isoformat()}
            for place, name in enumerate(self._stages, start=1)
        ]
        incident = {
            "id": "INC-7",
            "title": "the backend is down",
            "alertname": "InstanceDown",
            "drill": "practice",
            "opened_at": opened.isoformat(),
            "timeline": rows,
            "cause": {"id": self._cause, "confidence": 0.65},
            "actions": [{"state": "done", "command": command} for command in self._commands],
            "evidence": [],
            "mails": [{"kind": "page", "message_id": PAGE}],
        }
        self._watch.answers["GET", "/api/incidents"] = 200, {"incidents": [incident]}
        self._watch.answers["GET", "/api/incidents/INC-7"] = 200, incident
        deliver(config)

    def play(self, scene: Scene, policy: Asked = "auto", **more: Any) -> Verdict:
        wanted: dict[str, Any] = {"cause": "true-cause", "remedy": "restart backend", "event": self.happen, **more}
        drill = Drill(**{"name": "practice", "title": "practice", "title_zh": "練習", "seconds": 60.0, **wanted})
        with Journal(scene.config, [drill], "alice") as journal:
            return run_one(scene, drill, self.said.append, journal, policy)


def deliver(config: Config) -> None:
    """The page of the incident reaches the catcher."""
    message = EmailMessage()
    message["Message-ID"] = PAGE
    message.set_content("The backend is down.")
    message.add_attachment(b"-", maintype="image", subtype="png", filename="graph.png")
    message.add_attachment(b"-", maintype="text", subtype="csv", filename="numbers.csv")
    mail.Maildir(mail.folder(config)).file(message.as_bytes())


def test_a_drill_that_goes_well(scene: Scene, watch: Server) -> None:
    """It is announced, every stage is said once in order, and the fault is taken out."""
    fault = Fault(watch, cause="true-cause")
    verdict = fault.play(scene)
    assert verdict.ok, verdict.failures
    assert list(verdict.stages) == list(STAGES)
    assert [line.split(" s  ")[1] for line in fault.said[1:-1]] == [
        "fault",
        *(name.replace("_", " ") for name in STAGES),
    ]
    assert watch.asked("POST", "/api/drill")[0].body == {"name": "practice", "policy": "auto", "seconds": 120.0}
    assert fault.restored
    kept = rehearsal.newest_run(scene.config)
    assert kept is not None
    assert (kept.playing, list(kept.stages), kept.incident) == ("practice", list(STAGES), "INC-7")
    assert (kept.verdicts, kept.phase, kept.problem) == ({"practice": True}, "ended", None)


def test_a_drill_in_which_people_practise_asks_them(scene: Scene, watch: Server) -> None:
    """On-call is told so; the rest is as in any drill."""
    assert Fault(watch, cause="true-cause").play(scene, policy="approve").ok
    assert watch.asked("POST", "/api/drill")[0].body["policy"] == "approve"


def test_a_run_that_is_cancelled_says_so(scene: Scene) -> None:
    """Whoever watches is told that nothing is wrong with it."""

    def cancel() -> None:
        with Journal(scene.config, [LOW_ORDER_VOLUME], "alice"):
            kept = rehearsal.newest_run(scene.config)
            assert kept is not None
            assert kept.is_on
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancel()
    kept = rehearsal.newest_run(scene.config)
    assert kept is not None
    assert (kept.problem, kept.is_on, kept.was_killed) == ("cancelled", False, False)


def test_a_wrong_diagnosis_fails(scene: Scene, watch: Server) -> None:
    """However well the service was brought back."""
    verdict = Fault(watch, cause="another-cause").play(scene)
    assert verdict.failures == ["the diagnosis says another-cause, the true cause is true-cause"]


def test_a_cause_that_the_machine_makes_as_true_is_right(scene: Scene, watch: Server) -> None:
    """It counts as the true one."""
    verdict = Fault(watch, cause="another-cause").play(scene, also=("another-cause",))
    assert verdict.ok, verdict.failures
    assert verdict.true_cause == "another-cause"


def test_a_stage_that_was_not_reached_is_named(scene: Scene, watch: Server) -> None:
    """With the command that shows how far it came."""
    verdict = Fault(watch, cause="true-cause", stages=tuple(STAGES)[:5]).play(scene, seconds=0.5)
    assert verdict.failures == ["not reached: remedy, recovered, closed (tix incident show INC-7)"]


def test_a_service_that_did_not_come_back_fails(scene: Scene, watch: Server, shop: Shop) -> None:
    """A closed incident is no proof of health."""
    shop.answers["GET", "/health"] = 503, {}
    (failure,) = Fault(watch, cause="true-cause").play(scene).failures
    assert failure.startswith("tixmaster-backend is not back: ")
    assert "503" in failure


def test_an_alert_that_reaches_nobody_is_told_from_no_alert(scene: Scene, watch: Server) -> None:
    """Where no incident was opened the words say which link of the chain is broken."""
    assert "no alert fires" in Fault(watch).play(scene, seconds=0.5).failures[0]
    firing = {
        "labels": {"alertname": "InstanceDown", "service": "backend"},
        "annotations": {},
        "state": "firing",
        "activeAt": "2026-03-01T03:12:40Z",
        "value": "0",
    }

    @contextmanager
    def fire(_scene: Scene) -> Iterator[None]:
        watch.answers["GET", "/api/v1/alerts"] = 200, {"data": {"alerts": [firing]}}
        yield

    (failure,) = Fault(watch).play(scene, event=fire, seconds=0.5).failures
    assert failure.startswith("InstanceDown fires, but on-call opened no incident")


def test_a_fault_that_cannot_be_put_in_is_a_failed_drill(scene: Scene, shop: Shop) -> None:
    """The words say what to set; the next drill can still run."""
    shop.answers["POST", "/api/fault/timeout"] = 403, {"error": "Fault endpoints are disabled"}
    with Journal(scene.config, [LOW_ORDER_VOLUME], "alice") as journal:
        verdict = run_one(scene, replace(LOW_ORDER_VOLUME, seconds=0.5), print, journal)
    assert "fault_endpoints = true" in verdict.failures[0]


def test_a_fault_that_stays_in_is_said(scene: Scene, watch: Server) -> None:
    """The person at the keyboard gets the command that takes it out."""
    fault = Fault(watch, cause="true-cause")

    @contextmanager
    def stuck(scene: Scene) -> Iterator[None]:
        fault.inject(scene.config)
        yield
        ask(scene.config, "DELETE", "/api/fault")

    verdict = fault.play(scene, event=stuck)
    assert verdict.failures[0].startswith("the fault is still in")
    assert "tix restart backend" in verdict.failures[0]


def test_a_person_acts_where_no_remedy_is_called_for(scene: Scene, watch: Server) -> None:
    """The fault is taken out once the mail is there; a restart that on-call did all the same is a failure."""
    fault = Fault(watch, cause="true-cause")
    verdict = fault.play(scene, remedy=None)
    assert fault.restored
    assert verdict.failures == ["tix restart backend was carried out (done), and nobody needed it"]


def test_one_cause_has_one_remedy(scene: Scene, watch: Server) -> None:
    """A second restart for it is a failure."""
    fault = Fault(watch, cause="true-cause", commands=("tix restart backend",) * 2)
    assert fault.play(scene).failures == ["tix restart backend was carried out (done), and nobody needed it"]


def test_a_healthy_day_wants_no_incident(scene: Scene, watch: Server) -> None:
    """A control passes in silence, and fails with the incident that was opened."""
    healthy: dict[str, Any] = {"cause": None, "remedy": None, "control": True, "seconds": 0.5}
    assert Fault(watch).play(scene, **healthy).ok
    verdict = Fault(watch, cause="backend-hangs", commands=()).play(scene, **healthy)
    assert verdict.failures == ["nothing is wrong, and INC-7 was opened (the backend is down)"]
    assert (verdict.as_json()["true_cause"], verdict.diagnosed_cause) == (None, "backend-hangs")


@pytest.mark.parametrize(
    ("method", "path", "answer", "word"),
    [
        ("POST", "/api/v1/query", {"data": {"resultType": "vector", "result": []}}, "shoppers"),
        ("GET", "/api/v1/alertmanagers", {"data": {"activeAlertmanagers": []}}, "Alertmanager"),
        ("GET", "/api/incidents", {"incidents": [{"id": "INC-6"}]}, "incident"),
    ],
)
def test_no_drill_begins_in_unrest(scene: Scene, watch: Server, method: str, path: str, answer: Any, word: str) -> None:
    """Without shoppers, without a way for alerts, or with an incident still open; the words say which."""
    assert scene.unrest() == []
    watch.answers[method, path] = 200, answer
    (words,) = scene.unrest()
    assert word in words


def test_what_this_machine_cannot_play_is_left_out(scene: Scene, watch: Server) -> None:
    """That is said, touches nothing, and is no failure."""
    fault = Fault(watch, cause="true-cause")
    verdict = fault.play(scene, prevented=lambda: "run it as root on Linux")
    assert (verdict.ok, verdict.left_out, verdict.diagnosed_cause) == (True, "run it as root on Linux", None)
    assert fault.said[-1] == "  left out: run it as root on Linux"
    assert not watch.asked("POST", "/api/drill")


NEED_ENDPOINTS = {
    "low-order-volume",
    "code-error",
    "bad-deploy",
    "memory-leak",
    "payment-provider",
    "dependency",
    "names",
    "series-without-end",
}


def test_without_fault_endpoints_a_run_that_needs_them_does_not_begin(config: Config) -> None:
    """Before the first drill: the drills, the line to set, the file and the command are named."""
    assert {drill.name for drill in DRILLS if drill.needs_fault_endpoints} == NEED_ENDPOINTS
    with pytest.raises(ConfigError) as refused:
        run(config, list(DRILLS), Pace(), print, by="alice")
    for words in (*NEED_ENDPOINTS, "`fault_endpoints = true`", "tixmaster.toml", "`tix up`"):
        assert words in str(refused.value)
        assert words in refused.value.words.zh
    assert "instance-down" not in str(refused.value)
    assert rehearsal.newest_run(config) is None


def test_a_backend_that_does_not_know_of_its_setting_is_found_before_the_first_drill(
    system: Config, shop: Shop
) -> None:
    """The file was changed, and `tix up` was not run."""
    shop.answers["GET", "/api/slow"] = 403, {"error": "Fault endpoints are not available"}
    config = msgspec.structs.replace(system, fault_endpoints=True)
    with pytest.raises(DrillError, match=r"refuses GET /api/slow.*run `tix up`"):
        run(config, list(DRILLS), Pace(), print, by="alice")
    assert rehearsal.newest_run(config) is None


def test_faults_are_asked_for_with_the_token(scene: Scene, shop: Shop) -> None:
    """Which lies in var/secrets."""
    shop.answers["POST", "/api/fault/health"] = shop.answers["DELETE", "/api/fault"] = 200, {}
    with fault_on_request("health")(scene):
        pass
    asked = [*shop.asked("POST", "/api/fault/health"), *shop.asked("DELETE", "/api/fault")]
    assert [one.fault_token for one in asked] == [secrets.read(scene.config, "fault-token")] * 2


def test_a_sick_system_is_not_drilled(config: Config) -> None:
    """It names the services, and puts no fault in."""
    config = msgspec.structs.replace(config, fault_endpoints=True)
    with pytest.raises(DrillError, match="not healthy: tixmaster-backend, tixmaster-postgres"):
        run(config, list(DRILLS), Pace(), print, by="alice")
    assert not (config.var / "prometheus").exists()
    kept = rehearsal.newest_run(config)
    assert kept is not None
    assert (kept.by, kept.phase, kept.is_on) == ("alice", "ended", False)
    assert kept.problem is not None
    assert "not healthy" in kept.problem
