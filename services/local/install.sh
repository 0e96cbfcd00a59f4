#!/bin/sh
# Installs the locked dependencies into .venv. Needs nothing but a Python >= 3.11; touches nothing outside the project.
# Does nothing when they are there already.
set -eu
cd "$(dirname -- "$0")/../.."

stamp=.venv/.installed
wanted=$(cat pyproject.toml uv.lock services/local/install.sh | cksum)
oldest_uv=0.5

say() { echo "setup: $*" >&2; }

is_installed() {
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null
}

is_new_enough() { # PYTHON
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$name"; then
            # inside another virtual environment: the Python that it was made with
            "$name" -c 'import sys; print(getattr(sys, "_base_executable", None) or sys.executable)'
            return
        fi
    done
    say "no Python 3.11 or newer found: install one, then try again"
    return 1
}

uv_works() { # UV PYTHON: it runs and is not too old
    version=$("$1" --version 2>/dev/null) || return 1
    "$2" -c 'import re, sys
found, oldest = (tuple(map(int, re.findall(r"\d+", text)[:2])) for text in sys.argv[1:])
sys.exit(found < oldest)' "$version" "$oldest_uv" 2>/dev/null
}

get_uv() { # PYTHON: into .uv/, by way of a virtual environment or, where Python has none (Debian), of pip alone
    say "getting uv into .uv/"
    rm -rf .uv
    if "$1" -m venv .uv >/dev/null 2>&1; then
        .uv/bin/python -m pip install --quiet --disable-pip-version-check uv >&2
    elif rm -rf .uv && "$1" -m pip --version >/dev/null 2>&1; then
        "$1" -m pip install --quiet --disable-pip-version-check --target .uv uv >&2
    else
        say "this Python has neither venv nor pip: install python3-venv (or uv), then try again"
        return 1
    fi
}

sync() { # UV PYTHON
    say "installing the locked dependencies into .venv/"
    # compiled now: five processes that compile the same libraries at once would take ten seconds to start
    UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv \
        "$1" sync --quiet --frozen --all-extras --compile-bytecode --python "$2" >&2
}

is_installed && exit 0
python=$(find_python)
# a uv of this machine that cannot read our lock file is no reason to fail
if ! uv_works .uv/bin/uv "$python" && uv_works uv "$python" && sync uv "$python"; then
    :
else
    uv_works .uv/bin/uv "$python" || get_uv "$python"
    sync .uv/bin/uv "$python"
fi
echo "$wanted" >"$stamp"
