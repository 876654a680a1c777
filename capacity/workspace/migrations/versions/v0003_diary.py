"""Timings of activities, without anything about people."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    short = sa.String(64)
    op.create_table(
        "timing",
        sa.Column("id", short, primary_key=True),
        sa.Column("unit_id", short, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("month", short, nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.Column("travel", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
