"""The model: cases, duties, people and what they get done, month by month."""
