"""Figures as known at any past moment, and differences between two moments with their causes."""
