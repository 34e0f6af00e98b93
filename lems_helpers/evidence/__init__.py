"""Floor 2: what was measured and by whom, kept apart from what the model says."""
