#!/bin/sh
# Installs the independent protocol clients the truth tests compare with, into .cache/python of the checkout.
# Repeatable: does nothing when the pinned versions are there.
set -eu
cd "$(dirname "$0")/../.."
pins='pymodbus==3.16.1 asyncua==2.1.0'
python=.cache/python/bin/python
if [ ! -x "$python" ]; then
  python3 -m venv .cache/python
fi
if "$python" - <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version
try:
    sys.exit(0 if (version("pymodbus"), version("asyncua")) == ("3.16.1", "2.1.0") else 1)
except PackageNotFoundError:
    sys.exit(1)
PY
then
  exit 0
fi
# shellcheck disable=SC2086 # a list of words on purpose
"$python" -m pip install --quiet --disable-pip-version-check $pins
