"""Administrative units as versioned data: shipped files, codes, names, lineage and the in-memory catalogue."""
