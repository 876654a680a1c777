"""How many people an offender-management unit needs to keep its visits within standard."""

__version__ = "0.1.0"
