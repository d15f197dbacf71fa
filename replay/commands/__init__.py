"""What the verbs of replay do; imported when a verb runs."""
