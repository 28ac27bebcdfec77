"""Starting a service: what stands against it is a sentence for the operator, not a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from parindex.errors import ParindexError

EXIT_CODE = 2


@contextmanager
def starting() -> Iterator[None]:
    """Around reading the settings and making the application: a foreseen error ends the process with exit code 2."""
    try:
        yield
    except ParindexError as error:
        faults = [f"  {one.field}: {one.message} {one.hint}".rstrip() for one in error.findings]
        sys.stderr.write("\n".join(filter(None, (error.message, *faults, error.hint))) + "\n")
        raise SystemExit(EXIT_CODE) from None
