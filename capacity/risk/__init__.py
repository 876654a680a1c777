"""How sure a plan is: draws, bands, chances, confident teams, what matters most."""
