"""`python -m parindex.local.child RECORD PROGRAM ...`: records its own pid and start time, then becomes the program.

The record is on disk before the program runs, so a launcher that is killed at any moment leaves no unknown child.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from parindex.local.processes import mark_of, write_mark


def main(arguments: list[str]) -> None:
    """Never returns: the process becomes the program."""
    record, *program = arguments
    mark = mark_of(os.getpid())
    assert mark is not None, "the process that asks is running"
    write_mark(Path(record), mark)
    os.execv(program[0], program)  # noqa: S606 (a fixed argument list of the launcher)


if __name__ == "__main__":
    main(sys.argv[1:])
