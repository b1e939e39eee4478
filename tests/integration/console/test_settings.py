"""One's own account, people, the audit, and what is in force."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tixmaster.console import accounts
from tixmaster.console.accounts import Role
from tixmaster.console.settings.in_force import sections
from tixmaster.oncall.app import Oncall
from tixmaster.stack import secrets
from tixmaster.stack.config import BoxOffice, Channel, Config, Mail, Smtp

from .conftest import PASSWORD, Visitor, open_incident

NEW = "another long pass phrase"


def made(page: str) -> str:
    """What a page shows this once."""
    found = re.search(r'<pre id="made">([^<]+)</pre>', page)
    assert found
    return found[1]


def test_a_password_is_changed_by_whoever_knows_it(responder: Visitor, oncall: Oncall) -> None:
    """This session goes on, and the old password opens nothing any more."""
    assert responder.send("/account/password", current=PASSWORD, password=NEW).status_code == 303
    assert responder.get("/account").status_code == 200
    assert accounts.verify(oncall.desk, "responder", PASSWORD) is None
    assert accounts.verify(oncall.desk, "responder", NEW)


@pytest.mark.parametrize(
    ("current", "password", "said"),
    [("guess", NEW, "present password is another"), (PASSWORD, "short", "too short")],
)
def test_a_password_that_will_not_do_is_said_in_words(
    responder: Visitor, current: str, password: str, said: str
) -> None:
    """The form comes back with what was wrong."""
    answer = responder.send("/account/password", current=current, password=password)
    assert answer.status_code == 400
    assert said in answer.text


def test_signing_out_everywhere_ends_this_session_too(responder: Visitor) -> None:
    """A cookie that somebody copied opens nothing any more."""
    assert responder.send("/account/sign-out-everywhere").headers["location"] == "/login"
    assert responder.get("/incidents").status_code == 303


def test_a_token_speaks_for_its_owner_until_it_is_ended(responder: Visitor, oncall: Oncall) -> None:
    """It is shown once, acts in the owner's name and no other, and opens nothing once it is ended."""
    name = open_incident(oncall)
    page = responder.send("/account/tokens", title="pager", role="responder", days="30").text
    header = {"Authorization": f"Bearer {made(page)}"}
    answer = responder.client.post(f"/api/incidents/{name}/ack", json={"by": "somebody else"}, headers=header)
    assert answer.json()["timeline"][-1]["by"] == "responder"
    number = re.search(r"/account/tokens/(\d+)/end", page)
    assert number
    responder.send(f"/account/tokens/{number[1]}/end")
    assert responder.client.get("/api/incidents", headers=header).status_code == 401


def test_a_token_that_may_look_does_not_act(responder: Visitor, oncall: Oncall) -> None:
    """A viewer's token reads."""
    name = open_incident(oncall)
    header = {
        "Authorization": f"Bearer {made(responder.send('/account/tokens', title='wall', role='viewer', days='7').text)}"
    }
    assert responder.client.get(f"/api/incidents/{name}", headers=header).status_code == 200
    assert responder.client.post(f"/api/incidents/{name}/ack", json={"by": "x"}, headers=header).status_code == 403


def test_nobody_makes_a_token_that_may_more_than_they(responder: Visitor) -> None:
    """The role of a token ends at its owner's."""
    answer = responder.send("/account/tokens", title="root", role="administrator", days="7")
    assert answer.status_code == 400


def test_an_administrator_makes_changes_and_ends_an_account(sign_in: Callable[[Role], Visitor], oncall: Oncall) -> None:
    """The password is shown once; an ended account is signed out at its next click."""
    boss = sign_in("administrator")
    password = made(boss.send("/settings/people", name="amy", role="viewer").text)
    assert accounts.verify(oncall.desk, "amy", password)
    boss.send("/settings/people/amy", act="role", role="responder")
    amy = accounts.find(oncall.desk, "amy")
    assert amy
    assert amy.role == "responder"
    boss.send("/settings/people/amy", act="end")
    assert accounts.find(oncall.desk, "amy") is None


def test_the_last_administrator_stays_one(oncall: Oncall, visitor: Visitor) -> None:
    """Nobody locks everybody out."""
    visitor.sign_in("admin", secrets.read(oncall.desk.config, "console-password"))
    for act in ({"act": "end"}, {"act": "role", "role": "viewer"}):
        answer = visitor.send("/settings/people/admin", **act)
        assert answer.status_code == 400
        assert "no administrator" in answer.text
    assert visitor.get("/settings/people").status_code == 200


@pytest.mark.parametrize("path", ["/settings/people", "/settings/audit"])
def test_people_and_audit_are_for_administrators(responder: Visitor, path: str) -> None:
    """A responder is told whose page it is."""
    assert responder.get(path).status_code == 403
    assert path not in responder.get("/account").text


def test_the_audit_tells_who_did_what(sign_in: Callable[[Role], Visitor], oncall: Oncall) -> None:
    """Acts on incidents and on accounts stand in one list; a name is never executed."""
    boss = sign_in("administrator")
    name = open_incident(oncall, summary="<script>alert(1)</script>")
    boss.send(f"/incidents/{name}/note", text="looking <b>now</b>")
    boss.send("/login", name="<script>", password="guess")
    page = boss.get("/settings/audit").text
    assert "looking &lt;b&gt;now" in page
    assert "sign-in refused" in page
    assert "<script>" not in page.replace('<script src="/static/live.js" defer></script>', "")


def test_what_is_in_force_is_shown_without_secrets(config: Config) -> None:
    """A password of the file is dots; the rest is there, and what the file gives is told from what is usual."""
    smtp = Smtp(host="mail.example", password="hunter2-hunter2")
    rows = [row for section in sections(replace(config, mail=Mail(smtp=smtp))) for row in section.rows]
    assert ("password", "••••••", True) in [(row.key, row.value, row.given) for row in rows]
    assert ("host", "mail.example", True) in [(row.key, row.value, row.given) for row in rows]
    assert not any("hunter2" in row.value for row in rows)


def test_what_opens_a_channel_or_a_provider_is_hidden(config: Config) -> None:
    """A channel's address is a permission to write, and the backend's variables hold keys of others."""
    shop = BoxOffice(environment={"BOXOFFICE_STRIPE_KEY": "sk_live_1", "BOXOFFICE_HOLD_SECONDS": "600"})
    oncall = replace(config.oncall, channels=(Channel(name="ops", url="slack://T1/B2/C3"),))
    shown = [row.value for section in sections(replace(config, boxoffice=shop, oncall=oncall)) for row in section.rows]
    assert "600" in shown
    assert "ops" in shown
    assert not any(secret in value for value in shown for secret in ("sk_live_1", "slack:"))


def test_everybody_may_look_at_what_is_in_force(sign_in: Callable[[Role], Visitor]) -> None:
    """Every table of the file has its place on the page."""
    page = sign_in("viewer").get("/settings").text
    assert "[services.backend]" in page
    assert "[oncall.remedy.budget]" in page
