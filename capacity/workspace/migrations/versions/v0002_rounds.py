"""What was forecast, month by month."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    short, text = sa.String(64), sa.Text()
    op.create_table(
        "forecast",
        sa.Column("id", short, primary_key=True),
        sa.Column("scenario_id", short, sa.ForeignKey("scenario.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_month", short, nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("fitted", text, nullable=False),
        sa.UniqueConstraint("scenario_id", "number"),
    )
    op.create_table(
        "forecast_figure",
        sa.Column("forecast_id", short, sa.ForeignKey("forecast.id"), primary_key=True),
        sa.Column("month", short, primary_key=True),
        sa.Column("cohort", text, primary_key=True),
        sa.Column("duty", text, primary_key=True),
        sa.Column("tier", text, primary_key=True),
        sa.Column("measure", short, primary_key=True),
        sa.Column("p10", sa.Double(), nullable=False),
        sa.Column("p50", sa.Double(), nullable=False),
        sa.Column("p90", sa.Double(), nullable=False),
    )
