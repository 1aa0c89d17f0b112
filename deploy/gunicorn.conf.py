"""gunicorn, the web server of production: gunicorn -c deploy/gunicorn.conf.py moments.wsgi"""

import os
import subprocess
import sys

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
# The server of `up`: one loop reads what clients send, and threads, which wait for the database and
# the store, are given whole requests. No process is forked from one that holds an engine.
worker_class = "moments.serving.Worker"
threads = int(os.environ.get("WEB_THREADS", "8"))
preload_app = False
timeout = 60
graceful_timeout = 30
# Its own log names routes, where this one would name addresses with people in them.
accesslog = None
max_requests = 20_000
max_requests_jitter = 2_000


def on_starting(server: object) -> None:  # noqa: ARG001
    """In a process of its own, so that nothing is open when workers are forked."""
    checked = subprocess.run([sys.executable, "-m", "moments", "doctor", "--start"], check=False)
    if checked.returncode:
        sys.exit(1)
