import asyncio

import pytest

from scoring_api.rendered import Rendered, Renderings


def rendered(body: bytes, fresh_until: float = 0.0) -> Rendered:
    return Rendered.of(body, "application/json", cache_control="public, no-cache", fresh_until=fresh_until)


def test_equal_bytes_have_one_strong_etag_and_other_bytes_another():
    assert rendered(b"a").etag == rendered(b"a", 9.0).etag != rendered(b"b").etag
    assert not rendered(b"a").etag.startswith(b"W/")


@pytest.mark.parametrize("field", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_a_caller_who_has_the_bytes_gets_304_with_the_same_headers(field):
    one = rendered(b"{}")
    answer = one.response(field.format(tag=one.etag.decode()).encode())
    assert answer.status_code == 304
    assert answer.body == b""
    assert (b"etag", one.etag) in answer.raw_headers


def test_another_etag_gets_the_bytes():
    assert rendered(b"{}").response(b'"0"').body == b"{}"


def test_headers_added_to_one_answer_do_not_reach_the_next():
    one = rendered(b"{}")
    one.response(None).raw_headers.append((b"x-request-id", b"1"))
    assert (b"x-request-id", b"1") not in one.response(None).raw_headers


async def test_many_who_wait_for_one_answer_have_it_made_once():
    renderings = Renderings()
    made = []

    async def make() -> Rendered:
        made.append(1)
        await asyncio.sleep(0)
        return rendered(b"x")

    found = await asyncio.gather(*(renderings.renew(("/", b"", False), make) for _ in range(20)))
    assert len(made) == 1
    assert {one.body for one in found} == {b"x"}


async def test_an_error_reaches_everyone_and_is_not_kept():
    renderings = Renderings()

    async def fail() -> Rendered:
        raise LookupError("no such table")

    async def make() -> Rendered:
        return rendered(b"x")

    for _ in range(2):
        with pytest.raises(LookupError):
            await renderings.renew(("/", b"", False), fail)
    assert (await renderings.renew(("/", b"", False), make)).body == b"x"


async def test_kept_bytes_stay_within_their_bound():
    renderings = Renderings(most_bytes=10_000)

    async def make() -> Rendered:
        return rendered(b"x" * 1000, float("inf"))

    for number in range(50):
        await renderings.renew(("/", str(number).encode(), False), make)
    kept = [number for number in range(50) if renderings.fresh(("/", str(number).encode(), False))]
    assert kept == [46, 47, 48, 49]
