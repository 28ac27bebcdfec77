"""Excel workbooks of officials: a criteria framework, and what a unit declares in a round, written out and read back."""
