"""`python -m telegram_bot`: answers chats until SIGTERM or SIGINT."""

import asyncio
import signal

from services import telemetry
from telegram_bot.app import run
from telegram_bot.settings import Settings


async def main() -> None:
    settings, ending = Settings(), asyncio.Event()
    telemetry.configure_logging("telegram_bot", settings.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    await run(settings, ending)


if __name__ == "__main__":
    asyncio.run(main())
