"""Administrators at their pages."""

from __future__ import annotations

from tests.integration.boxoffice.conftest import World
from tests.integration.boxoffice.shopping import administrator, logged_in, organizer, put_on, submit


async def test_roles_are_given_and_taken_and_noted(world: World) -> None:
    """A new role holds at once; the audit log says who changed what."""
    admin, browser = await administrator(world), await organizer(world)
    await put_on(browser)
    row = await world.sql("SELECT id, email FROM users WHERE role = 'organizer'")
    found = await admin.get("/admin/users", params={"q": row["email"].upper()[:14]})
    assert f"/admin/users/{row['id']}/role" in found.text
    await submit(admin, f"/admin/users/{row['id']}/role", {"role": "user"}, on="/admin/users")
    assert (await browser.get("/organizer")).status_code == 403
    log = (await admin.get("/admin/audit")).text
    assert "was: organizer" in log
    assert "event published" in log
    assert "admin@tixmaster.invalid" in log
    assert "Nobody matches" in (await admin.get("/admin/users", params={"q": "%"})).text


async def test_the_last_administrator_cannot_lose_the_role(world: World) -> None:
    """Nobody changes their own; the synthetic shopper stays what it is; there is no such role."""
    admin = await administrator(world)
    for email, role, status in (
        ("admin@tixmaster.invalid", "user", 403),
        ("probe@tixmaster.invalid", "admin", 403),
        ("admin@tixmaster.invalid", "king", 400),
    ):
        row = await world.sql("SELECT id FROM users WHERE email = $1", email)
        refused = await submit(admin, f"/admin/users/{row['id']}/role", {"role": role}, on="/admin/users")
        assert refused.status_code == status, (email, role)
    row = await world.sql("SELECT count(*) AS admins FROM users WHERE role = 'admin'")
    assert row["admins"] == 1


async def test_only_administrators_get_in(world: World) -> None:
    """Neither buyers nor organisers, nor a form of another site."""
    buyer, runs, admin = await logged_in(world), await organizer(world), await administrator(world)
    for path in ("/admin", "/admin/users", "/admin/flags", "/admin/audit"):
        assert (await buyer.get(path)).status_code == 403
        assert (await runs.get(path)).status_code == 403
        assert (await world.visitor().get(path)).status_code == 303
        assert (await admin.get(path)).status_code == 200
    flag = "/admin/flags/ENABLE_VIEWING_COUNT"
    assert (await submit(runs, flag, {"enabled": "true"}, on="/organizer")).status_code == 403
    assert (await admin.post(flag, data={"enabled": "true"})).status_code == 403
    assert (await submit(admin, "/admin/flags/NONE", {"enabled": "true"}, on="/admin/flags")).status_code == 404
    assert not (await world.sql("SELECT enabled FROM feature_flags WHERE key = 'ENABLE_VIEWING_COUNT'"))["enabled"]


async def test_a_long_audit_log_goes_on(world: World) -> None:
    """Fifty entries a page, the newest first, and none twice."""
    await world.sql(
        "WITH made AS (INSERT INTO audit_log (action, subject, subject_id) SELECT 'event changed', 'event', i::text "
        "FROM generate_series(1001, 1070) i RETURNING id) SELECT count(*) FROM made"
    )
    admin = await administrator(world)
    first = (await admin.get("/admin/audit")).text
    assert (">1070<" in first, ">1010<" in first) == (True, False)
    row = await world.sql("SELECT id FROM audit_log ORDER BY id DESC OFFSET 49 LIMIT 1")
    assert f"before={row['id']}" in first
    assert ">1010<" in (await admin.get("/admin/audit", params={"before": row["id"]})).text
