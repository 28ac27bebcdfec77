"""The same over S3: a real S3 server of moto on this machine's loopback, spoken to as any S3-compatible server is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import boto3
import pytest
from cryptography.fernet import Fernet
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from parindex.errors import Unavailable
from parindex.settings import Settings
from scoring_api.evidence.store import evidence_store
from scoring_api.evidence.sweep import sweep
from support.documents import pdf

from .conftest import Town

BUCKET = "tai-lieu"


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str):
    s3 = boto3.resource(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="khoa",
        aws_secret_access_key="bi-mat",
    )
    made = s3.create_bucket(Bucket=BUCKET)
    yield made
    made.objects.all().delete()
    made.delete()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], s3_server: str) -> Settings:
    return make_settings(
        secret_keys=Fernet.generate_key().decode(),
        evidence_store=f"s3://{BUCKET}/so/2025",
        evidence_max_mb=1,
        aws_endpoint_url=s3_server,
        aws_access_key_id="khoa",
        aws_secret_access_key="bi-mat",
    )


async def test_evidence_lies_encrypted_in_the_bucket_and_comes_back(bucket, town: Town):
    line = (await town.attach()).json()
    (stored,) = bucket.objects.all()
    assert stored.key.startswith("so/2025/990000/")
    assert b"PDF" not in stored.get()["Body"].read()
    assert (await town.open(line["evidence_id"], town.unit)).content == pdf()
    assert (await town.erase(line["evidence_id"])).status_code == 200
    assert list(bucket.objects.all()) == []


async def test_the_sweep_reads_the_bucket(bucket, town: Town, settings: Settings, resources):
    await town.attach()
    bucket.put_object(Key="so/2025/990000/left", Body=b"by a crash")
    bucket.put_object(Key="other/990000/left", Body=b"not ours")
    swept = await sweep(resources.database, settings, dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
    assert (swept.kept, swept.removed, swept.lost) == (1, 1, [])
    assert {found.key.split("/")[0] for found in bucket.objects.all()} == {"so", "other"}


async def test_a_bucket_that_is_not_there_is_said_without_address_or_key(town: Town, s3_server: str):
    answer = await town.attach()
    assert (answer.status_code, answer.json()["code"]) == (503, "evidence_store_away")
    assert answer.headers["retry-after"] == "30"
    for secret in (s3_server, "khoa", "bi-mat", BUCKET):
        assert secret not in answer.text
    assert await town.connection.fetchval("SELECT count(*) FROM evidence") == 0


async def test_a_missing_object_is_named(bucket, settings: Settings):
    with pytest.raises(Unavailable) as caught:
        await evidence_store(settings).get("990000/none")
    assert caught.value.code == "evidence_object_missing"
    await evidence_store(settings).delete("990000/none")
