"""What a reader sees when something is refused or does not work: why, and what to do next."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import RedirectResponse, Response

from gateway.pages.client import Refused
from gateway.pages.login.refusals import LoginRefused, SignedOut
from gateway.pages.page import Page, SignIn
from gateway.pages.sessions import payload
from services import telemetry
from services.errors import Problem, Unauthenticated
from services.front import as_problem, problem_response

JUST_SECONDS = 10


def failure(page: Page, error: Exception) -> Response:
    """The page for any error. A client that does not ask for a page gets the problem document."""
    if "text/html" not in page.request.headers.get("accept", ""):
        return _document(page, error)
    if isinstance(error, SignIn) or _signed_out(error):
        if page.request.method != "GET":
            error = SignedOut()  # the policy of pages holds forms here, also when they are sent on to the issuer
        elif _just_signed_in(page):
            error = LoginRefused()
        else:
            return RedirectResponse(f"/login?next={quote(page.address)}", 303)
    status, document, retry_after = _told(page, error)
    response = page.render("problem.html", status=status, problem=document)
    response.headers["cache-control"] = "no-store"
    if retry_after:
        response.headers["retry-after"] = retry_after
    return response


def _document(page: Page, error: Exception) -> Response:
    if isinstance(error, SignIn):
        error = Unauthenticated()
    if isinstance(error, Refused):
        headers = {"retry-after": error.retry_after} if error.retry_after else {}
        return Response(orjson.dumps(error.document), error.status, headers, "application/problem+json")
    return problem_response(as_problem(error, page.request.scope), page.request.scope)


def _signed_out(error: Exception) -> bool:
    return isinstance(error, Refused) and error.status == 401


def _just_signed_in(page: Page) -> bool:
    """An issuer that lets people in without a question, and an API that does not take its tokens, would send a browser
    from one to the other for ever.
    """
    given_at = ((payload(page.session.token) or {}) if page.session else {}).get("iat")
    return isinstance(given_at, int) and page.now.timestamp() - given_at < JUST_SECONDS


def _told(page: Page, error: Exception) -> tuple[int, dict[str, Any], str | None]:
    if isinstance(error, Refused):
        return error.status, error.document, error.retry_after
    problem: Problem = as_problem(error, page.request.scope)
    document = {**problem.document(page.language), "trace_id": telemetry.trace_id()}
    return problem.status, document, str(problem.retry_after) if problem.retry_after else None
