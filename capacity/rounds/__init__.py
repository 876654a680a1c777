"""The monthly round: what came against what was forecast, what moved, and the next forecast."""
