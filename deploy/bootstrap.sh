#!/bin/sh
# An environment of the project's own with uv in it: bootstrap.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Moments needs Python 3.11 or newer as '$python'; name another with 'make PYTHON=…'." >&2
    exit 1
fi

# Debian splits venv off; without it there is no pip either.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    else
        echo "Python's venv is missing. Install it, on Debian: apt-get install python3-venv" >&2
        exit 1
    fi
fi

[ -x "$folder/bin/pip" ] || "$python" -m venv "$folder"
[ -x "$folder/bin/uv" ] || "$folder/bin/pip" install --quiet --disable-pip-version-check 'uv>=0.9'
