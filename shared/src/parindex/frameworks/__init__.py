"""Rules as versioned data: ranking policies (tie rule, bands, precision, small cells) with validity, source and provenance."""
