"""Messages leave by SMTP, by webhook or into the log; what went wrong is told without saying to whom."""

import base64
import hashlib
import hmac

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import CapturingLogger

from services.messages import Address, MessageSettings, NeverTaken, NotSent, Outgoing, open_messages
from services.messages.webhook import Webhook
from tests.services.post_office import make_certificate, post_office

EMAIL = Address("email", "olena@example.org")
PHONE = Address("phone", "+380671234567")
KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def message(to=EMAIL, **more):
    fields = {
        "id": "m-1",
        "to": to,
        "language": "uk",
        "subject": "Ваш візит",
        "text": "Завтра о 09:20.\n.\nТалон № 1000",
    }
    return Outgoing(**fields | more)


def smtp(office, clock, **more):
    fields = {
        "email": "smtp",
        "sender": "Vizyt <no-reply@vizyt.example.org>",
        "smtp_host": "localhost",
        "smtp_port": office.port,
        "smtp_security": "none",
        "timeout_seconds": 5.0,
    }
    return open_messages(MessageSettings(**fields | more), clock)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("post"))


async def test_a_mail_arrives_as_it_was_written(clock):
    """Subject and text in Ukrainian, a line with a single dot, the sender, the stable Message-ID, a machine's mark."""
    async with post_office() as office:
        await smtp(office, clock).send(message())
    [mail] = office.mails
    assert office.recipients == ["olena@example.org"]
    assert (mail["To"], mail["Subject"], mail["From"]) == (
        "olena@example.org",
        "Ваш візит",
        "Vizyt <no-reply@vizyt.example.org>",
    )
    assert mail["Message-ID"] == "<m-1@vizyt.example.org>"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "uk")
    assert mail["Date"].datetime == clock.now()
    assert mail.get_content().splitlines() == ["Завтра о 09:20.", ".", "Талон № 1000"]


async def test_a_mail_goes_encrypted_with_a_login(clock, certificate):
    """STARTTLS with a certificate that is trusted, then the name and password."""
    async with post_office(certificate=certificate, login=("vizyt", "secret")) as office:
        settings = {"smtp_security": "starttls", "smtp_ca_file": str(certificate), "smtp_user": "vizyt"}
        await smtp(office, clock, **settings, smtp_password="secret").send(message())
    assert office.encrypted == [True]


async def test_nothing_is_sent_in_clear_where_encryption_is_asked_for(clock, certificate):
    """A server without STARTTLS, and one whose certificate nobody vouches for: not now, and no mail."""
    async with post_office() as bare, post_office(certificate=certificate) as unknown:
        for office in (bare, unknown):
            with pytest.raises(NotSent) as refusal:
                await smtp(office, clock, smtp_security="starttls").send(message())
            assert not isinstance(refusal.value, NeverTaken)
            assert office.mails == []


@pytest.mark.parametrize(
    ("answers", "never", "reason"),
    [
        ({"RCPT": "550 5.1.1 <olena@example.org> unknown"}, True, "smtp 550"),
        ({"RCPT": "450 4.2.1 <olena@example.org> busy"}, False, "smtp 450"),
        ({"DONE": "554 5.7.1 spam"}, True, "smtp 554"),
        ({"DONE": "451 later"}, False, "smtp 451"),
        ({"MAIL": "530 5.7.0 log in first"}, False, "smtp 530"),
        ({"HELLO": "554 no service"}, False, "smtp 554"),
        ({"HELLO": "421 too busy"}, False, "smtp 421"),
    ],
)
async def test_a_refusal_of_the_message_is_for_good_and_any_other_for_now(clock, answers, never, reason):
    """5xx to the recipient or the content: never. 4xx, and our own trouble with the server: again later."""
    async with post_office(**answers) as office:
        with pytest.raises(NotSent) as refusal:
            await smtp(office, clock).send(message())
    assert (isinstance(refusal.value, NeverTaken), refusal.value.reason) == (never, reason)
    assert "olena" not in str(refusal.value)
    assert refusal.value.__cause__ is None


async def test_a_wrong_password_is_ours_to_mend(clock):
    """Not the message's fault: it waits."""
    async with post_office(login=("vizyt", "secret")) as office:
        with pytest.raises(NotSent) as refusal:
            await smtp(office, clock, smtp_user="vizyt", smtp_password="wrong").send(message())
    assert (type(refusal.value), refusal.value.reason) == (NotSent, "smtp 535")


async def test_what_was_taken_is_sent_however_the_goodbye_goes(clock):
    """An error after the data must not make us send again."""
    async with post_office(QUIT="451 not yet") as office:
        await smtp(office, clock).send(message())
    assert len(office.mails) == 1


async def test_a_server_that_does_not_answer_is_given_up_in_time(clock):
    """A connection that is taken and left alone: `timeout_seconds`, then not now."""
    async with post_office(HELLO="") as office:
        with pytest.raises(NotSent) as refusal:
            await smtp(office, clock, timeout_seconds=0.2).send(message())
    assert type(refusal.value) is NotSent


async def test_no_server_at_all_is_not_now(clock):
    """Connection refused."""
    async with post_office() as office:
        pass
    with pytest.raises(NotSent) as refusal:
        await smtp(office, clock).send(message())
    assert refusal.value.reason == "ConnectionRefusedError"


async def test_a_subject_of_several_lines_adds_no_header(clock):
    """What a catalogue's texts hold cannot write headers of its own."""
    async with post_office() as office:
        await smtp(office, clock).send(message(subject="Візит\r\nBcc: others@example.org"))
    assert office.mails[0]["Subject"] == "Візит Bcc: others@example.org"
    assert office.mails[0]["Bcc"] is None


class Gateway:
    """A provider that takes JSON."""

    def __init__(self, status=202):
        self.status, self.requests = status, []
        self.app = Starlette(routes=[Route("/send", self.take, methods=["POST"])])

    async def take(self, request: Request):
        self.requests.append((request.headers, await request.body()))
        return Response(status_code=self.status)

    def way(self, clock):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app))
        return Webhook("https://sms.example.org/send", SECRET, clock, client=client)


async def test_a_provider_gets_a_signed_request_with_a_stable_key(clock):
    """The same id at every attempt, and a signature over id, time and body that the receiver can check."""
    gateway = Gateway()
    way = gateway.way(clock)
    for _ in range(2):
        await way.send(message(PHONE))
    await way.close()
    assert [headers["idempotency-key"] for headers, _ in gateway.requests] == ["m-1", "m-1"]
    headers, body = gateway.requests[0]
    signed = f"m-1.{int(clock.now().timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert b'"to":"+380671234567"' in body


@pytest.mark.parametrize(
    ("status", "never"),
    [(400, True), (404, True), (422, True), (408, False), (409, False), (429, False), (503, False), (302, False)],
)
async def test_a_provider_says_never_or_not_now(clock, status, never):
    """4xx is for good but where it says to come again; 5xx and anything strange is for now."""
    with pytest.raises(NotSent) as refusal:
        await Gateway(status).way(clock).send(message(PHONE))
    assert (isinstance(refusal.value, NeverTaken), refusal.value.reason) == (never, f"http {status}")


async def test_a_provider_that_does_not_answer_is_not_now(clock):
    """Nobody listens there."""
    settings = MessageSettings(phone="webhook", webhook_url="http://127.0.0.1:9/send", webhook_secret=SECRET)
    messages = open_messages(settings, clock)
    with pytest.raises(NotSent) as refusal:
        await messages.send(message(PHONE))
    await messages.close()
    assert refusal.value.reason == "ConnectError"


async def test_the_log_shows_no_address_and_only_what_may_be_shown(clock, monkeypatch):
    """In a local run: masked, with the sender's own words for it."""
    logger = CapturingLogger()
    monkeypatch.setattr("services.messages.log.log", logger)
    messages = open_messages(MessageSettings(email="log", phone="log"), clock)
    await messages.send(message(text="Шановна Олено", shown="reminder"))
    await messages.send(message(PHONE))
    assert [call.kwargs["to"] for call in logger.calls] == ["o…@….org", "+380…67"]
    assert logger.calls[0].kwargs["text"] == "reminder"
    assert not any(secret in str(logger.calls) for secret in ("olena", "1234", "Олено"))


async def test_an_address_without_a_way_is_refused(clock):
    """Nothing is chosen unless the settings say so."""
    messages = open_messages(MessageSettings(), clock)
    assert not messages.reaches("email")
    with pytest.raises(NeverTaken):
        await messages.send(message())


def test_addresses_and_messages_do_not_show_themselves():
    """Not even in a stack trace of ours."""
    assert "olena" not in repr(EMAIL) + repr(message())


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "smtp"},
        {"email": "smtp", "smtp_host": "post.example.org", "sender": "nobody"},
        {"phone": "webhook", "webhook_secret": SECRET},
        {"phone": "webhook", "webhook_url": "https://sms.example.org"},
        {"phone": "webhook", "webhook_url": "https://sms.example.org", "webhook_secret": "whsec_c2hvcnQ="},
        {"phone": "smtp"},
    ],
)
def test_incomplete_settings_are_refused_at_the_start_without_showing_secrets(wrong):
    """Better than at the first message."""
    with pytest.raises(ValidationError) as error:
        MessageSettings(**wrong)
    assert "whsec_c2hvcnQ" not in str(error.value)
