"""The first schema: units, access, scenarios, versions, what-ifs, figures, decisions, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LIVE = sa.text("removed_at = ''")


def upgrade() -> None:
    """Make the tables."""
    short, text = sa.String(64), sa.Text()
    op.create_table(
        "unit",
        sa.Column("id", short, primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("key", text, nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("made_by", text, nullable=False),
        sa.Column("removed_at", short, nullable=False),
    )
    op.create_table(
        "access",
        sa.Column("unit_id", short, sa.ForeignKey("unit.id"), primary_key=True),
        sa.Column("person", text, primary_key=True),
        sa.Column("role", short, nullable=False),
    )
    op.create_table(
        "scenario",
        sa.Column("id", short, primary_key=True),
        sa.Column("unit_id", short, sa.ForeignKey("unit.id"), nullable=False, index=True),
        sa.Column("name", text, nullable=False),
        sa.Column("key", text, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("made_by", text, nullable=False),
        sa.Column("removed_at", short, nullable=False),
    )
    op.create_index(
        "scenario_name",
        "scenario",
        ["unit_id", "key"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "text",
        sa.Column("sha256", short, primary_key=True),
        sa.Column("content", text, nullable=False),
    )
    op.create_table(
        "version",
        sa.Column("id", short, primary_key=True),
        sa.Column("scenario_id", short, sa.ForeignKey("scenario.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("made_by", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("words", text, nullable=False),
        sa.Column("chosen", text, nullable=False),
        sa.Column("files", text, nullable=False),
        sa.Column("changes", text, nullable=False),
        sa.Column("team", sa.Integer(), nullable=False),
        sa.UniqueConstraint("scenario_id", "number"),
    )
    op.create_table(
        "what_if",
        sa.Column("version_id", short, sa.ForeignKey("version.id"), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("chosen", text, nullable=False),
        sa.Column("files", text, nullable=False),
        sa.Column("changes", text, nullable=False),
    )
    op.create_table(
        "intake",
        sa.Column("id", short, primary_key=True),
        sa.Column("unit_id", short, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", short, nullable=False),
        sa.Column("as_at", short, nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("made_by", text, nullable=False),
        sa.Column("counts", text, nullable=False),
        sa.UniqueConstraint("unit_id", "number"),
    )
    op.create_table(
        "figure",
        sa.Column("intake_id", short, sa.ForeignKey("intake.id"), primary_key=True),
        sa.Column("month", short, primary_key=True),
        sa.Column("months", sa.Integer(), primary_key=True),
        sa.Column("cohort", text, primary_key=True),
        sa.Column("duty", text, primary_key=True),
        sa.Column("tier", text, primary_key=True),
        sa.Column("measure", short, primary_key=True),
        sa.Column("compare", sa.Integer(), primary_key=True),
        sa.Column("value", sa.Double(), nullable=False),
    )
    op.create_table(
        "mapping",
        sa.Column("unit_id", short, sa.ForeignKey("unit.id"), primary_key=True),
        sa.Column("kind", short, primary_key=True),
        sa.Column("role", text, primary_key=True),
        sa.Column("typed", text, nullable=False),
    )
    op.create_table(
        "decision",
        sa.Column("id", short, primary_key=True),
        sa.Column("unit_id", short, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("version_id", short, nullable=False),
        sa.Column("words", text, nullable=False),
        sa.Column("decided_on", short, nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("made_by", text, nullable=False),
        sa.Column("signed_at", short, nullable=False),
        sa.Column("signed_by", text, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", short, primary_key=True),
        sa.Column("unit_id", short, nullable=False, index=True),
        sa.Column("scenario_id", short, nullable=False),
        sa.Column("at", short, nullable=False),
        sa.Column("person", text, nullable=False),
        sa.Column("words", text, nullable=False),
    )
    op.create_table(
        "page",
        sa.Column("token", short, primary_key=True),
        sa.Column("person", text, nullable=False),
        sa.Column("at", short, nullable=False),
        sa.Column("content", text, nullable=False),
    )
