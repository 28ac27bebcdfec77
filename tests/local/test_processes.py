"""Processes are known by pid and start time: exactly the recorded one is ended, never another that got its pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from parindex.local.processes import Mark, command_line, end, mark_of, read_mark, started, write_mark

pytestmark = pytest.mark.processes
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]


@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


def test_a_running_process_has_a_mark_and_a_command_line(sleeper):
    mark = mark_of(sleeper.pid)
    assert mark == mark_of(sleeper.pid)
    assert "time.sleep(60)" in command_line(sleeper.pid)


def test_a_zombie_is_not_running(sleeper):
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert started(sleeper.pid) is None


def test_a_recorded_mark_is_found_again_and_ended(sleeper, tmp_path):
    write_mark(tmp_path / "one.json", mark_of(sleeper.pid))
    end(read_mark(tmp_path / "one.json"))
    assert sleeper.wait(5) == -signal.SIGTERM
    assert read_mark(tmp_path / "one.json") is None


def test_another_process_with_the_same_pid_is_left_alone(sleeper, tmp_path):
    other = Mark(sleeper.pid, "an earlier start")
    write_mark(tmp_path / "one.json", other)
    assert read_mark(tmp_path / "one.json") is None
    end(other)
    assert sleeper.poll() is None


def test_a_process_that_does_not_listen_is_killed_after_its_time():
    process = subprocess.Popen(STUBBORN, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    end(mark_of(process.pid), seconds=0.2)
    assert process.wait(5) == -signal.SIGKILL
    process.stdout.close()


def test_a_broken_record_counts_as_none(tmp_path):
    (tmp_path / "one.json").write_text('{"pid": 1')
    assert read_mark(tmp_path / "one.json") is None
    assert read_mark(tmp_path / "two.json") is None


def test_a_child_records_itself_before_it_becomes_its_program(tmp_path):
    record = tmp_path / "child.json"
    process = subprocess.Popen([sys.executable, "-m", "parindex.local.child", str(record), *SLEEPER])
    while not record.exists():
        time.sleep(0.01)
    assert read_mark(record).pid == process.pid
    while "time.sleep" not in command_line(process.pid).split("parindex.local.child")[0]:
        time.sleep(0.01)
    assert read_mark(record) == mark_of(process.pid)
    end(read_mark(record))
    process.wait(5)
