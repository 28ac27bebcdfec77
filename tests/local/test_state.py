"""The state folder: one run at a time, nothing half-written, private where it must be, clear where it cannot be."""

from __future__ import annotations

import stat

import pytest
from cryptography.fernet import Fernet

from parindex.errors import Conflict, ParindexError
from parindex.local.servers import free_port
from parindex.local.services import refuse_taken_ports, settings_of_scoring, the_services
from parindex.local.state import RunFolder


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.take()
    yield folder
    folder.release()


def test_a_second_run_on_the_same_folder_is_told_who_holds_it(folder):
    folder.sign(4711)
    with pytest.raises(Conflict, match="pid 4711"):
        RunFolder(folder.path).take()


def test_a_folder_is_free_again_when_its_holder_is_gone(folder):
    folder.release()
    again = RunFolder(folder.path)
    again.take()
    again.release()


def test_a_folder_that_cannot_be_made_is_a_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParindexError, match="cannot be written") as refused:
        RunFolder(tmp_path / "file" / "run").take()
    assert "PARINDEX_STATE" in refused.value.hint


def test_facts_are_remembered_and_private(folder):
    assert folder.fact("afternoon") is None
    folder.remember("afternoon", {"posted": 3})
    assert RunFolder(folder.path).fact("afternoon") == {"posted": 3}
    assert stat.S_IMODE((folder.path / "afternoon.json").stat().st_mode) == 0o600


def test_a_write_that_was_broken_off_leaves_the_former_fact(folder):
    folder.remember("afternoon", {"posted": 3})
    (folder.path / "afternoon.json.unfinished").write_text('{"pos')
    assert folder.fact("afternoon") == {"posted": 3}
    folder.remember("afternoon", {"posted": 4})
    assert folder.fact("afternoon") == {"posted": 4}


def test_secrets_are_generated_once_and_differ(folder):
    assert folder.secret("a") == folder.secret("a")
    assert folder.secret("a") != folder.secret("b")
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600


def test_a_taken_port_is_named_with_the_option_that_changes_it():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Conflict, match=rf"port {port} \(scoring-api\)") as refused:
            refuse_taken_ports(the_services(free_port(), port, free_port()))
    assert f"--scoring-port {port + 100}" in refused.value.hint


def test_scoring_gets_the_same_secret_key_at_every_start_and_what_is_given_goes_before(folder):
    first = settings_of_scoring(folder, "http://127.0.0.1:8020", {})
    assert settings_of_scoring(RunFolder(folder.path), "http://127.0.0.1:8020", {}) == first
    assert Fernet(first["PARINDEX_SECRET_KEYS"]).decrypt(Fernet(first["PARINDEX_SECRET_KEYS"]).encrypt(b"x")) == b"x"
    assert first["PARINDEX_PUBLIC_URL"] == "http://127.0.0.1:8020"
    assert first["PARINDEX_EVIDENCE_STORE"] == f"file://{folder.path}/evidence"
    given = settings_of_scoring(folder, "http://127.0.0.1:8020", {"PARINDEX_PUBLIC_URL": "https://diem.example.vn"})
    assert given == {**first, "PARINDEX_PUBLIC_URL": "https://diem.example.vn"}
