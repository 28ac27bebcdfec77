"""Disputes of league tables: a unit disputes a cell within a declared window, gets an answer and an outcome with reasons."""
