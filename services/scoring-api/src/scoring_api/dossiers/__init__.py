"""Dossiers as counted here, beside what the portal shows of the same unit and period; never merged."""
