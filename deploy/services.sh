#!/bin/sh
# What the tests need beside Python: Postgres, Redis, Chromium, Node and the client libraries,
# through apt where it may.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v chromium >/dev/null || missing="$missing chromium"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"

if [ -z "$missing" ]; then
    :
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "The tests need:$missing. Install them, on Debian: sudo apt-get install$missing" >&2
    exit 1
fi

# The libraries that the tests run against the server, at the versions of the lock file.
cd "$(dirname "$0")/../tests/clients"
if ! cmp -s package-lock.json node_modules/.locked; then
    npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error
    cp package-lock.json node_modules/.locked
fi
