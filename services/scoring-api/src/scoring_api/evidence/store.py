"""Where evidence objects lie: a folder or an S3-compatible bucket, behind four verbs. What it holds is already encrypted."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from parindex.errors import Unavailable
from parindex.settings import Settings

_TIMEOUT = dt.timedelta(seconds=30)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as the store lists it."""

    key: str
    written_at: dt.datetime
    size: int


class EvidenceStore:
    """Puts, gets, deletes and lists objects by key. Every failure of the store is Unavailable: nothing is half done."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store, self._folder = store, folder

    async def put(self, key: str, content: bytes) -> None:
        """Writes the object; after the return it survives a crash of this machine (folder) or is the bucket's."""
        try:
            await obstore.put_async(self._store, key, content, use_multipart=False)
        except (BaseError, OSError) as error:
            raise _away(error) from None
        if self._folder is not None:
            await asyncio.to_thread(_force_to_disk, self._folder, self._folder / key)

    async def get(self, key: str) -> bytes:
        """The object's bytes. Raises Unavailable `evidence_object_missing` when there is none."""
        try:
            answer = await obstore.get_async(self._store, key)
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            raise Unavailable(
                "Không tìm thấy tệp trong kho lưu trữ. / The store does not hold this file any more.",
                code="evidence_object_missing",
                hint="Restore the evidence store from its backup; `parindex evidence sweep` lists what is missing.",
                retry_after=3600,
            ) from None
        except (BaseError, OSError) as error:
            raise _away(error) from None

    async def delete(self, key: str) -> None:
        """Removes the object; a missing one is as good."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away(error) from None

    async def every(self) -> AsyncIterator[StoredObject]:
        """Every object, in no order that means anything."""
        try:
            async for page in obstore.list(self._store, chunk_size=_PAGE):
                for found in page:
                    yield StoredObject(found["path"], found["last_modified"], found["size"])
        except (BaseError, OSError) as error:
            raise _away(error) from None


def evidence_store(settings: Settings) -> EvidenceStore:
    """The store that the settings name; opened once per process. Raises Unavailable saying what to set."""
    if not settings.evidence_store:
        raise Unavailable(
            "Chưa cấu hình kho lưu tài liệu kiểm chứng. / Evidence cannot be kept: PARINDEX_EVIDENCE_STORE is not set.",
            code="evidence_store_missing",
            hint="Set PARINDEX_EVIDENCE_STORE to file:///folder or s3://bucket/prefix.",
            retry_after=300,
        )
    return _opened(
        settings.evidence_store,
        settings.aws_endpoint_url,
        settings.aws_region,
        settings.aws_access_key_id,
        settings.aws_secret_access_key,
        settings.aws_session_token,
    )


@lru_cache(maxsize=4)
def _opened(url: str, endpoint: str, region: str, key_id: str, secret: str, token: str) -> EvidenceStore:
    address = urlsplit(url)
    path = unquote(address.path)
    if address.scheme == "file" and not address.netloc and path.startswith("/") and path != "/":
        folder = Path(path)
        try:
            return EvidenceStore(LocalStore(folder, mkdir=True), folder)
        except (BaseError, OSError) as error:
            raise _away(error) from None
    if address.scheme == "s3" and address.netloc:
        given = {
            "endpoint": endpoint,
            "region": region or "us-east-1",
            "access_key_id": key_id,
            "secret_access_key": secret,
            "session_token": token,
        }
        store = S3Store(
            address.netloc,
            prefix=path.strip("/") or None,
            config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": _TIMEOUT},
            retry_config={"max_retries": 3, "retry_timeout": _TIMEOUT},
            # Path style: what S3-compatible servers of an office answer to, buckets being no host names there.
            virtual_hosted_style_request=False,
        )
        return EvidenceStore(store)
    raise Unavailable(
        "Địa chỉ kho lưu tài liệu không đúng. / PARINDEX_EVIDENCE_STORE is neither file:///folder nor s3://bucket/prefix.",
        code="evidence_store_missing",
        hint="Write it like file:///srv/parindex/evidence or s3://evidence/parindex.",
        retry_after=300,
    )


def _force_to_disk(folder: Path, file: Path) -> None:
    """The file and every folder that leads to it: a row must never outlive its object in a power cut."""
    places = [file, *(place for place in file.parents if place == folder or folder in place.parents)]
    for place in places:
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _away(error: Exception) -> Unavailable:
    """The kind of the failure only: messages of stores carry addresses and keys."""
    return Unavailable(
        f"Kho lưu tài liệu không trả lời. / The evidence store does not answer ({type(error).__name__}).",
        code="evidence_store_away",
        hint="Send it again later; the operator checks PARINDEX_EVIDENCE_STORE and the AWS_* settings.",
        retry_after=30,
    )
