"""A register to an opening position: counted, never kept."""
