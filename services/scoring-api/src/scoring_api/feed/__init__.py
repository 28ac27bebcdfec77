"""The public change feed: what was published and which provisional tables moved, by numbers in commit order."""
