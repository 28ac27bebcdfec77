"""One figure explained down to who entered what when: as JSON, and as a text for an official letter."""
