#!/usr/bin/env bash
# Fills a folder with what the containers of compose.yaml want: README.md beside this file.
set -euo pipefail
export LC_ALL=C
umask 077

misuse() { echo "setup.sh: $*" >&2; echo "usage: setup.sh FOLDER --host NAME [--gateway ID]… [--package pond-backend_….deb]" >&2; exit 2; }

[[ ${1:--} != -* ]] || misuse "name the folder first"
folder=$(realpath -m "$1") host='' package='' gateways=() refused=0
shift
while [ $# -gt 0 ]; do
    case "$1" in
        --host) host=${2:-}; shift ;;
        --gateway) gateways+=("${2:-}"); shift ;;
        --package) [ -r "${2:-}" ] || misuse "--package: there is no file \"${2:-}\"; deploy/packages/build.sh pond-backend:amd64 makes it, in artifacts/packages"; package=$2; shift ;;
        *) misuse "\"$1\" is not understood" ;;
    esac
    shift
done
# In an address of a page an IPv6 address has brackets, elsewhere none.
[[ ! $host =~ ^\[(.*:.*)\]$ ]] || host=${BASH_REMATCH[1]}
[[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$ ]] || misuse "--host wants the name or address of this machine, not \"$host\""

for id in ${gateways[@]+"${gateways[@]}"}; do
    [[ $id =~ ^[a-z0-9-]{1,32}$ ]] || misuse "--gateway wants its id, 1 to 32 of a-z, 0-9 and -, not \"$id\""
    [[ ! $id =~ ^(broker|pond-backend)$ ]] || misuse "a gateway cannot be called $id: a certificate of this machine is"
done

deploy=$(cd "$(dirname "$0")/.." && pwd)
pki() { "$deploy/pki/pki.sh" --folder "$folder/pki" "$@"; }

# secret NAME: made once, shown nowhere.
secret() {
    if [ ! -s "$folder/secrets/$1" ]; then
        openssl rand -hex 24 >"$folder/secrets/$1.new"
        mv "$folder/secrets/$1.new" "$folder/secrets/$1"
    fi
    cat "$folder/secrets/$1"
}

# put FILE: what comes in, whole; where nothing does, what was there stays and all ends.
put() {
    cat >"$1.new"
    [ -s "$1.new" ] || { rm "$1.new"; echo "setup.sh: there is nothing to write into $1, which stays as it was: mend what is said above, then run this again" >&2; exit 1; }
    mv "$1.new" "$1"
}

# certificate NAME VERB…: once.
certificate() {
    local name=$1
    shift
    [ -d "$folder/pki/issued/$name/1" ] || pki "$@"
    newest "$name" pem >/dev/null || refused=1
}

# newest NAME SUFFIX: a file of its newest certificate that is not revoked.
newest() {
    local number place
    # shellcheck disable=SC2010,SC2012 # Folders that are called 1, 2, 3.
    for number in $(ls "$folder/pki/issued/$1" 2>/dev/null | grep -x '[0-9]*' | sort -rn); do
        place=$folder/pki/issued/$1/$number/$1
        [ ! -e "$folder/pki/revoked/$(openssl x509 -in "$place.pem" -noout -serial | cut -d = -f 2)" ] || continue
        cat "$place.$2"
        return 0
    done
    echo "setup.sh: all certificates of $1 are revoked; for a further one: deploy/pki/pki.sh --folder $folder/pki renew $1" >&2
    return 1
}

# One name, which is in the broker's certificate and in every gateway: another one at the second run would let nobody in.
if [ -s "$folder/pki/issued/broker/1/names" ] && ! grep -qiE "(DNS|IP):${host//./\\.}(,|\$)" "$folder/pki/issued/broker/1/names"; then
    echo "setup.sh: $folder is filled for another name, $(cat "$folder/pki/issued/broker/1/names"): give that as --host, or fill another folder. Nothing was changed." >&2
    exit 1
fi
mkdir -p "$folder"/{secrets,mosquitto,backend,grafana/dashboards}
# Nobody else of this machine comes in; what stands in it is of users of the containers.
chmod 700 "$folder"
for name in influx-admin influx-token grafana; do
    secret "$name" >/dev/null
done
pki init
certificate broker server broker --san "$host" --san localhost
certificate pond-backend backend
for id in ${gateways[@]+"${gateways[@]}"}; do
    certificate "$id" gateway "$id"
done

cp "$deploy/compose/compose.yaml" "$folder/"
[ -z "$package" ] || cp "$package" "$folder/pond-backend.deb"
put "$folder/influxdb.env" <<TEXT
DOCKER_INFLUXDB_INIT_MODE=setup
DOCKER_INFLUXDB_INIT_USERNAME=admin
DOCKER_INFLUXDB_INIT_PASSWORD=$(secret influx-admin)
DOCKER_INFLUXDB_INIT_ORG=pond
DOCKER_INFLUXDB_INIT_BUCKET=pond
DOCKER_INFLUXDB_INIT_ADMIN_TOKEN=$(secret influx-token)
TEXT
put "$folder/grafana.env" <<TEXT
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
} | sed -e '/^#/d' -e 's:/etc/mosquitto/\(certs/\|ca_certificates/\|\):/mosquitto/config/:' | put "$folder/mosquitto/mosquitto.conf"
put "$folder/mosquitto/pondsentinel.acl" <"$deploy/mosquitto/pondsentinel.acl"
put "$folder/mosquitto/pondsentinel.pem" <"$folder/pki/ca/ca.pem"
put "$folder/mosquitto/pondsentinel-crl.pem" <"$folder/pki/crl.pem"
newest broker pem | put "$folder/mosquitto/broker.pem"
newest broker key | put "$folder/mosquitto/broker.key"
# Mosquitto reads all of it as a user of its own, 1883, of a mount that nobody writes to.
chmod -R u=rwX,go=rX "$folder/mosquitto"

put "$folder/backend/ca.pem" <"$folder/pki/ca/ca.pem"
newest pond-backend pem | put "$folder/backend/pond-backend.pem"
newest pond-backend key | put "$folder/backend/pond-backend.key"
# Whose end the backend tells of ahead, beside its own.
newest broker pem | put "$folder/backend/broker.pem"
put "$folder/backend/crl.pem" <"$folder/pki/crl.pem"
# In its place whole or not at all, for what is there is yours and stays.
if [ ! -s "$folder/backend/backend.toml" ]; then
    POND_TOKEN=$(secret influx-token) awk '
    /^\[broker\]/ {
        print; print "host = \"localhost\""; print "tls = true"
        split("ca certificate key", keys, " "); split("ca.pem pond-backend.pem pond-backend.key", files, " ")
        for (i = 1; i <= 3; i++) print keys[i] " = \"/run/pond/" files[i] "\""
        inside = 1; next
    }
    /^# \[influx\]/ {
        print "[influx]"; print "url = \"http://127.0.0.1:8086\""; print "org = \"pond\""; print "bucket = \"pond\""
        print "token = \"" ENVIRON["POND_TOKEN"] "\""; inside = 1; next
    }
    /^# \[certificates\]/ { print "[certificates]"; print "files = [\"/run/pond/broker.pem\", \"/run/pond/crl.pem\"]"; inside = 1; next }
    /^$/ { inside = 0 }
    !inside { print }' "$deploy/backend.sample.toml" | put "$folder/backend/backend.toml"
fi
if grep -q '^host = "127.0.0.1"' "$folder/backend/backend.toml"; then
    echo "setup.sh: $folder/backend/backend.toml is yours and stays, but the broker's certificate is not for 127.0.0.1: write host = \"localhost\" into [broker]" >&2
    refused=1
fi
echo "$folder is filled: cd $folder && docker compose up -d"
[ -e "$folder/pond-backend.deb" ] || echo "first bring the package there as pond-backend.deb"
exit "$refused"
