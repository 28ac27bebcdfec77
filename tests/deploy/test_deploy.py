"""deploy/ says what the code says: settings, roles, images, and no secret anywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from parindex.cli.roles import roles_sql
from parindex.db.ownership import ROLES
from parindex.settings import NAMES, Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = ["survey-ingest", "scoring-api", "ranking-worker"]


def example() -> dict[str, str]:
    lines = [line for line in (DEPLOY / "env.example").read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_example_names_every_setting_and_no_other():
    assert sorted(example()) == sorted(NAMES.values())


def test_the_example_shows_the_real_defaults():
    shown = {name: value for name, value in example().items() if name.startswith("PARINDEX_")}
    assert shown == {
        name: str(Settings.model_fields[field].default) for field, name in NAMES.items() if name.startswith("PARINDEX_")
    }


def test_the_example_is_accepted_as_it_stands():
    assert Settings.from_env(example()).token_seconds == 1800


def test_a_misspelt_setting_is_refused_by_name():
    with pytest.raises(Exception, match="PARINDEX_LOG_LEVLE"):
        Settings.from_env({**example(), "PARINDEX_LOG_LEVLE": "INFO"})


def test_roles_are_those_of_the_ownership_file():
    assert (DEPLOY / "roles.sql").read_text() == roles_sql(), "run `parindex roles > deploy/roles.sql`"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_own_login_and_nobody_else_s(service):
    environment = COMPOSE["services"][service]["environment"]
    own = f"{service.replace('-', '_').upper()}_DATABASE_URL"
    assert [name for name in environment if name.endswith("DATABASE_URL")] == [own]
    assert f"//{ROLES[service]}:" in environment[own]
    assert set(environment) <= set(NAMES.values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_the_one_migration_and_without_privileges(service):
    definition = COMPOSE["services"][service]
    assert definition["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert definition["read_only"]
    assert definition["cap_drop"] == ["ALL"]
    assert definition["build"]["args"] == {"SERVICE": service}


def test_only_the_migration_has_the_owner_s_login():
    holders = [
        name for name, definition in COMPOSE["services"].items() if "DATABASE_URL" in definition.get("environment", {})
    ]
    assert holders == ["migrate"]


def test_evidence_of_the_compose_deployment_lies_on_a_volume_that_the_service_may_write():
    service = COMPOSE["services"]["scoring-api"]
    folder = re.fullmatch(r"\$\{EVIDENCE_STORE:-file://(/.+)\}", service["environment"]["PARINDEX_EVIDENCE_STORE"])[1]
    assert service["volumes"] == [f"evidence:{folder}"]
    assert "evidence" in COMPOSE["volumes"]
    image = (DEPLOY / "Dockerfile").read_text()
    assert f"--owner 10001 --mode 0700 {folder}" in image
    assert "USER 10001" in image


def test_no_password_stands_in_the_deployment_files():
    for path in DEPLOY.iterdir():
        given = re.findall(r"://[^:/\s]*:([^@\s]+)@", path.read_text())
        assert [word for word in given if not re.fullmatch(r"PASSWORD|\$\{\w+\}", word)] == [], path.name
    asked = [line for line in (DEPLOY / "compose.yaml").read_text().splitlines() if re.search(r"_PASSWORD: ", line)]
    assert all(":?set " in line for line in asked)
    assert len(asked) == 5


def test_the_image_runs_as_nobody_s_root_from_hashed_requirements():
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


@pytest.mark.processes
@pytest.mark.parametrize("member", ["shared", *(f"services/{name}" for name in SERVICES)])
def test_a_built_wheel_holds_every_file_of_the_member(member, tmp_path):
    """What is not in the wheel works in the checkout and fails in the image."""
    copied = tmp_path / "member"
    shutil.copytree(ROOT / member, copied, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    source = copied / "src"
    wanted = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--disable-pip-version-check",
        "--wheel-dir",
        str(tmp_path),
        str(copied),
    ]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
    assert sorted(wanted - packed) == []
