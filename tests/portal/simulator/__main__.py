"""`python -m portal.simulator --port 8766 --seed 1` from the folder `tests`, or `make portal-simulator`."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from .serve import listening, serve

TRY = """Cổng mô phỏng (seed {seed}) tại {url}
Thử:
  curl -s {url}/__dieu-khien                                    # đồng hồ, tuỳ chọn, sự cố
  curl -s {url}/__so-sach                                       # những gì thật sự đã ghi, các lượt gọi
  curl -s -X POST {url}/XrdAdapter/RestService/forward/mapi/login \\
       -H 'dstcode: VN:GOV:000.00.00.G22:vpcpdvcprovider' -H 'Content-Type: application/json' \\
       -d '{{"username":"parindex","password":"mat-khau-thu"}}'
  curl -s -u parindex-key:parindex-secret -d grant_type=client_credentials {url}/token
  curl -s -X POST {url}/api/v1/reporting/evaluation/service-results -H 'Content-Type: application/json' \\
       -d '{{"timeType":"year","year":2026,"currentPage":1,"pageSize":200}}'
  curl -s -X POST {url}/__dieu-khien -d '{{"faults":[{{"kind":"reset_after","endpoint":"B/UpdateVote","calls":1}}]}}'
Ctrl-C để dừng."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="portal.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8766, help="0: any free port")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--small", action="store_true", help="two departments and three communes a province, 120 procedures"
    )
    parser.add_argument("--at", help="the clock's first instant (ISO 8601; without an offset Vietnamese time)")
    parser.add_argument("--rate", type=float, default=1.0, help="how fast the clock runs; 0 stands still")
    parser.add_argument("--tls-folder", type=Path, help="serve HTTPS too; ca.pem and the certificates are written here")
    parser.add_argument("--tls-port", type=int, default=0, help="of HTTPS; 0: any free port")
    parser.add_argument("--say-only-address", action="store_true", help="for programs: one line with the addresses")
    asked = parser.parse_args()
    bound = listening(asked.host, asked.port)
    secure = listening(asked.host, asked.tls_port) if asked.tls_folder else None
    url = f"http://{asked.host}:{bound.getsockname()[1]}"
    urls = [url, *([f"https://{asked.host}:{secure.getsockname()[1]}"] if secure else [])]
    print(" ".join(urls) if asked.say_only_address else TRY.format(seed=asked.seed, url=url), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        serve(bound, secure, seed=asked.seed, small=asked.small, at=asked.at, rate=asked.rate, folder=asked.tls_folder)


if __name__ == "__main__":
    main()
