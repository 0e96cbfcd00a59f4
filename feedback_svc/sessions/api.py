"""Routes of sessions (api.md "Feedback"): parse, call, answer. The submit is a hot route."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.routing import Route

from feedback_svc.questionnaires.schemas import QuestionnaireView
from feedback_svc.sessions import handlers
from feedback_svc.sessions.handlers import Submits
from feedback_svc.sessions.handlers.opening import Opened
from feedback_svc.sessions.schemas import Opening, PlaceView, SessionView, Submission, SubmittedView
from services.context import Context, Ctx, Language, context_of
from services.errors import InvalidRequest
from services.front import invalid_field
from services.idempotency import IdempotentRoute, once, repeated, resource_id

PREFIX = "/api/v1/feedback/sessions"
router = APIRouter(prefix=PREFIX, tags=["feedback"], route_class=IdempotentRoute)


@router.post("", status_code=201)
async def open_session(context: Ctx, body: Opening, language: Language, request: Request) -> SessionView:
    """Ten minutes to answer. No login at a desk; about the booking system as a citizen, once a month."""
    header = request.headers.get("authorization")
    by = await context.auth.principal(header) if header else None
    opened = await handlers.open_session(context, body, session_id=resource_id(request), by=by, language=language)
    return _view(context, opened, language)


@router.get("/{session}")
async def read_session(session: str, context: Ctx, language: Language) -> SessionView:
    """What is asked, in the reader's language: `not_found`, `already_submitted`, `session_expired` as at the submit."""
    return _view(context, await handlers.read_session(context, session), language)


def _view(context: Context, opened: Opened, language: str) -> SessionView:
    return SessionView(
        id=opened.secret,
        about=opened.questionnaire.about,
        expires_at=opened.expires_at,
        now=context.clock.now(),
        place=_place(opened, language),
        questionnaire=QuestionnaireView.of(opened.questionnaire, language),
    )


def _place(opened: Opened, language: str) -> PlaceView | None:
    if (place := opened.place) is None:
        return None
    return PlaceView(
        organisation=place.organisation,
        centre=place.centre,
        name=place.name[language],
        desk=place.desk,
        desk_number=place.desk_number,
        time_zone=place.time_zone,
    )


async def submit(request: Request) -> Response:
    """`POST /api/v1/feedback/sessions/{session}/submit`: 201 once."""
    try:
        body = Submission.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidRequest([invalid_field(item) for item in error.errors(include_input=False)]) from None
    made = (
        await context_of(request)
        .get(Submits)
        .submit(request.path_params["session"], body, rating_id=resource_id(request), repeated=repeated(request))
    )
    view = SubmittedView(**made._asdict())
    return Response(view.model_dump_json(), 201, media_type="application/json")


async def submit_once(request: Request) -> Response:
    return await once(request, submit)


HOT_ROUTES = [Route(f"{PREFIX}/{{session}}/submit", submit_once, methods=["POST"])]


def describe(document: dict[str, Any]) -> None:
    """The submit's part of the OpenAPI document."""
    schemas = document["components"]["schemas"]
    for model in (Submission, SubmittedView):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    document["paths"][f"{PREFIX}/{{session}}/submit"] = {
        "post": {
            "tags": ["feedback"],
            "summary": "Submit the answers, once",
            "operationId": "submit",
            "parameters": [{"name": "session", "in": "path", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": _reference("Submission")}}},
            "responses": {
                "201": {
                    "description": "Recorded",
                    "content": {"application/json": {"schema": _reference("SubmittedView")}},
                },
                "404": {"description": "`not_found`: no such session"},
                "409": {"description": "`already_submitted`"},
                "410": {"description": "`session_expired`: scan the code again"},
            },
        }
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
