"""Targets and what-if: read from what was posted, a round or an edition; nothing is stored."""
