"""The verbs over systemd."""

from __future__ import annotations

import time

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers.systemd import control, journal
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted, did_not_start

START_SECONDS = 30.0
POLL_SECONDS = 0.1


class SystemdManager:
    """One unit: of the machine, or of this user where the service's `name` begins with `user:`."""

    name = "systemd"

    def __init__(self, config: Config, service: str) -> None:
        self._place = control.place(config.full_name(service))

    def find(self) -> bool:
        return control.show(self._place).found

    def status(self) -> ProcessState:
        return control.show(self._place).state()

    def logs(self, lines: int) -> list[str]:
        return journal.logs(self._place, lines)

    def restart(self) -> Restarted:
        began = time.monotonic()
        before = self._known().pid
        control.act(self._place, "restart")
        after = self._await_running().pid
        return Restarted(manager=self.name, pid_before=before, pid_after=after, seconds=time.monotonic() - began)

    def events(self) -> list[Event]:
        return journal.events(self._place)

    def start(self) -> None:
        """Waits until systemd calls the unit active; raises `ManagerError` with its last words otherwise."""
        self._known()
        control.act(self._place, "start")
        self._await_running()

    def stop(self) -> None:
        """Returns when its processes are gone."""
        self._known()
        control.act(self._place, "stop")

    def _known(self) -> ProcessState:
        """Its state; raises `ManagerError` where the unit cannot be used at all."""
        unit = control.show(self._place)
        if not unit.found:
            raise ManagerError(unit.state().detail)
        return unit.state()

    def _await_running(self) -> ProcessState:
        deadline = time.monotonic() + START_SECONDS
        while (state := self.status()).state == "starting" and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if state.state != "running":
            raise ManagerError(did_not_start(self._place.unit, state.detail, self._last_words()))
        return state

    def _last_words(self) -> str:
        """The journal's last lines; where it may not be read that is not what matters now."""
        try:
            return "\n".join(self.logs(5))
        except ManagerError:
            return ""
