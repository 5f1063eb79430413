#!/usr/bin/env bash
# Gets the stores `npm run bench -- stores` is measured beside, each once, into a folder named by its version where the test
# servers lie too (GONGFU_SERVERS, or gongfu-servers in the user's cache). Nothing is installed in the system and no test needs
# them; a store that is missing is named in the results. InfluxDB is built by test/kit/servers/build.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${GONGFU_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gongfu-servers}
mkdir -p "$cache"

without() {
  echo "peers: no $1, there is no $2 on this machine" >&2
}

victoria_metrics() {
  local folder=$cache/victoria-metrics-1.79.5 made
  [ -x "$folder/victoria-metrics" ] && return 0
  command -v apt-get >/dev/null || { without VictoriaMetrics apt-get; return 0; }
  made=$(mktemp -d)
  # Unpacked, not installed: the package would start a service.
  (cd "$made" && apt-get download -qq victoria-metrics && dpkg-deb -x victoria-metrics_1.79.5*.deb .)
  mkdir -p "$folder"
  mv "$made/usr/bin/victoria-metrics" "$folder/"
  rm -rf "$made"
  echo "peers: VictoriaMetrics is in $folder"
}

questdb() {
  local folder=$cache/questdb-9.1.0
  [ -f "$folder/questdb-9.1.0.jar" ] && return 0
  command -v java >/dev/null || { without QuestDB Java; return 0; }
  command -v mvn >/dev/null || { without QuestDB Maven; return 0; }
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=org.questdb:questdb:9.1.0 -DoutputDirectory="$folder"
  echo "peers: QuestDB is in $folder"
}

bash "$here/../../../test/kit/servers/build.sh" influxdb
victoria_metrics
questdb
