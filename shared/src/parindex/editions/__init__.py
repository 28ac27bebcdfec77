"""League tables as acts: built, hashed, chained, signed, verified, re-derived and compared. Pure but for the key file."""
