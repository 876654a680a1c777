"""Many scenarios: each planned and written like one alone, then one overview of them all."""
