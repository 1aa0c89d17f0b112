"""Asking questions through the API (contract §5)."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from analytics.api.shapes import Answer, Definition, Pending, asking
from analytics.definitions.parts import Invalid
from analytics.models import Run, ask
from people.api.access import project_of
from people.api.bodies import Described, Exact, Seconds, read, read_parameters

LONGEST_WAIT = 30
ANSWERS = {
    200: OpenApiResponse(Answer, "It is computed, or it failed."),
    202: OpenApiResponse(Pending, "It is not computed yet."),
}


def waiting(usual: float) -> Seconds:
    return Seconds(
        min_value=0,
        max_value=LONGEST_WAIT,
        default=usual,
        help_text="How many seconds to wait for the answer.",
    )


@extend_schema_serializer(examples=asking(wait=20))
class QuestionSerializer(Exact):
    """A definition, and how long to wait for its answer."""

    definition = Described(Definition, help_text="What is asked.")
    wait = waiting(10)


class WaitSerializer(Exact):
    wait = waiting(0)


class QueryView(APIView):
    only_asks = True

    @extend_schema(request=QuestionSerializer, responses=ANSWERS)
    def post(self, request: Request, **_: object) -> Response:
        """Compute a definition.

        Every event is in it whose ingestion was answered with success before this is asked.
        """
        asked = read(QuestionSerializer, request)
        try:
            run = ask(project_of(self), asked["definition"], wait=asked["wait"])
        except Invalid as error:
            raise ValidationError(error.problems) from error
        return run_response(request, run)


class RunView(APIView):
    @extend_schema(parameters=[WaitSerializer], responses=ANSWERS)
    def get(self, request: Request, run: str, **_: object) -> Response:
        """Ask again for the answer of a computation."""
        patience = read_parameters(WaitSerializer, request)
        found = get_object_or_404(project_of(self).runs.all(), pk=run)
        return run_response(request, found.wait(patience["wait"]))

    @extend_schema(responses=ANSWERS)
    def delete(self, request: Request, run: str, **_: object) -> Response:
        """Stop a computation, if it is not over, and show what came of it."""
        found = get_object_or_404(project_of(self).runs.all(), pk=run)
        found.stop()
        found.refresh_from_db()
        return run_response(request, found)


def run_response(request: Request, run: Run) -> Response:
    if run.state == Run.State.DONE:
        return Response({"status": "done", "result": run.result})
    if run.state == Run.State.FAILED:
        return Response({"status": "failed", "error": run.error})
    url = reverse("api-run", [run.project.slug, run.pk], request=request)
    return Response({"status": "pending", "url": url}, status.HTTP_202_ACCEPTED)
