"""Makes `.venv` from the hash-pinned requirements and the four members; a second run finds nothing to do.

Run by `make install` with any Python found; safe to run again after a kill at any moment and twice at once.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "parindex needs Python 3.11 or newer; %s is %d.%d. Give another one: make PYTHON=/path/to/python3.11 ..."
        % ((sys.executable,) + sys.version_info[:2])
    )

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
REQUIREMENTS = ROOT / "requirements-dev.txt"
MEMBERS = ["shared", "services/survey-ingest", "services/ranking-worker", "services/scoring-api"]


def wanted():
    """What the stamp must say: the pinned packages, the members' metadata, the place (a moved venv is broken), the Python."""
    digest = hashlib.sha256(repr((str(VENV), sys.version_info[:2])).encode())
    for path in [REQUIREMENTS, *(ROOT / member / "pyproject.toml" for member in MEMBERS)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def python_of_venv():
    return str(VENV / "bin" / "python")


def venv_works():
    try:
        answer = subprocess.run(
            [python_of_venv(), "-m", "pip", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.returncode == 0 and str(VENV) in answer.stdout


def make_venv():
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as missing:
        sys.exit(
            "This Python has no %s module, so no virtual environment can be made. On Debian or Ubuntu: apt install python3-venv"
            % missing.name
        )
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def pip(*arguments):
    quiet = ["--disable-pip-version-check", "--no-input", "--quiet"]
    subprocess.run([python_of_venv(), "-m", "pip", "install", *quiet, *arguments], check=True, cwd=str(ROOT))


def main():
    state = ROOT / ".state"
    try:
        state.mkdir(exist_ok=True)
        lock = (state / "install.lock").open("w")
    except OSError as error:
        sys.exit("The folder %s cannot be written (%s): make it writable and start again." % (state, error.strerror))
    fcntl.flock(lock, fcntl.LOCK_EX)
    digest = wanted()
    if STAMP.exists() and STAMP.read_text() == digest:
        return
    if not venv_works():
        print("Making .venv with %s ..." % sys.executable, flush=True)
        make_venv()
    print("Installing the pinned packages (about a minute on first use) ...", flush=True)
    try:
        pip("--require-hashes", "-r", str(REQUIREMENTS))
        editable = [argument for member in MEMBERS for argument in ("-e", str(ROOT / member))]
        pip("--no-deps", "--no-build-isolation", *editable)
    except subprocess.CalledProcessError as error:
        sys.exit(
            "pip could not install the packages (its exit code is %d, its own words stand above). Start again once the cause is gone."
            % error.returncode
        )
    STAMP.write_text(digest)
    print("Installed.", flush=True)


if __name__ == "__main__":
    os.umask(0o022)
    main()
