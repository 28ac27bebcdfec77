"""Where database and Redis are: what is no address is a sentence that never repeats a password."""

from __future__ import annotations

import pytest

from parindex.db.address import postgres_url
from parindex.errors import Invalid
from parindex.jobs.queue import redis_settings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "mysql://x/y",
        "sqlite:///x",
        "postgresql://[::1",
        "postgresql://x:0/y",
        "postgresql://x:99999/y",
        "postgresql://x:cong/y",
        "postgresql://ten:mat@khau@x/y",
        "postgresql://ten:mat@x/khau@x/y",
        "postgresql://ten:mat@x?khau@x/y",
    ],
)
def test_what_is_no_postgres_url_is_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        postgres_url(text)
    assert caught.value.code == "setting_invalid"
    assert "khau" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p%40ss@db.example.vn:5432/parindex",
        "postgres://u@127.0.0.1/x",
        "postgresql+asyncpg://u:p@[::1]:5433/x",
        "postgresql:///x?host=/var/run/postgresql",
    ],
)
def test_each_form_of_operators_is_read_for_the_driver_that_asks(text: str) -> None:
    rest = text.partition("://")[2]
    assert postgres_url(text).drivername == "postgresql"
    assert postgres_url(f" {text}\n", "postgresql+asyncpg").render_as_string(hide_password=False) == (
        f"postgresql+asyncpg://{rest.replace('/var/run/postgresql', '%2Fvar%2Frun%2Fpostgresql')}"
    )


@pytest.mark.parametrize("text", ["", "foo", "http://x", "redis://[::1", "redis://:mat-khau@x:99999", "redis://x/a"])
def test_what_is_no_redis_url_is_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        redis_settings(text)
    assert "mat-khau" not in caught.value.message + caught.value.hint
