"""Dossiers (hồ sơ) as the national portal counts them: codes, working days, outcomes, the inputs of QĐ 766. Pure."""
