#!/usr/bin/env bash
# Gets the gateways `npm run bench -- edge-peers` is measured beside, each once, into a folder named by its version where the test
# servers lie too (GONGFU_SERVERS, or gongfu-servers in the user's cache). Nothing is installed in the system and no test needs
# them; a gateway that is missing is named in the results. The broker of ThingsBoard's gateway is the system's mosquitto.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${GONGFU_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gongfu-servers}
mkdir -p "$cache"

thingsboard_gateway() {
  local folder=$cache/thingsboard-gateway-3.8.5
  [ -x "$folder/bin/thingsboard-gateway" ] && return 0
  command -v python3 >/dev/null || { echo "peers: no ThingsBoard gateway, there is no Python on this machine" >&2; return 0; }
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check thingsboard-gateway==3.8.5
  echo "peers: ThingsBoard's gateway is in $folder"
}

bash "$here/../../../test/kit/servers/build.sh" telegraf
thingsboard_gateway
