"""A small mail server that speaks SMTP with STARTTLS and a login, and refuses what it is told to refuse."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GREETING = "220 post.example.org ESMTP"


@dataclass
class PostOffice:
    """`answers`: the reply to a command in place of the usual one; `DONE` is the one after the data."""

    port: int = 0
    certificate: Path | None = None
    login: tuple[str, str] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await Conversation(self, reader, writer).hold()
        writer.close()


class Conversation:
    def __init__(self, office: PostOffice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.office, self.reader, self.writer = office, reader, writer
        self.known = self.secure = False

    async def hold(self) -> None:
        await self.say(self.office.answers.get("HELLO", GREETING))
        while line := (await self.reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if verb in self.office.answers:
                await self.say(self.office.answers[verb])
            else:
                await getattr(self, verb.lower())(line)
            if verb == "QUIT":
                return

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def ehlo(self, _: str) -> None:
        offers = ["STARTTLS"] if self.office.certificate and not self.secure else []
        offers += ["AUTH PLAIN"] if self.office.login else []
        await self.say("250-post.example.org", *(f"250-{offer}" for offer in offers), "250 SIZE 1000000")

    async def starttls(self, _: str) -> None:
        assert self.office.certificate
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.office.certificate)
        await self.say("220 go ahead")
        await self.writer.start_tls(context)
        self.secure = True

    async def auth(self, line: str) -> None:
        _, name, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.known = (name, password) == self.office.login
        await self.say("235 welcome" if self.known else "535 wrong")

    async def mail(self, _: str) -> None:
        await self.say("250 ok" if self.known or not self.office.login else "530 log in first")

    async def rcpt(self, line: str) -> None:
        self.office.recipients.append(line.split(":", 1)[1].strip("<> "))
        await self.say("250 ok")

    async def data(self, _: str) -> None:
        await self.say("354 go on")
        content = (await self.reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        refusal = self.office.answers.get("DONE")
        if refusal is None or refusal.startswith("2"):
            self.office.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
            self.office.encrypted.append(self.secure)
        await self.say(refusal or "250 taken")

    async def rset(self, _: str) -> None:
        await self.say("250 ok")

    async def quit(self, _: str) -> None:
        await self.say("221 bye")


@asynccontextmanager
async def post_office(
    *, certificate: Path | None = None, login: tuple[str, str] | None = None, **answers: str
) -> AsyncIterator[PostOffice]:
    """The server on a free port of this machine."""
    office = PostOffice(certificate=certificate, login=login, answers=answers)
    server = await asyncio.start_server(office._serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()


def make_certificate(folder: Path) -> Path:
    """A key and its own certificate for 127.0.0.1 and localhost, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "post.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
