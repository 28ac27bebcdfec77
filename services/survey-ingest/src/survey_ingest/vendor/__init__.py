"""For vendors of one-stop software: the page "connect in an afternoon" and the conformance check."""
