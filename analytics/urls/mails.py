"""Pages of mails, alerts and annotations, and those behind the links in mails."""

from django.urls import path

from analytics.views import alerts, annotations, sent, stopping, subscriptions, webhooks

PROJECT = "p/<slug:slug>"

urlpatterns = [
    path(f"{PROJECT}/mails/", subscriptions.mails, name="mails"),
    path(f"{PROJECT}/mails/draft/", subscriptions.draft, name="mail-draft"),
    path(f"{PROJECT}/mails/draft/preview/", sent.draft, name="mail-draft-preview"),
    path(f"{PROJECT}/mails/<uuid:pk>/", subscriptions.subscription, name="subscription"),
    path(f"{PROJECT}/mails/<uuid:pk>/preview/", sent.preview, name="mail-preview"),
    path(f"{PROJECT}/mails/<uuid:pk>/send/", subscriptions.send, name="mail-send"),
    path(f"{PROJECT}/mails/<uuid:pk>/pause/", subscriptions.pause, name="mail-pause"),
    path(f"{PROJECT}/mails/<uuid:pk>/delete/", subscriptions.delete, name="mail-delete"),
    path(f"{PROJECT}/mails/sent/<uuid:pk>/", sent.sent, name="mail-sent"),
    path(f"{PROJECT}/deliveries/<uuid:pk>/again/", subscriptions.again, name="mail-again"),
    path(f"{PROJECT}/outbox/", sent.outbox, name="outbox"),
    path(f"{PROJECT}/outbox/<uuid:pk>/", sent.kept, name="kept-mail"),
    path(f"{PROJECT}/alerts/new/", alerts.new, name="alert-new"),
    path(f"{PROJECT}/alerts/<uuid:pk>/", alerts.alert, name="alert"),
    path(f"{PROJECT}/alerts/<uuid:pk>/delete/", alerts.delete, name="alert-delete"),
    path(f"{PROJECT}/annotations/", annotations.annotations, name="annotations"),
    path(f"{PROJECT}/annotations/<uuid:pk>/delete/", annotations.delete, name="annotation-delete"),
    path(f"{PROJECT}/webhooks/", webhooks.webhooks, name="webhooks"),
    path(f"{PROJECT}/webhooks/<uuid:pk>/trial/", webhooks.trial, name="webhook-trial"),
    path(f"{PROJECT}/webhooks/<uuid:pk>/delete/", webhooks.delete, name="webhook-delete"),
    path("mails/stop/<str:token>/", stopping.stop, name="mail-stop"),
    path("mails/confirm/<str:token>/", stopping.confirm, name="mail-confirm"),
]
