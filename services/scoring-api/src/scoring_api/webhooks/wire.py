"""Bodies and answers of the webhook routes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scoring_api.webhooks.endpoints import NewSecret

ChangeNo = Annotated[int, Field(ge=0, le=10**12 - 1)]
Kind = Literal["provisional_table_changed", "edition_published"]
Realm = Literal["production", "sandbox", "synthetic"]
DeliveryState = Literal["waiting", "delivered", "dead", "stopped"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EndpointBody(_Body):
    """An endpoint to make."""

    url: Annotated[str, Field(min_length=1, max_length=2000, examples=["https://so.example.vn/parindex"])]
    kinds: Annotated[list[Kind], Field(min_length=1, max_length=2)]
    realm: Realm = "production"
    after: ChangeNo | None = Field(
        default=None, description="Hear what came after this number, too; from now on by default."
    )


class ReplayBody(_Body):
    """What to send again: with `from_change_no` every change from that number on, otherwise what is dead."""

    from_change_no: ChangeNo | None = None


class SecretAnswer(BaseModel):
    """A secret, shown this once: the receiver verifies signatures with it."""

    endpoint_id: int
    secret: str
    old_secret_until: dt.datetime | None = Field(
        description="Until then messages are signed with the secret before, too."
    )

    @classmethod
    def of(cls, made: NewSecret) -> SecretAnswer:
        """The answer."""
        return cls(endpoint_id=made.endpoint_id, secret=made.secret, old_secret_until=made.old_secret_until)


class ReplayAnswer(BaseModel):
    """The request was noted; the worker sends. What comes of it stands in the deliveries."""

    endpoint_id: int
    replay_no: int


class Endpoint(BaseModel):
    """An endpoint and how it stands. What stands after `?` in the URL is not shown."""

    endpoint_id: int
    url: str
    kinds: list[Kind]
    realm: Realm
    state: Literal["active", "stopped", "disabled"] = Field(
        description="stopped: the receiver answered 410; ask for a replay to go on."
    )
    change_no: int = Field(description="Changes up to this number are delivered, dead or on their way.")
    waiting: int
    dead: int
    made_by: str | None
    recorded_at: dt.datetime
    stopped_at: dt.datetime | None
    disabled_at: dt.datetime | None
    old_secret_until: dt.datetime | None


class Endpoints(BaseModel):
    """Endpoints of the authority."""

    endpoints: list[Endpoint]


class Delivery(BaseModel):
    """How one change stands on its way to the endpoint. `change_no` 0: a test message."""

    change_no: int
    replay_no: int = Field(description="0: the first sending; otherwise the request that asked for another one.")
    kind: Literal["provisional_table_changed", "edition_published", "webhook_test"]
    state: DeliveryState
    attempts: int
    next_at: dt.datetime | None
    last_status: int | None
    last_error: str | None
    updated_at: dt.datetime


class Deliveries(BaseModel):
    """Deliveries of one endpoint, the last touched first."""

    endpoint_id: int
    deliveries: list[Delivery]
