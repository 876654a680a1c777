"""The diary: timings of activities, what they say of hours per task, and into a scenario."""
