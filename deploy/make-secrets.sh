#!/bin/sh
# Random secrets for deploy/compose.yaml, one file each. What is there is kept: running it again changes nothing.
#   sh make-secrets.sh [folder]        the folder is `secrets` beside this script unless told
set -eu
folder="${1:-$(dirname "$0")/secrets}"
# The folder keeps other users of this machine out; the files are mounted into containers whose users are not ours.
mkdir -p "$folder"
chmod 700 "$folder"

keep() {
  [ -s "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"
  chmod 644 "$folder/$1"
}
random() {
  od -An -tx1 -N32 /dev/urandom | tr -d ' \n'
}

keep influx-user gongfu
keep influx-password "$(random)"
keep influx-token "$(random)"
keep mongodb-user gongfu
keep mongodb-password "$(random)"
keep mongodb-uri "mongodb://$(cat "$folder/mongodb-user"):$(cat "$folder/mongodb-password")@mongodb:27017/gongfu?authSource=admin"
echo "secrets are in $folder"
