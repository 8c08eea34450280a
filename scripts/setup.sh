#!/usr/bin/env bash
# Makes .venv as uv.lock says. `setup.sh` is enough to serve, `setup.sh dev` adds the tools for tests and checks,
# `setup.sh cluster` also Dask and Ray.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-run}
python=${PYTHON:-python3}

missing=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ "$kind" = dev ] && ! command -v chromium >/dev/null; then missing+=(chromium); fi
if [ ${#missing[@]} -gt 0 ]; then
    line="apt-get install --yes --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing from Debian: ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        $line >/dev/null 2>&1 || { apt-get update --quiet=2 && $line >/dev/null; }
    else
        echo "Missing on this machine: ${missing[*]}. Run this once, then try again:" >&2
        echo "    sudo $line" >&2
        exit 1
    fi
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Sextant needs Python 3.11 or newer; '$python' is $("$python" --version). Name another one: make PYTHON=python3.12" >&2
    exit 1
}

# An environment whose Python is gone, or that was moved here, is made anew.
.venv/bin/python -c 'import sys; sys.exit(sys.prefix != sys.argv[1])' "$PWD/.venv" 2>/dev/null || {
    echo "Making .venv"
    "$python" -m venv --clear --without-pip .venv
}
if ! test -x .venv/bin/uv; then
    # Python brings pip as a wheel that runs as it is; unpacking it first would take longer than all the rest.
    wheels="$("$python" -c 'import ensurepip; print(ensurepip.__path__[0])')/_bundled /usr/share/python-wheels"
    wheel=$(find $wheels -name 'pip-*.whl' 2>/dev/null | head -1 || true)
    test -n "$wheel" || .venv/bin/python -m ensurepip >/dev/null
    PYTHONPATH=$wheel .venv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.11,<0.15'
fi

unset VIRTUAL_ENV
export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON=.venv/bin/python UV_PYTHON_DOWNLOADS=never
echo "Installing what uv.lock lists"
if [ "$kind" = dev ]; then
    .venv/bin/uv sync --frozen --inexact --quiet --extra forecast
    touch .venv/.ready-dev
elif [ "$kind" = cluster ]; then
    .venv/bin/uv sync --frozen --inexact --quiet --extra forecast --extra cluster
    touch .venv/.ready-cluster
else
    # Without the extra forecasts are made by the light default, which is no reason not to start.
    .venv/bin/uv sync --frozen --inexact --quiet --no-dev --extra forecast || {
        echo "The extra 'forecast' cannot be had here: forecasts are made by the light default."
        .venv/bin/uv sync --frozen --inexact --quiet --no-dev
    }
fi
touch .venv/.ready
