"""What happens when the other side does not let us in: nobody hammers at a closed door, and a person hears of it once."""

from __future__ import annotations

from typing import NoReturn

from ranking_worker.portal.answer import Answer
from ranking_worker.portal.attention import Attention, raise_attention, settle
from ranking_worker.portal.call import Caller, NotNow


async def refused(caller: Caller, answer: Answer) -> NoReturn:
    """After a sign-in that gave nothing. Raises NotNow: soon when the connection failed, after a long pause when we were refused."""
    now, profile = caller.clock.now(), caller.profile
    if answer.channel_failed:
        raise NotNow(now + profile.throttle.gap, f"the sign-in got no answer ({answer.detail})")
    until = now + profile.throttle.refusal
    await caller.hold(until, "the sign-in was refused")
    attention = Attention(
        profile.name,
        subject(profile.name),
        "sign_in_refused",
        f"Cổng không chấp nhận tài khoản của kết nối “{profile.name}”.",
        f"The portal refuses the account of the connection {profile.name}.",
        "Kiểm tra tài khoản và các tệp bí mật nêu trong hồ sơ kết nối; sửa tệp là đủ, không cần khởi động lại.",
        {"last": answer.detail},
    )
    async with caller.database.transaction() as connection:
        await raise_attention(connection, caller.tenant_id, attention, now)
    raise NotNow(until, "the sign-in was refused")


async def accepted(caller: Caller) -> None:
    """After a sign-in that worked: what was open about it is settled."""
    async with caller.database.transaction() as connection:
        await settle(
            connection, caller.tenant_id, subject(caller.profile.name), caller.clock.now(),
            "Đăng nhập lại được.", "The sign-in works again.",
        )  # fmt: skip


def subject(profile: str) -> str:
    """Under which the attention stands."""
    return f"sign_in/{profile}"
