"""What one received version of a dossier and one progress step hold, as far as settling needs it: no personal data. Pure.

The fields are columns of `dossier_version` and `dossier_step`, in the order of `VERSION_COLUMNS` and `STEP_COLUMNS`, so
that a row read in that order is `Version(*row)`. Instants are aware (UTC as stored). Not given (None), an empty list (0)
and "no" (False) are three things.

Source of the fields: the dossier and progress records that exporters of one-stop software push to the national portal
(`DongBoHoSoMC`, `CapNhatTienDoHoSoMC`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """`TrangThaiHoSo` of the national portal."""

    NEW = 1
    ACCEPTED = 2
    NOT_ACCEPTED = 3
    IN_PROGRESS = 4
    SUPPLEMENT_ASKED = 5
    PAYMENT_ASKED = 6
    WITHDRAWN = 7
    STOPPED = 8
    DONE = 9
    RETURNED = 10


class Channel(IntEnum):
    """`KenhThucHien`; not given counts as direct at the portal."""

    DIRECT = 1
    ONLINE = 2
    POSTAL = 3


class Payment(IntEnum):
    """`DuocThanhToanTrucTuyen`."""

    NONE = 0
    ON_PORTAL = 1
    ON_OWN_GATEWAY = 2
    NOT_PAID = 3


STATUS_TITLES = {
    Status.NEW: "Mới đăng ký",
    Status.ACCEPTED: "Được tiếp nhận",
    Status.NOT_ACCEPTED: "Không được tiếp nhận",
    Status.IN_PROGRESS: "Đang xử lý",
    Status.SUPPLEMENT_ASKED: "Yêu cầu bổ sung giấy tờ",
    Status.PAYMENT_ASKED: "Yêu cầu thực hiện nghĩa vụ tài chính",
    Status.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    Status.STOPPED: "Dừng xử lý",
    Status.DONE: "Đã xử lý xong",
    Status.RETURNED: "Đã trả kết quả",
}


@dataclass(frozen=True, slots=True)
class Version:
    """A dossier as it was received at one moment."""

    dossier_key: str
    version_no: int
    recorded_at: dt.datetime
    unit_id: int
    procedure_base: str = ""
    """First two groups of `MaTTHC`; '' not given."""
    channel: int | None = None
    """`Channel`; None: not given."""
    status: int | None = None
    """`Status` after the sending system's mapping; None: not given, or a code without a mapping (`status_raw`)."""
    status_raw: str = ""
    applicant: str = ""
    """citizen, business, state_agency, other; '' not given."""
    submitted_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    """`NgayTiepNhan`."""
    due_at: dt.datetime | None = None
    """`NgayHenTra`."""
    finished_at: dt.datetime | None = None
    """`NgayKetThucXuLy`."""
    returned_at: dt.datetime | None = None
    refused_at: dt.datetime | None = None
    supplement_from: tuple[dt.datetime, ...] = ()
    """Supplement requests named in the record, oldest first. (A row gives a list.)"""
    supplement_to: tuple[dt.datetime | None, ...] = ()
    """When each was supplemented; None: not yet. Parallel to `supplement_from`."""
    fee_lines: int | None = None
    """Lines of the fee list; None: no list was sent."""
    fee_due: bool | None = None
    """Some line costs more than 0; None: no list was sent."""
    payment: int | None = None
    """`Payment`; None: not given."""
    results: int | None = None
    """Result papers named; None: no list was sent."""
    results_electronic: int | None = None
    """Of them with a code and a link."""
    digitised: bool | None = None
    reused: bool | None = None
    personal_storage: bool | None = None
    population: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A progress step as received, without who did it and what was written."""

    dossier_key: str
    recorded_at: dt.datetime
    position: int
    """Place within its request, from 0: the order of steps of one request that give no instant."""
    at: dt.datetime | None = None
    """`ThoiDiemXuLy`."""
    status: int | None = None
    """`Status` after the sending system's mapping; None: not given, or without a mapping (`status_raw`)."""
    status_raw: str = ""
    started_at: dt.datetime | None = None
    due_at: dt.datetime | None = None


VERSION_COLUMNS = tuple(field.name for field in dataclasses.fields(Version))
STEP_COLUMNS = tuple(field.name for field in dataclasses.fields(Step))
