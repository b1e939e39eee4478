"""One investigation of one incident: the key under which the stages of a run keep what they find."""

from __future__ import annotations

from dataclasses import dataclass

from tixmaster.oncall.store.incidents import name_of


@dataclass(frozen=True, kw_only=True)
class Case:
    """Incident number and run; a run that is carried out again after a crash has the same case."""

    number: int
    run: int

    @property
    def name(self) -> str:
        """The id of the incident, `INC-42`."""
        return name_of(self.number)

    def key(self, what: str) -> str:
        """A key of this run for rows that must be written once."""
        return f"run-{self.run}:{what}"
