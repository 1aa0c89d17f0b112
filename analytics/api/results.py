"""The shape of a result (contract §4), for the API's description; the engine makes the results."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

GROUPS = ["value", "other", "missing"]
PREVIOUS_HELP = "With `compare`: the same over as many days just before."
BREAKDOWN_HELP = (
    "With `breakdown`: the largest values (at most `limit`, largest first), then all others "
    "together and no value, where anybody has one of those. Of a list each element counts."
)


class PeriodSerializer(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField()


class NumberSerializer(serializers.Serializer[Any]):
    """`numerator` and `denominator` are there for adoption and engagement alone."""

    value = serializers.FloatField(allow_null=True)
    numerator = serializers.IntegerField(required=False)
    denominator = serializers.IntegerField(required=False)


class PointSerializer(NumberSerializer):
    start = serializers.CharField(help_text="A day; of an hour an ISO time with its offset.")
    partial = serializers.BooleanField()  # type: ignore[assignment]


class NumbersSerializer(serializers.Serializer[Any]):
    total = NumberSerializer()
    points = PointSerializer(many=True)


class ComparedSerializer(NumbersSerializer):
    previous = NumbersSerializer(required=False, help_text=PREVIOUS_HELP)


class SeriesGroupSerializer(ComparedSerializer):
    group = serializers.ChoiceField(GROUPS)
    value = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]


class SeriesSerializer(ComparedSerializer):
    segment = serializers.IntegerField()
    event = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    granularity = serializers.ChoiceField(["hour", "day", "week", "month"])
    breakdown = SeriesGroupSerializer(many=True, required=False, help_text=BREAKDOWN_HELP)


class ResultSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    as_of = serializers.DateTimeField()
    timezone = serializers.CharField()
    period = PeriodSerializer()
    previous_period = PeriodSerializer(required=False, help_text=PREVIOUS_HELP)
    warnings = serializers.ListField(child=serializers.CharField())


class SizeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    size = serializers.IntegerField()


class SegmentationResultSerializer(ResultSerializer):
    metric = serializers.ChoiceField(["events", "people", "adoption", "engagement"])
    segments = SizeSerializer(many=True)
    series = SeriesSerializer(many=True)


class StepNumbersSerializer(serializers.Serializer[Any]):
    people = serializers.IntegerField()
    of_previous = serializers.FloatField(allow_null=True)
    of_first = serializers.FloatField(allow_null=True)
    dropped = serializers.IntegerField()
    dropped_share = serializers.FloatField(allow_null=True)
    median_seconds = serializers.FloatField(allow_null=True)


class StepSerializer(StepNumbersSerializer):
    label = serializers.CharField()  # type: ignore[assignment]
    previous = StepNumbersSerializer(required=False, help_text=PREVIOUS_HELP)


class ConversionSerializer(serializers.Serializer[Any]):
    conversion = serializers.FloatField(allow_null=True)
    still_open = serializers.IntegerField()


class WaySerializer(ConversionSerializer):
    steps = StepSerializer(many=True)
    previous = ConversionSerializer(required=False, help_text=PREVIOUS_HELP)


class WayGroupSerializer(WaySerializer):
    group = serializers.ChoiceField(GROUPS)
    value = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]


class FunnelSegmentSerializer(WaySerializer):
    name = serializers.CharField()
    size = serializers.IntegerField()
    breakdown = WayGroupSerializer(many=True, required=False, help_text=BREAKDOWN_HELP)


class FunnelResultSerializer(ResultSerializer):
    segments = FunnelSegmentSerializer(many=True)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Result",
        serializers={
            "segmentation": SegmentationResultSerializer,
            "funnel": FunnelResultSerializer,
        },
        resource_type_field_name="kind",
    )
)
class ResultField(serializers.JSONField):
    """A result, in the shape of its kind."""


class AnswerSerializer(serializers.Serializer[Any]):
    """`done` carries `result`, `failed` carries `error`, `pending` the `url` to ask again."""

    status = serializers.ChoiceField(["done", "failed", "pending"])
    result = ResultField(required=False)
    error = serializers.CharField(required=False)
    url = serializers.URLField(required=False)
