"""Publishing a league table as an act of two persons: drafted, reviewed, approved; signed by the worker."""
