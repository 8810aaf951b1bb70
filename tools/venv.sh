#!/bin/sh
# Makes .venv with everything that runs and tests the program, at the versions of constraints.txt.
# Called by make when pyproject.toml or constraints.txt is newer than .venv/.ready. PYTHON names an interpreter to use.
set -eu

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

python= bare=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    suitable "$candidate" || continue
    bare=${bare:-$candidate}
    if has_venv "$candidate"; then
        python=$candidate
        break
    fi
done

if [ -z "$bare" ]; then
    found=$( (${PYTHON:-python3} --version) 2>/dev/null || echo "no ${PYTHON:-python3}")
    echo "Shiftledger needs Python 3.11, 3.12 or 3.13; here is $found." >&2
    echo "Install one of them, or name it: make venv PYTHON=python3.12" >&2
    exit 1
fi

if ! { suitable .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    if [ -z "$python" ]; then
        echo "Python's venv module is missing. Install it, then call make again:" >&2
        echo "    apt install $(basename "$bare")-venv" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
fi

echo "Installing the packages of constraints.txt into .venv (once) ..."
install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$@"; }
install hatchling editables setuptools # what builds a package that comes as source only
install --no-build-isolation --editable '.[dev]'
touch .venv/.ready
