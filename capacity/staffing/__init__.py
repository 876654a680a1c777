"""The team needed: written as a problem, solved, repaired, proven and costed."""
