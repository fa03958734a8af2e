#!/usr/bin/env bash
# Fills a folder with what the containers of compose.yaml want: README.md beside this file.
set -euo pipefail
export LC_ALL=C
umask 077

misuse() { echo "setup.sh: $*" >&2; echo "usage: setup.sh FOLDER --host NAME [--gateway ID]… [--package pond-backend_….deb]" >&2; exit 2; }

[[ ${1:--} != -* ]] || misuse "name the folder first"
folder=$(realpath -m "$1") host='' package='' gateways=()
shift
while [ $# -gt 0 ]; do
    case "$1" in
        --host) host=${2:-}; shift ;;
        --gateway) gateways+=("${2:-}"); shift ;;
        --package) [ -r "${2:-}" ] || misuse "--package wants a file"; package=$2; shift ;;
        *) misuse "\"$1\" is not understood" ;;
    esac
    shift
done
[[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$ ]] || misuse "--host wants the name or address of this machine, not \"$host\""

deploy=$(cd "$(dirname "$0")/.." && pwd)
pki() { "$deploy/pki/pki.sh" --folder "$folder/pki" "$@"; }

# secret NAME: made once, shown nowhere.
secret() {
    [ -s "$folder/secrets/$1" ] || openssl rand -hex 24 >"$folder/secrets/$1"
    cat "$folder/secrets/$1"
}

# certificate NAME VERB…: once.
certificate() {
    local name=$1
    shift
    [ -d "$folder/pki/issued/$name/1" ] || pki "$@"
}

# newest NAME SUFFIX: a file of its newest certificate.
newest() {
    local number
    # shellcheck disable=SC2012 # Folders that are called 1, 2, 3.
    number=$(ls "$folder/pki/issued/$1" | sort -n | tail -n 1)
    cat "$folder/pki/issued/$1/$number/$1.$2"
}

# One name, which is in the broker's certificate and in every gateway: another one at the second run would let nobody in.
if [ -s "$folder/pki/issued/broker/1/names" ] && ! grep -qiE "(DNS|IP):${host//./\\.}(,|\$)" "$folder/pki/issued/broker/1/names"; then
    echo "setup.sh: $folder is filled for another name, $(cat "$folder/pki/issued/broker/1/names"): give that as --host, or fill another folder. Nothing was changed." >&2
    exit 1
fi
mkdir -p "$folder"/{secrets,mosquitto,backend,grafana/dashboards}
pki init
certificate broker server broker --san "$host" --san localhost
certificate pond-backend backend
for id in ${gateways[@]+"${gateways[@]}"}; do
    certificate "$id" gateway "$id"
done

cp "$deploy/compose/compose.yaml" "$folder/"
[ -z "$package" ] || cp "$package" "$folder/pond-backend.deb"
cat >"$folder/influxdb.env" <<TEXT
DOCKER_INFLUXDB_INIT_MODE=setup
DOCKER_INFLUXDB_INIT_USERNAME=admin
DOCKER_INFLUXDB_INIT_PASSWORD=$(secret influx-admin)
DOCKER_INFLUXDB_INIT_ORG=pond
DOCKER_INFLUXDB_INIT_BUCKET=pond
DOCKER_INFLUXDB_INIT_ADMIN_TOKEN=$(secret influx-token)
TEXT
cat >"$folder/grafana.env" <<TEXT
GF_SECURITY_ADMIN_PASSWORD=$(secret grafana)
POND_INFLUX_URL=http://influxdb:8086
POND_INFLUX_BUCKET=pond
POND_INFLUX_TOKEN=$(secret influx-token)
TEXT
cp "$deploy"/grafana/provisioning/datasources/influxdb-2.yaml "$deploy"/grafana/provisioning/dashboards/pondsentinel.yaml "$folder/grafana/"
cp "$deploy"/grafana/dashboards/*.json "$folder/grafana/dashboards/"
# Grafana reads as a user of its own.
chmod -R u=rwX,go=rX "$folder/grafana"

# The samples without the listener that knows passwords: backend and gateways come by certificate.
{
    sed -e '/^listener 1883/d; /^password_file/d; s:^persistence true:&\npersistence_location /mosquitto/data/:' "$deploy/mosquitto/pondsentinel.conf"
    cat "$deploy/mosquitto/pondsentinel-tls.conf"
} | sed -e '/^#/d' -e 's:/etc/mosquitto/\(certs/\|ca_certificates/\|\):/mosquitto/config/:' >"$folder/mosquitto/mosquitto.conf"
cp "$deploy/mosquitto/pondsentinel.acl" "$folder/mosquitto/"
cp "$folder/pki/ca/ca.pem" "$folder/mosquitto/pondsentinel.pem"
cp "$folder/pki/crl.pem" "$folder/mosquitto/pondsentinel-crl.pem"
newest broker pem >"$folder/mosquitto/broker.pem"
newest broker key >"$folder/mosquitto/broker.key"

cp "$folder/pki/ca/ca.pem" "$folder/backend/ca.pem"
newest pond-backend pem >"$folder/backend/pond-backend.pem"
newest pond-backend key >"$folder/backend/pond-backend.key"
# In its place whole or not at all, for what is there is yours and stays.
if [ ! -s "$folder/backend/backend.toml" ]; then
    POND_TOKEN=$(secret influx-token) awk '
    /^\[broker\]/ {
        print; print "host = \"127.0.0.1\""; print "tls = true"
        split("ca certificate key", keys, " "); split("ca.pem pond-backend.pem pond-backend.key", files, " ")
        for (i = 1; i <= 3; i++) print keys[i] " = \"/run/pond/" files[i] "\""
        inside = 1; next
    }
    /^# \[influx\]/ {
        print "[influx]"; print "url = \"http://127.0.0.1:8086\""; print "org = \"pond\""; print "bucket = \"pond\""
        print "token = \"" ENVIRON["POND_TOKEN"] "\""; inside = 1; next
    }
    /^$/ { inside = 0 }
    !inside { print }' "$deploy/backend.sample.toml" >"$folder/backend.toml.new"
    mv "$folder/backend.toml.new" "$folder/backend/backend.toml"
fi
echo "$folder is filled: cd $folder && docker compose up -d"
[ -e "$folder/pond-backend.deb" ] || echo "first bring the package there as pond-backend.deb"
