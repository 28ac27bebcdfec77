"""Single posts share a transaction: those of one tenant that arrive within a few milliseconds are committed together.

The gain is fewer statements, not fewer fsyncs. If the shared transaction fails, each post is tried alone, so that one
bad item never harms its neighbours. An answer leaves only after the commit.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict

from parindex.db.away import database_is_away
from survey_ingest.commit import Committer
from survey_ingest.run import Request
from survey_ingest.submit import submit
from survey_ingest.verdicts import Result

MOST_TOGETHER = 100


class Coalescer:
    """Collects single posts for `window` seconds a tenant, then commits them in one transaction."""

    def __init__(self, committer: Committer, window: float) -> None:
        self._committer = committer
        self._window = window
        self._pending: dict[int, list[tuple[Request, asyncio.Future[Result]]]] = defaultdict(list)
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, request: Request) -> Result:
        """The verdict of a request with one item, after its commit."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        pending = self._pending[request.caller.tenant_id]
        pending.append((request, future))
        if len(pending) == 1:
            asyncio.get_running_loop().call_later(self._window, self._flush, request.caller.tenant_id)
        elif len(pending) >= MOST_TOGETHER:
            self._flush(request.caller.tenant_id)
        return await future

    def _flush(self, tenant_id: int) -> None:
        together = self._pending.pop(tenant_id, [])
        if together:
            task = asyncio.create_task(self._commit(together))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _commit(self, together: list[tuple[Request, asyncio.Future[Result]]]) -> None:
        requests = [request for request, _ in together]
        try:
            answers = await self._committer.committed(lambda connection: submit(connection, requests))
        except Exception as error:  # noqa: BLE001 (whatever failed, each post gets its own answer)
            # After a lost connection nobody knows whether the transaction was committed: then the senders try again,
            # and no item is received twice that was sent once.
            if len(together) == 1 or database_is_away(error):
                for _, future in together:
                    if not future.done():
                        future.set_exception(error)
                return
            for one in together:
                await self._commit([one])
            return
        for (_, future), results in zip(together, answers, strict=True):
            if not future.done():
                future.set_result(results[0])

    async def close(self) -> None:
        """Commits what is pending and waits for it: nothing that was taken in is dropped at shutdown."""
        for tenant_id in list(self._pending):
            self._flush(tenant_id)
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
