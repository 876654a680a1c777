"""Work that lasts: units, scenarios with versions, monthly figures and decisions in a database."""
