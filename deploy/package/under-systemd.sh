#!/usr/bin/env bash
# The .deb of the gateway under a real systemd: a Debian 12 is booted in a container, the package installed there and used as
# deploy/docs/install-edge.md says. As root, with debootstrap and systemd-container; the network is needed for the first root only.
#   bash deploy/package/under-systemd.sh dist/gongfu-edge_0.1.0_amd64.deb [folder of the root, kept for the next time]
set -euo pipefail
deb=$(realpath "$1")
root=${2:-$(mktemp -d)/debian}
checkout=$(cd "$(dirname "$0")/../.." && pwd)
port=18502 status=18081 seen=0 nspawn= plant= drop=
work=$(mktemp -d)

trap end EXIT
end() {
  [ -z "$nspawn" ] || kill -RTMIN+4 "$(pgrep -P "$nspawn")" 2>/dev/null || true
  [ -z "$nspawn" ] || wait "$nspawn" || true
  [ -z "$plant" ] || kill "$plant" 2>/dev/null || true
  rm -rf "$work"
  [ -z "$drop" ] || rm -rf "$drop"
}
fail() { printf 'FAILED: %s\n' "$*" >&2; tail -n 20 "$work/console" >&2; exit 1; }
saw() { seen=$((seen + 1)); printf 'ok %d %s\n' "$seen" "$*"; }
inside() { nsenter -t "$(pgrep -P "$nspawn")" -m -u -i -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 bash -c "$*"; }
within() { # SECONDS WHAT CONDITION…
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do [ "$SECONDS" -lt "$end" ] || fail "$what"; sleep 0.5; done
  saw "$what"
}
property() { inside "systemctl show -p $1 --value gongfu-edge"; }
is() { [ "$(property "$1")" = "$2" ]; }
reads() { curl -fs "http://127.0.0.1:$status/healthz" | grep -q '"name":"press-1","driver":"modbus","state":"connected"'; }
detail() { curl -fs "http://127.0.0.1:$status/healthz" | grep -o "\"name\":\"$1\"[^}]*\"detail\":\"[^\"]*$2"; }
other() { [ "$(property MainPID)" != "$1" ] && [ "$(property MainPID)" != 0 ]; }

[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase \
  --include=systemd,systemd-sysv,dbus,ca-certificates bookworm "$root" >"$work/console"
[ -n "${2:-}" ] || drop=$(dirname "$root")
cp "$deb" "$root/root/gongfu-edge.deb"
# Device rules on the unified hierarchy are programs of the kernel, which a container may not load unless told.
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -D "$root" -M "gongfu-$$" -b --register=no --keep-unit --capability=all \
  --system-call-filter=bpf </dev/null >"$work/console" 2>&1 &
nspawn=$!
within 60 'a Debian with systemd is up' inside 'systemctl is-active multi-user.target'
node "$checkout/deploy/dist/demo/modbus-plant.js" --port $port --ledger "$work/plant" >"$work/plant.log" 2>&1 &
plant=$!

inside 'dpkg -P gongfu-edge' >>"$work/console" 2>&1 || true # what an interrupted run left
inside 'dpkg -i /root/gongfu-edge.deb' >>"$work/console" 2>&1 || fail 'dpkg -i'
is ActiveState inactive || fail 'something started by itself'
saw 'installed; nothing started by itself'
cat >"$root/etc/gongfu/edge.yaml" <<YAML
gateway: { name: under-systemd }
uplink: { url: "http://127.0.0.1:9" }
buffer: { path: /var/lib/gongfu-edge, maxBytes: 64MiB }
status: { port: $status }
sources:
  - { name: press-1, driver: modbus, host: 127.0.0.1, port: $port, interval: 250ms, tags: [{ name: a, address: "holding:0", type: uint16 }] }
  - { name: line, driver: modbus, serial: { path: /dev/ttyS7 }, interval: 1s, tags: [{ name: b, address: "holding:0", type: int16 }] }
  - { name: barred, driver: modbus, serial: { path: /dev/barred }, interval: 1s, tags: [{ name: c, address: "holding:0", type: int16 }] }
YAML
# A serial line without hardware, and a device everybody may open who is not kept from it.
inside 'mknod -m 660 /dev/ttyS7 c 4 71 && chgrp dialout /dev/ttyS7 && mknod -m 666 /dev/barred c 10 237'
inside 'echo GONGFU_CODE=ABCD > /etc/gongfu/edge.env && systemctl enable --now gongfu-edge' >>"$work/console" 2>&1 || fail 'systemctl start'
is ActiveState active || fail 'not active although systemctl came back'
saw "ready by its own word (Type=$(property Type))"
within 20 'the Modbus source is read' reads
within 20 'a serial line may be opened' detail line 'No such device or address\|Input/output error'
within 20 'another device may not, though its file says so' detail barred 'Operation not permitted'
pid=$(property MainPID)
inside "grep -q '^CapBnd:.0*\$' /proc/$pid/status && grep -q '^Seccomp:.2' /proc/$pid/status" || fail 'capabilities or no filter of system calls'
saw "$(inside 'systemd-analyze security gongfu-edge --no-pager --threshold=25' | tail -n 1 | sed 's/^[^A-Z]*//')"

inside 'sed -i s/250ms/500ms/ /etc/gongfu/edge.yaml && systemctl reload gongfu-edge' || fail 'a reload'
inside 'cp /etc/gongfu/edge.yaml /root/good.yaml && sed -i s/uint16/uint17/ /etc/gongfu/edge.yaml'
if inside 'systemctl reload gongfu-edge' >>"$work/console" 2>&1; then fail 'a wrong configuration was reloaded'; fi
inside "journalctl -u gongfu-edge -o cat | grep -q 'did you mean \"uint16\"'" || fail 'the journal does not say what is wrong'
is MainPID "$pid" && is ActiveState active || fail 'a reload ended the agent'
saw 'reloaded; a wrong configuration is refused in the journal, and the agent goes on'
inside 'cp /root/good.yaml /etc/gongfu/edge.yaml'

inside "kill -9 $pid"
within 20 'started again after kill -9' other "$pid"
within 20 'and reads' reads
pid=$(property MainPID)
inside "kill -STOP $pid"
within 90 'started again by the watchdog when it stood still for a minute' other "$pid"
inside "journalctl -u gongfu-edge -o cat | grep -q 'Watchdog timeout (limit 1min)'" || fail 'that was not the watchdog'
pid=$(property MainPID)
inside 'dpkg -i /root/gongfu-edge.deb' >>"$work/console" 2>&1 || fail 'the upgrade'
within 20 'an upgrade starts the new program' other "$pid"
inside 'cmp /etc/gongfu/edge.yaml /root/good.yaml' || fail 'an upgrade changed the configuration'

inside 'dpkg -r gongfu-edge' >>"$work/console" 2>&1
inside 'test -e /var/lib/private/gongfu-edge/buffer.mdb && ! systemctl is-active -q gongfu-edge' || fail 'removal'
inside 'dpkg -P gongfu-edge' >>"$work/console" 2>&1
inside 'test ! -e /var/lib/private/gongfu-edge -a ! -e /var/lib/gongfu-edge -a ! -e /etc/gongfu' || fail 'purge'
saw 'removed with its data kept, purged with nothing left'
printf '%d passed, 0 failed\n' "$seen"
