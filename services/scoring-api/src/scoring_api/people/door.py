"""What one process holds for signing people in: keys, hasher, limits, the OIDC issuer, a count of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter

from parindex.settings import Settings
from scoring_api.people.limits import Knocks
from scoring_api.people.oidc import OidcIssuer
from scoring_api.people.passwords import Passwords
from scoring_api.people.seal import Seal

if TYPE_CHECKING:
    from typing import Literal

    Outcome = Literal["succeeded", "refused"]


class Door:
    """One per process; connects to nothing before somebody knocks. Raises Invalid for settings that cannot work."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self.seal = Seal(settings.secret_keys)
        self.passwords = Passwords()
        self.knocks = Knocks()
        self.minutes = settings.sign_in_minutes
        self.public_url = settings.public_url.rstrip("/")
        self.oidc = OidcIssuer.configured(settings)
        self._attempts = Counter(
            "parindex_sign_in_attempts",
            "Attempts to sign in, by method and what came of them; everybody reads it, so it does not say why one was refused",
            ["method", "outcome"],
            registry=registry,
        )

    def count(self, method: Literal["local", "oidc"], outcome: Outcome) -> None:
        """Counts one attempt."""
        self._attempts.labels(method, outcome).inc()

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https: then cookies go by nothing else."""
        return self.public_url.startswith("https://")


def door_of(request: Request) -> Door:
    """The door of the running application."""
    return cast("Door", request.app.state.door)
