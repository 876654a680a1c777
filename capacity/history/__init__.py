"""A force's own history: read, fitted, tested against what was known at the time, put in words."""
