"""The shell as an app: its checks, and how long a request waits, are known from the start."""

from importlib import import_module

from django.apps import AppConfig


class MomentsConfig(AppConfig):
    name = "moments"

    def ready(self) -> None:
        for signals in ("people.audit", "people.sign_ins", "people.two_factor"):
            import_module(signals)
        import_module("moments.checks")
        import_module("moments.patience")
