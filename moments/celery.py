"""The Celery application; tasks are found in each app's tasks.py."""

import os
import sys
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

app = Celery("moments")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# `up` runs worker and beat within itself, and sees to it that they can work.
app.in_one_process = False


def refuse_to_start(**_: Any) -> None:
    """A worker or a beat of its own that cannot work says so and ends."""
    if app.in_one_process:
        return
    # The checks need the apps, which are loaded by now and were not when this module was.
    refused = import_module("moments.checks").refused()
    if refused:
        sys.exit("\n".join(refused))


celeryd_init.connect(refuse_to_start)
beat_init.connect(refuse_to_start)


# The embedded worker of mails consumes by this one: an application has one set of queues.
mail_app = Celery("moments-mail", set_as_current=False)
mail_app.config_from_object("django.conf:settings", namespace="CELERY")
mail_app.autodiscover_tasks()
