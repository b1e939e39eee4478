"""Real trackers: one issue an incident, with its evidence, that follows it and is found again after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tixmaster.oncall import close, person
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report import tell
from tixmaster.oncall.report.postman import deliver_due
from tixmaster.oncall.report.trackers import follow
from tixmaster.oncall.report.trackers.carry import open_tracker
from tixmaster.oncall.report.trackers.tracker import Tracker
from tixmaster.oncall.store.schema import incident, outbox, ticket

from .conftest import Clock, Configured, opened, said, states
from .redmine_server import HOME, KEY, redmine
from .roundup_server import PASSWORD, roundup

Settings = dict[str, object]


@pytest.fixture(scope="module", params=["roundup", "redmine"])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of a tracker that runs, and its token."""
    folder: Path = tmp_path_factory.mktemp("tracker")
    if request.param == "roundup":
        with roundup(folder) as url:
            yield {"kind": "roundup", "url": url, "user": "admin", "token_file": "token", "token": PASSWORD}
        return
    if not (HOME / "config.ru").exists():
        pytest.skip("there is no Redmine here: install Debian's package, or set REDMINE_HOME to its files")
    with redmine(folder) as url:
        yield {"kind": "redmine", "url": url, "project": "shop", "token_file": "token", "token": KEY}


@pytest.fixture
def tracked(real: Settings, configured: Configured) -> Desk:
    """A desk with the tracker, and the mail server away."""
    settings = dict(real)
    del settings["token"]
    desk = configured(tracker={**settings, "owners": ["@mei"]})
    (desk.config.root / "token").write_text(f"{real['token']}\n")
    return desk


@pytest.fixture
def tracker(tracked: Desk) -> Iterator[Tracker]:
    with closing(open_tracker(tracked.config)) as tracker:
        yield tracker


def catch_up(desk: Desk, clock: Clock) -> None:
    """As the dispatcher does, a while later."""
    clock.pass_by(10)
    follow.look(desk)
    deliver_due(desk)


def issue_of(desk: Desk) -> sa.RowMapping:
    with desk.database.read() as connection:
        return connection.execute(sa.select(ticket)).mappings().one()


def set_state(desk: Desk, state: str) -> None:
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(state=state, resolved_at=desk.now()))


def test_the_token_is_good(tracker: Tracker) -> None:
    """And `tix tracker test` says what it opens."""
    assert "right" in tracker.check()


def test_an_issue_follows_its_incident(tracked: Desk, tracker: Tracker, clock: Clock) -> None:
    """Opened with evidence, told what happens, closed and reopened; what is done already is not done again."""
    desk = tracked
    tell.page(desk, opened(desk))
    deliver_due(desk)
    issue = issue_of(desk)
    assert f"Issue opened: {issue['url']}" in said(desk, "tracker-sent")
    assert any(text.startswith("Evidence attached") for text in said(desk, "tracker-sent"))
    person.note(desk, 1, "the database's disk is full <b>@everyone</b>", by="mei")
    catch_up(desk, clock)
    set_state(desk, "resolved")
    close.finish(desk, 1)
    catch_up(desk, clock)
    assert states(desk, "tracker") == {next(iter(states(desk, "tracker"))): "sent"}, said(desk, "tracker-refused")
    assert issue_of(desk)["closed"]
    set_state(desk, "open")
    catch_up(desk, clock)
    texts = said(desk, "tracker-sent")
    assert [text.split()[0] for text in texts] == ["Issue", "Evidence", "Told", "Told", "Closed", "Reopened"]
    assert said(desk, "tracker-refused") == []


def test_after_a_crash_nothing_is_doubled(tracked: Desk, tracker: Tracker, clock: Clock) -> None:
    """Killed between the tracker's answer and our commit: the issue, its file and its comment are found."""
    desk = tracked
    clock.pass_by(1)  # another incident than the one of the test before
    tell.page(desk, opened(desk))
    deliver_due(desk)
    person.note(desk, 1, "on it", by="mei")
    catch_up(desk, clock)
    before = issue_of(desk)
    with desk.database.write() as connection:
        connection.execute(sa.update(outbox).where(outbox.c.medium == "tracker").values(state="waiting"))
        connection.execute(sa.update(ticket).values(reference=None, url=None))
    while deliver_due(desk):
        pass
    assert issue_of(desk)["reference"] == before["reference"]
    assert said(desk, "tracker-refused") == []


def test_a_wrong_token_is_said_and_waited_for(tracked: Desk, clock: Clock) -> None:
    """Nothing is lost: as soon as somebody mends the token, the issue is opened."""
    desk, token = tracked, tracked.config.root / "token"
    good = token.read_text()
    token.write_text("wrong")
    clock.pass_by(2)
    tell.page(desk, opened(desk))
    deliver_due(desk)
    assert "The token is wrong" in said(desk, "tracker-refused")[0]
    token.write_text(good)
    catch_up(desk, clock)
    assert issue_of(desk)["reference"] is not None


def test_a_tracker_that_is_away_holds_up_no_page(tracked: Desk, configured: Configured) -> None:
    """The issue waits on disk."""
    desk = configured(tracker={"kind": "github", "url": "http://127.0.0.1:9", "project": "a/b", "token_file": "token"})
    tell.page(desk, opened(desk))
    deliver_due(desk)
    assert "does not answer" in said(desk, "tracker-refused")[0]
    assert states(desk, "tracker") == {"github a/b": "waiting"}
    with pytest.raises(DeliveryError, match="does not answer"), closing(open_tracker(desk.config)) as tracker:
        tracker.check()
