"""The least-cost team: written as a problem, solved, repaired, proven and costed."""
