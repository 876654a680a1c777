"""A force's own history: learnt from, fitted, tested against what was known at the time."""
