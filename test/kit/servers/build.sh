#!/usr/bin/env bash
# Builds the servers the suites of the production backends run against, each once, into a folder named by its version:
# GONGFU_SERVERS, or gongfu-servers in the user's cache. `build.sh ferretdb telegraf`; without names all.
# A machine without Go (or, for InfluxDB, Rust) is told so and goes on; with GONGFU_REQUIRE_SERVERS=1 that is a failure.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${GONGFU_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gongfu-servers}

without() {
  echo "servers: $1 is not built, there is no $2 on this machine: its suites are skipped" >&2
  [ "${GONGFU_REQUIRE_SERVERS:-}" = 1 ] && exit 1
  return 0
}

# The version is the one the module file names, so that there is one place to change it.
version_of() {
  awk -v module="$2" '{ sub(/^require /, "") } $1 == module { print substr($2, 2); exit }' "$here/$1/go.mod"
}

# A half-built folder never gets the name that is looked for.
keep() {
  mkdir -p "$cache"
  rm -rf "$3"
  mv "$2" "$3"
  echo "servers: $1 is in $3"
}

ferretdb() {
  local folder
  folder=$cache/ferretdb-$(version_of ferretdb github.com/FerretDB/FerretDB)
  [ -x "$folder/ferretdb" ] && return 0
  command -v go >/dev/null || { without FerretDB Go; return 0; }
  local made
  made=$(mktemp -d)
  (cd "$here/ferretdb" && go build -o "$made/ferretdb" .)
  keep FerretDB "$made" "$folder"
}

influxdb() {
  local folder
  folder=$cache/influxdb-$(version_of influxdb github.com/influxdata/influxdb/v2)
  [ -x "$folder/influxd" ] && return 0
  command -v go >/dev/null || { without InfluxDB Go; return 0; }
  command -v cargo >/dev/null || { without InfluxDB Rust; return 0; }
  local made tools
  made=$(mktemp -d)
  tools=$(mktemp -d)
  # This pkg-config builds Flux, which is written in Rust, when the compiler asks for it.
  GOBIN=$tools go install github.com/influxdata/pkg-config@v0.2.14
  # Flux asks for an old compiler and refuses the warnings of newer ones; flags do not reach its build scripts, a wrapper does.
  cat >"$tools/rustc-capped" <<'WRAPPER'
#!/bin/sh
case " $* " in *" --cap-lints"*) exec "$@" ;; *) exec "$@" --cap-lints=warn ;; esac
WRAPPER
  chmod +x "$tools/rustc-capped"
  (
    cd "$here/influxdb"
    export PKG_CONFIG=$tools/pkg-config RUSTUP_TOOLCHAIN=stable RUSTC_WRAPPER=$tools/rustc-capped
    go build -tags sqlite_foreign_keys,sqlite_json -o "$made/influxd" github.com/influxdata/influxdb/v2/cmd/influxd
  )
  rm -rf "$tools"
  keep InfluxDB "$made" "$folder"
}

# Only what the tests and benches need of its four hundred parts, in its own sources as the module has them. A folder of other
# parts is built anew.
telegraf() {
  local folder made sources parts=custom,inputs.modbus,inputs.opcua_listener,outputs.discard,outputs.influxdb_v2
  folder=$cache/telegraf-$(version_of telegraf github.com/influxdata/telegraf)
  [ -x "$folder/telegraf" ] && [ "$(cat "$folder/parts" 2>/dev/null)" = "$parts" ] && return 0
  command -v go >/dev/null || { without Telegraf Go; return 0; }
  made=$(mktemp -d)
  sources=$(cd "$here/telegraf" && go mod download -json github.com/influxdata/telegraf | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
  (cd "$sources" && go build -tags "$parts" -o "$made/telegraf" ./cmd/telegraf)
  echo "$parts" >"$made/parts"
  keep Telegraf "$made" "$folder"
}

[ $# -gt 0 ] || set -- ferretdb influxdb telegraf
for server in "$@"; do
  case $server in
    ferretdb | influxdb | telegraf) "$server" ;;
    *) echo "servers: there is no $server; known are ferretdb, influxdb and telegraf" >&2; exit 2 ;;
  esac
done
