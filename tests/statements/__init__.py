"""Is what is said true? Every figure in a text is worked out again from the output tables."""
