"""What can go wrong in on-call; each error says what, where and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tixmaster.stack.errors import StackError
from tixmaster.stack.said import Said, said, system

if TYPE_CHECKING:
    from tixmaster.oncall.store.backup import Backup


class OncallError(StackError):
    """Root of on-call's errors. The message is meant for the engineer on call."""


class StateError(OncallError):
    """The state database cannot be opened."""

    exit_code = 3


class StateAwayError(OncallError):
    """The state cannot be read or written now. It says why; what was asked for is not done, and may be asked for again."""

    def __init__(self, why: str) -> None:
        super().__init__(
            said(
                "on-call's state cannot be read or written now ({why}); it goes on when that is over",
                "值勤系統的資料目前無法讀寫（{why}）；恢復後將繼續",
                why=system(why),
            )
        )


class StateDamagedError(OncallError):
    """A file of the state is damaged. Names the file, the newest backup and the command that restores it."""

    exit_code = 3

    def __init__(self, file: Path, why: str, newest: Backup | None) -> None:
        super().__init__(
            said(
                "on-call's state is damaged: {file}: {why}. {way_out}",
                "值班系統的資料檔已損毀：{file}：{why}。{way_out}",
                file=str(file),
                why=system(why),
                way_out=_way_out(file, newest),
            )
        )

    @classmethod
    def unfinished(cls, folder: Path, newest: Backup | None) -> StateDamagedError:
        """The state of a restore that was interrupted between taking the old files away and putting the new ones there."""
        return cls(folder, "a restore was interrupted; the files are not complete", newest)


def _way_out(file: Path, newest: Backup | None) -> Said:
    if newest is None:
        return said(
            "There is no backup. To start with an empty state, stop on-call (`tix down`), move {file} away and run "
            "`tix up`; the records of earlier incidents are kept.",
            "沒有備份。若要以空白資料重新開始，請停止值班系統（`tix down`）、移走 {file}，"
            "再執行 `tix up`；先前事件的紀錄會保留。",
            file=str(file),
        )
    return said(
        "The newest backup is {name} (UTC). Stop on-call (`tix down`), then run `tix restore {name}` and `tix up`.",
        "最新的備份為 {name}（UTC）。請停止值班系統（`tix down`），再執行 `tix restore {name}` 與 `tix up`。",
        name=newest.name,
    )


class BackupError(OncallError):
    """A backup cannot be taken or restored; the message says why and what to do."""


class GivenUpError(OncallError):
    """The other replicas took this process for dead and have taken over what it was at."""


class RefusedError(OncallError):
    """What a person asked for is not to be had, and pages say why in their language."""

    def __init__(self, message: Said) -> None:
        super().__init__(message)


class UnknownIncidentError(RefusedError):
    """No incident has that id."""


class UnknownDocumentError(OncallError):
    """The manual has no runbook or procedure of that name."""

    exit_code = 2


class UnknownRunError(RefusedError):
    """No runbook that was carried out by hand is kept under that id."""


class ManualBusyError(RefusedError):
    """As many runbooks as may be are carried out by hand already."""


class WrongUseError(OncallError):
    """A command was given options that do not go together, or in a place where it cannot do what they ask."""

    exit_code = 2


class NoBrowserError(OncallError):
    """There is no browser that could print, or it did not."""

    exit_code = 3


class NothingToDecideError(RefusedError):
    """An approval or refusal arrived, but no action waits for one."""


class LinkError(OncallError):
    """A link of a mail that opens nothing. Pages say `reason` in their words."""

    def __init__(self, reason: Literal["forged", "expired"], message: str) -> None:
        super().__init__(message)
        self.reason = reason


class MaintenanceError(RefusedError):
    """A maintenance window that cannot be announced or ended; the message says why."""

    exit_code = 2


class SilenceError(RefusedError):
    """A silence that must not be made, or cannot be extended; the message says why."""

    exit_code = 2


class CannotMergeError(RefusedError):
    """Two incidents that cannot be made one, or one that cannot be opened again."""


class PostMortemChangedError(OncallError):
    """Somebody saved another text of a post-mortem since this one was begun."""


class StateBusyError(OncallError):
    """A writer waited in vain for its turn. What it was to write is not written; whoever asked may ask again."""


class WebhookError(OncallError):
    """A webhook body cannot be taken as Alertmanager's version 4. `reason` is what is stored and counted."""

    def __init__(
        self, message: Said, reason: Literal["not-a-webhook", "invalid-utf-8", "too-deep", "too-large"]
    ) -> None:
        super().__init__(message)
        self.reason = reason


class SopError(OncallError):
    """A document of the manual cannot be carried out. `problems` lists each place and what to write there."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class CheckRefusedError(OncallError):
    """A check cannot be registered."""

    exit_code = 2


class DrawingError(OncallError):
    """A panel could not be drawn. Its numbers are there all the same."""

    def __init__(self, message: Said) -> None:
        super().__init__(message)


class DeliveryError(OncallError):
    """A message was not taken by the other side; `retry` says whether a later attempt can succeed, `after_seconds` when."""

    exit_code = 3

    def __init__(self, message: Said, *, retry: bool, after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry = retry
        self.after_seconds = after_seconds
