"""The round in a real browser, by keyboard: sign in with a code, declare, see what is wrong, appraise, decide, close by two.

Needs a Chromium of this machine (chromium, chromium-browser or google-chrome on the PATH); skipped where there is none.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from parindex.settings import Settings
from scoring_api.app import create_app
from scoring_api.people.passwords import Passwords
from scoring_api.people.seal import Seal
from support.documents import pdf
from support.people import SignedPerson
from support.rounds import FINANCE, Cast, Stage, put_in_force
from support.served import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
expect.set_options(timeout=30_000)
PASSWORD = "mat khau dai va rieng"
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on the PATH"),
]


@pytest.fixture
def settings(make_settings: Callable[..., Settings], tmp_path: Path) -> Settings:
    return make_settings(secret_keys=Fernet.generate_key().decode(), evidence_store=(tmp_path / "evidence").as_uri())


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


class Desk:
    """The application on a socket of its own with a clock that the test moves, and one browser window a person."""

    def __init__(self, url: str, chromium: Browser, stage: Stage, pictures: Path) -> None:
        self.url, self.chromium, self.stage, self.pictures = url, chromium, stage, pictures
        self.faults: list[str] = []
        self._shots = 0

    async def sign_in(self, who: SignedPerson, secret: str) -> Page:
        """A new window in which the person signs in with address, password and code, by keyboard alone."""
        context = await self.chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        await page.goto(f"{self.url}/pages/")
        await page.get_by_label("Địa chỉ thư công vụ").focus()
        address = await self.stage.connection.fetchval(
            "SELECT work_address FROM person WHERE person_id = $1", who.person_id
        )
        await page.keyboard.type(address)
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Tab")
        await page.keyboard.type(pyotp.TOTP(secret).now())
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Đợt đánh giá")
        return page

    async def shot(self, page: Page, name: str) -> None:
        self._shots += 1
        await page.screenshot(path=self.pictures / f"{self._shots:02d}-{name}.png", full_page=True)


async def press_to(page: Page, words: str, most: int = 60) -> None:
    """Presses Tab until what is focused has these words, and checks that the focus can be seen."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            "(() => { const one = document.activeElement; const style = getComputedStyle(one);"
            " return [one.innerText || one.labels?.[0]?.innerText || '', style.outlineStyle, style.outlineWidth]; })()"
        )
        if words in seen[0]:
            assert seen[1] == "solid", f"the focus on {words} cannot be seen"
            assert seen[2] != "0px"
            return
    raise AssertionError(f"{words!r} is not reached by Tab on {page.url}")


async def with_secret(connection: asyncpg.Connection, settings: Settings, who: SignedPerson) -> str:
    """Gives a person a password and an authenticator."""
    secret = pyotp.random_base32()
    await connection.execute(
        "UPDATE person_secret SET password_hash = $2, totp_sealed = $3 WHERE person_id = $1",
        who.person_id,
        await Passwords().hash(PASSWORD),
        Seal(settings.secret_keys).seal(secret.encode()),
    )
    return secret


@pytest.fixture
async def desk(settings: Settings, connection, chromium: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    app = create_app(settings)
    with served(app) as url:
        await put_in_force(connection)
        pictures = Path(os.environ.get("TEST_PICTURES", tmp_path))
        async with httpx.AsyncClient(base_url=url) as client:
            stage = Stage(client, connection, await Cast.of(connection))
            app.state.clock = lambda: stage.now
            await stage.open()
            yield Desk(url, chromium, stage, pictures)


async def follow(page: Page, pressed: Locator | None = None) -> None:
    """Presses Enter on what has the focus (or on that element) and waits for the page that it leads to."""
    async with page.expect_navigation(timeout=30_000):
        await (page.keyboard.press("Enter") if pressed is None else pressed.press("Enter"))


async def test_a_round_by_keyboard_in_a_real_browser(desk: Desk, settings: Settings):
    stage, cast = desk.stage, desk.stage.cast
    secrets = {
        who.person_id: await with_secret(stage.connection, settings, who)
        for who in (cast.officer, cast.units[FINANCE], cast.control, cast.chair, cast.member)
    }

    async def enter(who: SignedPerson) -> Page:
        return await desk.sign_in(who, secrets[who.person_id])

    unit = await enter(cast.units[FINANCE])
    await desk.shot(unit, "rounds")
    await press_to(unit, "Đánh giá cải cách hành chính")
    await follow(unit)
    await desk.shot(unit, "round")
    await press_to(unit, "kê khai, giải trình")
    await follow(unit)
    await desk.shot(unit, "unit")
    await press_to(unit, "1.2 Kết quả thực hiện")
    await follow(unit)

    # A wrong figure is said beside its field, and the summary's link leads to it.
    await press_to(unit, "Số đạt (tử số)")
    await unit.keyboard.type("9")
    await press_to(unit, "Tổng số (mẫu số)")
    await unit.keyboard.type("8")
    await press_to(unit, "Lưu")
    await follow(unit)
    await expect(unit.get_by_role("alert")).to_contain_text("Tử số lớn hơn mẫu số")
    await expect(unit.get_by_label("Số đạt (tử số)")).to_have_attribute("aria-invalid", "true")
    await desk.shot(unit, "faults")
    await unit.get_by_label("Số đạt (tử số)").fill("62,5")
    await unit.get_by_label("Tổng số (mẫu số)").fill("100")
    await follow(unit)
    await expect(unit.get_by_role("status")).to_have_text("Đã lưu.")
    await expect(unit.get_by_text("15,00 điểm")).to_be_visible()

    # A checklist by space bar, an explanation, a file.
    await unit.goto(f"{desk.url}/pages/rounds/{stage.round_id}/units/{FINANCE}/components/publication")
    for option in ("Cấp tỉnh", "Cấp xã", "Cấp huyện"):
        await press_to(unit, option)
        await unit.keyboard.press("Space")
    await press_to(unit, "Giải trình")
    await unit.keyboard.type("Đã công khai đủ ba cấp")
    await press_to(unit, "Lưu")
    await follow(unit)
    await expect(unit.get_by_text("0,75 điểm", exact=True)).to_be_visible()
    await unit.get_by_label("Đính kèm một tệp").set_input_files(
        {"name": "Kế hoạch công khai.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    await follow(unit, unit.get_by_role("button", name="Đính kèm", exact=True))
    await expect(unit.get_by_role("link", name="Kế hoạch công khai.pdf")).to_be_visible()
    async with unit.expect_download() as download:
        await unit.get_by_role("link", name="Kế hoạch công khai.pdf").press("Enter")
    saved = Path(await (await download.value).path())
    assert await asyncio.to_thread(saved.read_bytes) == pdf()
    await desk.shot(unit, "component")

    officer = await enter(cast.officer)
    await officer.goto(f"{desk.url}/pages/rounds/{stage.round_id}/steering")
    await desk.shot(officer, "steering")
    await officer.goto(f"{desk.url}/pages/rounds/new?framework=round-demo@1/department&period=2026&realm=synthetic")
    await desk.shot(officer, "opening")

    await stage.move_to("appraisal_1")
    control = await enter(cast.control)
    await control.goto(f"{desk.url}/pages/rounds/{stage.round_id}/appraisal")
    await desk.shot(control, "work-list")
    await press_to(control, "2.1 Công khai tiến độ")
    await follow(control)
    for option in ("Cấp tỉnh", "Cấp huyện"):
        await control.get_by_label(option).press("Space")
    await control.get_by_label("Ý kiến thẩm định").fill("Cấp tỉnh chỉ công khai 49.533/62.027 hồ sơ")
    await follow(control, control.get_by_role("button", name="Lưu"))
    await expect(control.get_by_text("Các ý đạt theo từng bên")).to_be_visible()
    await desk.shot(control, "appraised")

    await stage.move_to("answer", "appraisal_2", "council")
    chair = await enter(cast.chair)
    await chair.goto(f"{desk.url}/pages/rounds/{stage.round_id}/council")
    await desk.shot(chair, "council")
    await press_to(chair, "2.1 Công khai tiến độ")
    await follow(chair)
    await chair.get_by_label("Cấp tỉnh").press("Space")
    await chair.get_by_label("Lý do quyết định").fill("Chấp nhận ý a sau khi kiểm tra")
    await follow(chair, chair.get_by_role("button", name="Lưu"))
    await expect(chair.get_by_role("status")).to_have_text("Đã lưu.")
    await desk.shot(chair, "decided")
    await chair.goto(f"{desk.url}/pages/rounds/{stage.round_id}/council")
    await chair.get_by_label("Kết thúc dù còn thiếu").press("Space")
    await chair.get_by_label("Lý do, ghi chú").fill("Kết thúc để thử: còn thiếu số liệu khảo sát")
    await follow(chair, chair.get_by_role("button", name="Đề nghị kết thúc"))
    await expect(chair.get_by_text("Chủ tịch hội đồng đã đề nghị kết thúc")).to_be_visible()
    await expect(chair.get_by_role("button", name="Xác nhận và kết thúc")).to_have_count(0)

    member = await enter(cast.member)
    await member.goto(f"{desk.url}/pages/rounds/{stage.round_id}/council")
    await follow(member, member.get_by_role("button", name="Xác nhận và kết thúc"))
    await expect(member.get_by_role("status")).to_contain_text("Đợt đánh giá đã kết thúc")

    for name in ("table", "variance", f"units/{FINANCE}/score", f"units/{FINANCE}"):
        await officer.goto(f"{desk.url}/pages/rounds/{stage.round_id}/{name}")
        await desk.shot(officer, name.replace("/", "-"))
    for name in ("persons", "frameworks", "frameworks/round-demo/1", "rounds/new", "me"):
        await officer.goto(f"{desk.url}/pages/{name}")
        await desk.shot(officer, name.replace("/", "-"))
    # Refusals answer 409 and 422, which a browser notes as failed loads; nothing else may be noted.
    assert [said for said in desk.faults if "status of 4" not in said] == []
    phase = await stage.connection.fetchval("SELECT phase FROM round_state WHERE round_id = $1", stage.round_id)
    assert phase == "closed"


async def test_a_narrow_screen_and_two_hundred_percent_lose_nothing(desk: Desk, settings: Settings):
    who = desk.stage.cast.units[FINANCE]
    page = await desk.sign_in(who, await with_secret(desk.stage.connection, settings, who))
    at = f"{desk.url}/pages/rounds/{desk.stage.round_id}"
    for width in (320, 640):
        await page.set_viewport_size({"width": width, "height": 800})
        for path in ("", f"/units/{FINANCE}", f"/units/{FINANCE}/components/publication", "/table"):
            await page.goto(at + path)
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path or 'the overview'} is {wide} px too wide at {width}"
    await page.set_viewport_size({"width": 400, "height": 800})
    await page.goto(f"{at}/units/{FINANCE}/components/publication")
    await desk.shot(page, "narrow")
