"""`DongBoHoSoMC`, `CapNhatTienDoHoSoMC` and `TraCuuHoSo` of the session dialect, so that an exporter needs only another host name."""

from __future__ import annotations

from survey_ingest.dossiers.answers import records_answer
from survey_ingest.dossiers.look_up import newest_version
from survey_ingest.dossiers.read_request import Sent, read_sent
from survey_ingest.dossiers.receive import receive_dossiers, receive_steps
from survey_ingest.dossiers.wire import RecordsAnswer
from survey_ingest.motcua.call import Call, Reply


def _sent(call: Call) -> Sent:
    sent = read_sent({"data": None, **call.body})
    call.take(len(sent.records))
    return sent


def _reply(answer: RecordsAnswer) -> Reply:
    return Reply(answer.error_code, answer.message, answer.result)


async def synchronise_dossiers(call: Call) -> Reply:
    """Stores the dossiers of `data`. `isUpdating` False on a known dossier of other content: -3, "đã tồn tại"."""
    return _reply(records_answer(await receive_dossiers(call.resources, call.caller, _sent(call))))


async def update_progress(call: Call) -> Reply:
    """Appends the steps of `data`, each once."""
    return _reply(records_answer(await receive_steps(call.resources, call.caller, _sent(call)), "tiến trình hồ sơ"))


async def look_up_dossier(call: Call) -> Reply:
    """The newest version of `mahoso`; an empty `result` where none is held."""
    call.take(1)
    async with call.resources.database.connection() as connection:
        found = await newest_version(
            connection, call.caller, call.text("mahoso"), call.resources.catalogues.current.units
        )
    return Reply(0, "Không tìm thấy hồ sơ", []) if found is None else Reply(0, "Tra cứu thành công", [found])
