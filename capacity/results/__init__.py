"""What a plan says: sentences, tables, files, the terminal."""
