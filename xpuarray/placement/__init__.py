"""Which devices there are, and where new arrays go."""
