"""`python -m services.local.login PORT GATEWAY_URL PUBLIC_URL`: the process `issuer` of a local run."""

import sys

import uvicorn

from services.clock import open_clock
from services.local import home
from services.local.login.app import create
from services.local.ports import LOOPBACK


def main(port: int, gateway: str, public_url: str) -> None:
    folder = home.current()
    app = create(
        folder,
        url=f"http://{LOOPBACK}:{port}",
        gateway=gateway,
        public_url=public_url,
        clock=open_clock(folder.clock_file),
    )
    uvicorn.run(
        app, host=LOOPBACK, port=port, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=2
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
