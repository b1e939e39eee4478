"""The console's accounts: people from an identity provider, tokens, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ROLES = sa.CheckConstraint("role IN ('viewer', 'responder', 'administrator')", name="role_is_known")


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.alter_column("password_hash", existing_type=sa.Text(), nullable=True)
        account.add_column(sa.Column("ended_at", sa.DateTime(), nullable=True))
        account.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
        account.add_column(sa.Column("subject", sa.Text(), nullable=True))
        account.create_unique_constraint("account_subject", ["subject"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        _ROLES,
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_newest", "audit", ["at"])
