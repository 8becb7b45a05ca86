#!/bin/sh
# sh scripts/venv.sh PYTHON EXTRAS: make .venv with this project in it, at the pinned versions.
set -eu
python=$1
extras=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "preceptor needs Python 3.11 or newer; $python is $("$python" --version 2>&1)." >&2
    echo "Give another one: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    sh "$(dirname "$0")/system_packages.sh" python3-venv
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e "$extras"
case $extras in
*dev*)
    # of these only a part is used, which needs nothing of what they ask for
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps \
        axe-playwright-python pyautoattack
    ;;
esac
