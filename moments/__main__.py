"""The command line: `moments`, `python -m moments` and `manage.py` are the same."""

import os
import sys

from django.core.management import execute_from_command_line

from moments import __version__


def data_folder(arguments: list[str]) -> str | None:
    """The value of `--data`, which the settings depend on and so has to be known before them."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--data="):
            return argument.removeprefix("--data=")
        if argument == "--data" and index + 1 < len(arguments):
            return arguments[index + 1]
    return None


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")
    if sys.argv[1:] in (["version"], ["--version"]):
        print(__version__)  # noqa: T201 - Django would tell its own
        return
    if sys.argv[1:2] == ["up"] and (folder := data_folder(sys.argv[2:])):
        os.environ["MOMENTS_DATA"] = folder
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
