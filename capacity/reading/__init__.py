"""From scenario files to a scenario read, or everything that is wrong with it."""
