"""Published editions as the public reads them: exact bytes, their standing, changes, comparisons, series, keys and chain heads."""
