#!/usr/bin/env python3
"""Django's command line, with this project's settings."""

from moments.__main__ import main

if __name__ == "__main__":
    main()
