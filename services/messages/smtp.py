"""Messages by e-mail: SMTP (RFC 5321) with STARTTLS or TLS and a login, as the settings say."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from services.clock import Clock
from services.messages.port import NeverTaken, NotSent, Outgoing
from services.messages.settings import MessageSettings

STEPS = 9
"""Answers that a whole conversation waits for at most: so long a message may take."""


class Smtp:
    """One connection a message, in a thread: what the standard library offers, and fast enough for reminders."""

    def __init__(self, settings: MessageSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._sender = parseaddr(settings.sender)[1]
        self._domain = self._sender.rpartition("@")[2]
        self._trust = ssl.create_default_context()
        if settings.smtp_ca_file:
            self._trust.load_verify_locations(settings.smtp_ca_file)

    async def send(self, message: Outgoing) -> None:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds * STEPS):
                await asyncio.to_thread(self._deliver, self._mail(message), message.to.value)
        except TimeoutError:
            raise NotSent("timeout") from None

    async def close(self) -> None:
        return

    def _mail(self, message: Outgoing) -> EmailMessage:
        """A mail that says it was written by a machine, so that no answering machine answers it (RFC 3834)."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.sender
        mail["To"] = message.to.value
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{message.id}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail["Content-Language"] = message.language
        return mail

    def _deliver(self, mail: EmailMessage, to: str) -> None:
        """Whatever the server answers names the address: only its code goes on."""
        try:
            client = self._connected()
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"smtp {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from None
        try:
            client.sendmail(self._sender, [to], mail.as_bytes())
            with suppress(smtplib.SMTPException, OSError):  # taken is taken, however the goodbye goes
                client.quit()
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[to][0]) from None
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code) from None
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"smtp {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from None
        finally:
            client.close()

    def _connected(self) -> smtplib.SMTP:
        """Greeted, encrypted and logged in. Where encryption is asked for, there is no way around it."""
        settings = self._settings
        if settings.smtp_security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host,
                settings.smtp_port,
                self._domain,
                timeout=settings.timeout_seconds,
                context=self._trust,
            )
        else:
            client = smtplib.SMTP(settings.smtp_host, settings.smtp_port, self._domain, settings.timeout_seconds)
        try:
            if settings.smtp_security == "starttls":
                client.starttls(context=self._trust)
            if settings.smtp_user:
                client.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except BaseException:
            client.close()
            raise
        return client


def _refused(code: int) -> NotSent:
    return (NeverTaken if code >= 500 else NotSent)(f"smtp {code}")
