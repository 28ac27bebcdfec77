"""The services of the session dialect by name: one row each."""

from __future__ import annotations

from survey_ingest.dossiers.services import look_up_dossier, synchronise_dossiers, update_progress
from survey_ingest.motcua.call import Handler
from survey_ingest.motcua.ratings import synchronise_ratings
from survey_ingest.motcua.register_services import list_procedures, list_sectors, list_units, one_procedure

SERVICES: dict[str, Handler] = {
    "CapNhatTienDoHoSoMC": update_progress,
    "DongBoDanhGia": synchronise_ratings,
    "DongBoHoSoMC": synchronise_dossiers,
    "LayDanhMucCoQuan": list_units,
    "LayDanhMucLinhVuc": list_sectors,
    "LayDanhSachTTHC": list_procedures,
    "LayThuTuc": one_procedure,
    "TraCuuHoSo": look_up_dossier,
}
"""`service` -> handler. Reading services give `result` in UPPERCASE keys, as the national portal does."""
