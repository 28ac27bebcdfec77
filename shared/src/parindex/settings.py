"""Settings of every process, read from the environment once, at the entry point. Nothing is read on import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parindex.errors import Invalid

Service = Literal["survey-ingest", "scoring-api", "ranking-worker"]


class Settings(BaseModel):
    """All settings with their defaults. Environment names stand in `NAMES`; `deploy/env.example` is checked against them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(
        default="",
        description="The owner's URL: migrate and load. Services without a login of their own use it with SET ROLE.",
    )
    survey_ingest_database_url: str | None = Field(default=None, description="Login of survey-ingest.")
    scoring_api_database_url: str | None = Field(default=None, description="Login of scoring-api.")
    ranking_worker_database_url: str | None = Field(default=None, description="Login of ranking-worker.")
    redis_url: str = Field(description="Redis-protocol server: the doorbell between ingest and worker.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )
    cors_origins: str = Field(
        default="*", description="Origins that browsers may read from, separated by commas; * for all."
    )
    token_seconds: int = Field(default=1800, ge=60, le=86400, description="Life of a bearer token, in seconds.")
    database_pool: int = Field(default=10, ge=1, le=100, description="Most database connections of one process.")
    coalesce_ms: int = Field(
        default=2, ge=0, le=50, description="How long single posts wait for company, in milliseconds."
    )
    max_waiting: int = Field(default=256, ge=1, description="Requests that may wait for the database before 503.")

    secret_keys: str = Field(
        default="",
        description="Fernet keys, separated by commas: the first seals TOTP secrets, evidence keys and webhook secrets, all of them open. Empty: no local sign-in, no evidence, no webhooks.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8020", description="Address of scoring-api as its users' browsers see it."
    )
    sign_in_minutes: int = Field(default=60, ge=5, le=720, description="Life of an official's sign-in, in minutes.")
    oidc_issuer: str = Field(default="", description="OpenID Connect issuer; empty: local sign-in only.")
    oidc_client_id: str = Field(default="", description="Client id at the OIDC issuer.")
    oidc_client_secret: str = Field(default="", description="Client secret at the OIDC issuer.")
    evidence_store: str = Field(
        default="", description="Where evidence lies: file:///folder or s3://bucket/prefix. Empty: no evidence."
    )
    aws_endpoint_url: str = Field(
        default="", description="S3-compatible server of the evidence store; empty: that of AWS_REGION."
    )
    aws_region: str = Field(default="", description="Region of the evidence bucket; empty: us-east-1.")
    aws_access_key_id: str = Field(default="", description="Access key of the evidence bucket.")
    aws_secret_access_key: str = Field(default="", description="Secret of that access key.")
    aws_session_token: str = Field(default="", description="Session token, where the access key is a temporary one.")
    evidence_max_mb: int = Field(default=20, ge=1, le=200, description="Largest evidence file, in MB.")
    evidence_years: int = Field(default=10, ge=1, le=70, description="How long evidence is kept, in years.")
    signing_key_file: str = Field(
        default="",
        description="Ed25519 key that signs editions (PEM; parindex editions new-key FILE). Empty: drafts only, nothing is published.",
    )
    portal_file: str = Field(
        default="",
        description="Connections with the National Public Service Portal (deploy/portal.example.yaml). Empty: nothing is pulled or pushed.",
    )
    webhook_private: bool = Field(
        default=False,
        description="True: webhooks may go to loopback and private addresses, as on one machine or inside one network.",
    )
    lgsp_addresses: str = Field(
        default="",
        description="Networks (CIDR) of the LGSP whose lgspaccesstoken header is taken, separated by commas. Empty: from nobody.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Networks (CIDR) of our own reverse proxies, whose X-Forwarded-For is believed. Empty: nobody's.",
    )

    def url_for(self, service: Service) -> tuple[str, bool]:
        """URL for a service and whether it is the service's own login (False: SET ROLE on the owner's, separation not enforced).

        Raises Invalid when neither is set.
        """
        field = service.replace("-", "_") + "_database_url"
        own: str | None = getattr(self, field)
        if not own and not self.database_url:
            raise Invalid(
                f"{service} has no database: set {NAMES[field]} (its own login) or DATABASE_URL (the owner's).",
                code="setting_missing",
            )
        return (own, True) if own else (self.database_url, False)

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Settings:
        """Settings from environment variables. Raises Invalid naming each unknown `PARINDEX_*`, missing or wrong variable."""
        known = {name: field for field, name in NAMES.items()}
        unknown = sorted(name for name in environment if name.startswith("PARINDEX_") and name not in known)
        if unknown:
            raise Invalid(
                f"Unknown setting(s) {', '.join(unknown)}: a typing error? Known: {', '.join(sorted(known))}.",
                code="setting_unknown",
            )
        values = {field: environment[name] for name, field in known.items() if environment.get(name)}
        try:
            return cls(**values)  # type: ignore[arg-type]
        except ValidationError as error:
            faults = "; ".join(
                f"{NAMES.get(str(e['loc'][0]), e['loc'][0])}: {e['msg']}"
                for e in error.errors(include_url=False, include_input=False)
            )
            raise Invalid(f"Settings do not hold: {faults}. See deploy/env.example.", code="setting_invalid") from None


_PLAIN = {
    "database_url",
    "survey_ingest_database_url",
    "scoring_api_database_url",
    "ranking_worker_database_url",
    "redis_url",
    "aws_endpoint_url",
    "aws_region",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
}
NAMES: dict[str, str] = {
    name: name.upper() if name in _PLAIN else "PARINDEX_" + name.upper() for name in Settings.model_fields
}
"""Field -> environment variable."""
