"""How certain a plan is: draws, bands, chances, confident teams, what matters most."""
