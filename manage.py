#!/usr/bin/env python3
"""Django's command line, with this project's settings."""

import os
import sys

from django.core.management import execute_from_command_line


def data_folder(arguments: list[str]) -> str | None:
    """The value of `--data`, which the settings depend on and so has to be known before them."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--data="):
            return argument.removeprefix("--data=")
        if argument == "--data" and index + 1 < len(arguments):
            return arguments[index + 1]
    return None


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")
    if sys.argv[1:2] == ["up"] and (folder := data_folder(sys.argv[2:])):
        os.environ["MOMENTS_DATA"] = folder
    execute_from_command_line(sys.argv)
