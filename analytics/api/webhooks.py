"""Webhooks through the API, for owners: what there is, a new one, a trial, its calls, an end."""

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.models.webhooks import LONGEST_URL, MOST_WEBHOOKS, Webhook, WebhookCall
from people.api.access import project_of, signed_in
from people.api.bodies import Exact, Text
from people.api.listing import Listing, Part, or_never
from people.api.viewsets import OfProject
from people.outside import NotOutside, NotTaken, Target


class WebhookSerializer(Exact, serializers.ModelSerializer[Webhook]):
    """An address that is called for every alert and delivery."""

    url = Text(
        max_length=LONGEST_URL,
        help_text="Where, as `https://hooks.example.com/moments`; nothing inside the network that "
        "this runs in.",
    )

    class Meta:
        model = Webhook
        fields = ["id", "url", "format", "created_at"]
        read_only_fields = ["created_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses."},
            "format": {"help_text": "All that is known, as JSON; or a message as Slack takes it."},
            "created_at": {"help_text": "When it was made."},
        }

    def validate_url(self, url: str) -> str:
        try:
            Target.of(url)
        except (NotOutside, NotTaken) as error:
            raise serializers.ValidationError(str(error)) from error
        return url


class NewWebhookSerializer(WebhookSerializer):
    """A webhook with its secret, as it is shown once."""

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = [*WebhookSerializer.Meta.read_only_fields, "secret"]
        extra_kwargs = WebhookSerializer.Meta.extra_kwargs | {
            "secret": {"help_text": "By which its calls are signed; it is not shown again."}
        }


class WebhookList(Listing):
    """Which webhooks."""

    q = Part(required=False, source="url__icontains", help_text="A part of the address.")


class CallSerializer(serializers.ModelSerializer[WebhookCall]):
    """One message to a webhook, and what became of it."""

    about = serializers.CharField(
        source="mailing.title", default=None, help_text="The mail that it tells of; null: a trial."
    )

    class Meta:
        model = WebhookCall
        fields = ["id", "about", "state", "tries", "error", "created_at", "finished_at"]
        extra_kwargs = {
            "id": {"help_text": "`Moments-Delivery` of its request."},
            "state": {"help_text": "Still due, taken, or given up."},
            "tries": {"help_text": "How often it was sent."},
            "error": {"help_text": "Why it was not taken the last time; empty where it was."},
            "created_at": {"help_text": "When it became due."},
            "finished_at": {"help_text": "When it was taken or given up; null while it is due."},
        }


class CallList(Listing):
    """Which calls of a webhook."""

    orders = {**Listing.orders, "finished_at": or_never("finished_at")}
    state = serializers.ChoiceField(
        WebhookCall.State.choices, required=False, help_text="Those that are so far."
    )


class WebhookViewSet(OfProject[Webhook]):
    """Addresses of programs; only owners see and change them."""

    queryset = Webhook.objects.all()
    serializer_class = WebhookSerializer
    listing = WebhookList
    shows_once = True
    only_owners_read = True
    for_owners = True

    def list(self, _request: Request, **_: object) -> Response:
        """List webhooks, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(WebhookSerializer(page or [], many=True).data)

    @extend_schema(responses={201: NewWebhookSerializer})
    def create(self, request: Request, **_: object) -> Response:
        """Make a webhook; its secret is shown this once."""
        given = WebhookSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            if self.get_queryset().count() >= MOST_WEBHOOKS:
                text = f"A project has at most {MOST_WEBHOOKS} webhooks. Delete one first."
                raise serializers.ValidationError({"": [text]})
            made = given.save(project=project_of(self), created_by=signed_in(request))
        return Response(NewWebhookSerializer(made).data, status.HTTP_201_CREATED)

    def retrieve(self, _request: Request, **_: object) -> Response:
        """Show a webhook, but for its secret."""
        return Response(WebhookSerializer(self.get_object()).data)

    def destroy(self, _request: Request, **_: object) -> Response:
        """Delete a webhook, and what it was told."""
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class CallViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[WebhookCall]):
    """What became of the calls of one webhook."""

    queryset = WebhookCall.objects.none()
    serializer_class = CallSerializer
    listing = CallList
    only_owners_read = True
    for_owners = True
    summaries = {"list": "List what became of each call, newest first."}

    @property
    def webhook(self) -> Webhook:
        return get_object_or_404(project_of(self).webhooks, pk=self.kwargs["pk"])

    def get_queryset(self) -> QuerySet[WebhookCall]:
        return self.webhook.calls.select_related("mailing")

    @extend_schema(request=None, responses={202: CallSerializer})
    def create(self, _request: Request, **_: object) -> Response:
        """Call a webhook once for a trial, to see that it arrives."""
        made = WebhookCall.objects.create(webhook=self.webhook)
        return Response(CallSerializer(made).data, status.HTTP_202_ACCEPTED)
