"""Work of seconds that anybody may ask for (validating, computing, comparing): a few at a time, a few waiting, the rest later.

In threads of its own, so that what strangers try never takes the threads that sign-in and rounds work in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from parindex.errors import Unavailable

AT_ONCE, MOST_WAITING = 2, 16
Given = ParamSpec("Given")
Done = TypeVar("Done")


class Turns:
    """Takes `at_once` pieces of work at the same time and lets `most_waiting` wait. One per process."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="public-work")
        self._most, self._under_way = at_once + most_waiting, 0

    async def take(self, work: Callable[Given, Done], *args: Given.args, **kwargs: Given.kwargs) -> Done:
        """What the work returns or raises. Raises Unavailable, at once, where too many wait already."""
        if self._under_way >= self._most:
            raise Unavailable(
                "Máy chủ đang bận tính toán; hãy thử lại sau. / Too many computations are under way.",
                code="computing_busy",
                hint="Send the same again after Retry-After seconds.",
                retry_after=10,
            )
        self._under_way += 1
        future = self._threads.submit(lambda: work(*args, **kwargs))
        future.add_done_callback(self._done_in(asyncio.get_running_loop()))
        # Whoever goes away does not end the work: its turn is over when it is.
        return await asyncio.shield(asyncio.wrap_future(future))

    @property
    def busy(self) -> bool:
        """Whether any work is under way or waiting."""
        return self._under_way > 0

    def _done_in(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        def less() -> None:
            self._under_way -= 1

        def done(_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(less)

        return done


TURNS = Turns()
