"""The one stream of migrations; `parindex migrate` runs it."""
