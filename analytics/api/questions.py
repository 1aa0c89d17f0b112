"""Asking questions through the API (contract §5)."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from analytics.api.results import AnswerSerializer
from analytics.definitions.conditions import Invalid
from analytics.models import Run, ask
from people.api.access import project_of

LONGEST_WAIT = 30


DEFINITION_HELP = (
    '`{"kind": "segmentation", "metric", "period", "granularities", "segments", "events", '
    '"denominator"}` or `{"kind": "funnel", "period", "window", "segments", "steps", '
    '"completion"}`; both may have a `"breakdown"`, `{"property": …}` or `{"attribute": …}` with a '
    '`"limit"` (10, at most 50), and `"compare": "previous_period"`.'
)


class QuestionSerializer(serializers.Serializer[Any]):
    """A definition (segmentation or funnel) and how long to wait for its answer, in seconds."""

    definition = serializers.JSONField(help_text=DEFINITION_HELP)
    wait = serializers.FloatField(min_value=0, max_value=LONGEST_WAIT, default=10)


class WaitSerializer(serializers.Serializer[Any]):
    wait = serializers.FloatField(min_value=0, max_value=LONGEST_WAIT, default=0)


class QueryView(APIView):
    """Compute a definition."""

    @extend_schema(request=QuestionSerializer, responses={(200, 202): AnswerSerializer})
    def post(self, request: Request, project: str) -> Response:  # noqa: ARG002
        target = project_of(self, edit=False)
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        asked = question.validated_data
        try:
            run = ask(target, asked["definition"], wait=asked["wait"])
        except Invalid as error:
            return Response({"errors": error.problems}, status.HTTP_400_BAD_REQUEST)
        return told(request, run)


class RunView(APIView):
    """The answer of a computation that was not finished when it was asked."""

    @extend_schema(parameters=[WaitSerializer], responses={(200, 202): AnswerSerializer})
    def get(self, request: Request, project: str, run: str) -> Response:  # noqa: ARG002
        target = project_of(self)
        patience = WaitSerializer(data=request.query_params)
        patience.is_valid(raise_exception=True)
        found = get_object_or_404(target.runs.all(), pk=run)
        return told(request, found.wait(patience.validated_data["wait"]))

    @extend_schema(responses=AnswerSerializer)
    def delete(self, request: Request, project: str, run: str) -> Response:  # noqa: ARG002
        """Stop the computation, if it is not over."""
        target = project_of(self)
        found = get_object_or_404(target.runs.all(), pk=run)
        found.stop()
        found.refresh_from_db()
        return told(request, found)


def told(request: Request, run: Run) -> Response:
    if run.state == Run.State.DONE:
        return Response({"status": "done", "result": run.result})
    if run.state == Run.State.FAILED:
        return Response({"status": "failed", "error": run.error})
    url = reverse("api-run", [run.project.slug, run.pk], request=request)
    return Response({"status": "pending", "url": url}, status.HTTP_202_ACCEPTED)
