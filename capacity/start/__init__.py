"""A first scenario from the dozen numbers that every unit knows."""
