"""How a database of an earlier edition becomes one of this edition; run by Alembic."""
