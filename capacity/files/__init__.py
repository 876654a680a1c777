"""Single files, and the figures in them, read and written."""
