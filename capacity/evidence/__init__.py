"""Every proof on real data in one table."""
