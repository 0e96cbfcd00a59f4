"""A questionnaire as a form: the one form of all questionnaires, whatever is asked and of whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.formats import moment
from gateway.pages.page import Form, Page
from services.errors import NotFound

ANSWER = "answer-"
ENDS = {"thanks": 200, "sent": 409, "over": 410}
"""What becomes of a form, with the status of a form that comes to it: recorded, recorded before, out of time."""
GONE = {"already_submitted": "sent", "session_expired": "over", "not_found": "over"}
LONGEST = {"comment": 4000, "contact": 200}
"""Characters, as api.md has them."""


def shown(page: Page, session: Any, *, form: Form | None = None, errors: dict[str, str] | None = None) -> Response:
    """The questions of an open session. `form`: one that came back, with everything that was filled in."""
    ends, left = moment(session["expires_at"]), moment(session["expires_at"]) - moment(session["now"])
    zone = session["place"] and ZoneInfo(session["place"]["time_zone"])
    return page.render(
        "feedback/questions.html",
        status=422 if errors else 200,
        session=session,
        seconds=max(0, int(left.total_seconds())),
        until=ends.astimezone(zone) if zone else None,
        values=form or Form(),
        errors=errors or {},
        longest=LONGEST,
    )


async def sent(page: Page, form: Form) -> Response:
    """Records what was filled in; or shows the form again, in another language or with what is missing."""
    session = f"feedback/sessions/{quote(form['session'], safe='')}"
    try:
        if form["step"] == "language":
            return shown(page, await page.api.get(session), form=form)
        try:
            made = await page.api.post(f"{session}/submit", _body(form))
        except Refused as refused:
            if refused.status != 422:
                raise
            again = await page.api.get(session)
            return shown(page, again, form=form, errors=_errors(page, again, refused))
    except Refused as refused:
        if refused.code not in GONE:
            raise
        return end(page, GONE[refused.code])
    return page.go(f"{page.path}/thanks{_promise(made)}")


def end(page: Page, what: str) -> Response:
    """In place of the form."""
    return page.render("feedback/ended.html", status=ENDS[what], what=what, within=0, answer_to="", here=page.path)


async def ended(page: Page) -> Response:
    """The same at addresses of their own. `within`: seconds in which the centre has to react to a remark."""
    what, within, answer_to = page.given("end"), page.asked("within"), page.asked("answer_to")
    if what not in ENDS:
        raise NotFound
    seconds = int(within) if within.isdecimal() and len(within) < len("31536000") else 0
    return page.render(
        "feedback/ended.html", what=what, within=seconds, answer_to=answer_to, here=page.path.rpartition("/")[0]
    )


def _body(form: Form) -> dict[str, Any]:
    answers = {
        name.removeprefix(ANSWER): int(value)
        for name, value in form.items()
        if name.startswith(ANSWER) and value.isdecimal()
    }
    token = {"visit_token": form["visit_token"]} if form["visit_token"] else {}
    return {"answers": answers, "comment": form["comment"], "contact": form["contact"], **token}


def _errors(page: Page, session: Any, refused: Refused) -> dict[str, str]:
    """What is wrong with which field, in the order of the form. Raises `Refused` for what no field of it explains."""
    wrong = refused.fields
    found = {
        ANSWER + question["id"]: question["text"]
        for question in session["questionnaire"]["questions"]
        if f"answers.{question['id']}" in wrong
    }
    if "comment" in wrong:
        found["comment"] = page.gettext("At most %(length)s characters.") % {"length": LONGEST["comment"]}
    if "contact" in wrong:
        found["contact"] = page.gettext("An e-mail address or a telephone number in full, or nothing.")
    if not found:
        raise refused
    return found


def _promise(made: Any) -> str:
    """What the page of thanks says of a remark: no personal data, only until when and by which way."""
    if made["due_at"] is None:
        return ""
    within = moment(made["due_at"]) - moment(made["submitted_at"])
    return "?" + urlencode({"within": int(within.total_seconds()), "answer_to": made["answer_to"] or ""})
