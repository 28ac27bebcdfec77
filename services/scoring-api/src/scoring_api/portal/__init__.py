"""What was heard from the National Public Service Portal and what goes there, for readers and officers."""
