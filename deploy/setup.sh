#!/usr/bin/env bash
# Makes a Debian machine the backend: broker, InfluxDB, Alertmanager, nginx, pond-backend. README.md beside this file tells of it.
set -euo pipefail
# What a pipe ends in is of this shell: it notes what was changed.
shopt -s lastpipe
export LC_ALL=C
umask 077

usage() {
    cat <<'TEXT'
setup.sh --host NAME [--gateway ID]… [--package FILE.deb] [--dry-run] [--root FOLDER]

  --host NAME       what gateways and browsers call this machine by: a name or an address
  --gateway ID      makes a certificate for this gateway and says what to do there; as often as there are gateways
  --package FILE    the package pond-backend, where it is not installed yet
  --dry-run         show what would be changed, change nothing
  --root FOLDER     change a copy of the system in FOLDER, run no commands of that system
  --help            this text

Every secret is made here and is another on every machine; none is shown. The same command twice changes nothing the second
time. A configuration of yours is never written over. Exit code 0: all is as asked for; 1: something was refused; 2: misuse.
TEXT
}

misuse() { echo "setup.sh: $*" >&2; usage >&2; exit 2; }

dry=0 root='' host='' package='' refused=0 changed=0 gateways=() restart=() sites=()
while [ $# -gt 0 ]; do
    case "$1" in
        --host) host=${2:-}; shift ;;
        --gateway) gateways+=("${2:-}"); shift ;;
        --package) [ -r "${2:-}" ] || misuse "--package: there is no file \"${2:-}\"; deploy/packages/build.sh pond-backend:amd64 makes it, in artifacts/packages"; package=$(realpath "$2"); shift ;;
        --dry-run) dry=1 ;;
        --root) [ -d "${2:-}" ] || misuse "--root wants a folder"; root=$(realpath "$2"); shift ;;
        --help | -h) usage; exit 0 ;;
        *) misuse "\"$1\" is not understood" ;;
    esac
    shift
done
# In an address of a page an IPv6 address has brackets, elsewhere none.
[[ ! $host =~ ^\[(.*:.*)\]$ ]] || host=${BASH_REMATCH[1]}
[[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$ ]] || misuse "--host wants the name or address of this machine, not \"$host\""
for gateway in ${gateways[@]+"${gateways[@]}"}; do
    [[ $gateway =~ ^[a-z0-9-]{1,32}$ ]] || misuse "--gateway wants its id, 1 to 32 of a-z, 0-9 and -, not \"$gateway\""
    [[ ! $gateway =~ ^(broker|web|pond-backend)$ ]] || misuse "a gateway cannot be called $gateway: a certificate of this machine is"
done
[ "$dry" = 1 ] || [ -n "$root" ] || [ "$(id -u)" = 0 ] || { echo "setup.sh: run it as root, or with --dry-run" >&2; exit 2; }
for tool in openssl mktemp diff; do
    command -v "$tool" >/dev/null || { echo "setup.sh: $tool is missing: sudo apt install openssl diffutils" >&2; exit 2; }
done

called=$host
[[ $host != *:* ]] || called="[$host]"
here=$(cd "$(dirname "$0")" && pwd)
etc=$root/etc
secrets=$etc/pondsentinel/secrets
pki=$etc/pondsentinel/pki
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refuse() { echo "! $*" >&2; refused=1; }
real() { [ "$dry" = 0 ] && [ -z "$root" ]; }

# run COMMAND…: on this machine alone, and only where something is to be done.
run() {
    if real; then
        echo "+ $*"
        "$@"
    else
        echo "would run: $*"
    fi
}

# owner FILE USER:GROUP: where there is such a user; a copy of a system may not have it.
owner() {
    [ "$dry" = 1 ] || [ -n "$root" ] || chown "$2" "$1"
}

# due UNIT: it is to be started anew; also by the next run, where this one ends before.
due() {
    restart+=("$1")
    [ "$dry" = 0 ] || return 0
    install -d -m 755 "$etc/pondsentinel"
    install -d -m 700 "$etc/pondsentinel/due"
    : >"$etc/pondsentinel/due/$1"
}

# write FILE MODE OWNER [UNIT]: the file gets what comes in, where it has something else; what others may read is shown as a
# difference. UNIT is started anew for it. What was there at the very first stays beside it.
write() {
    local file=$1 mode=$2 new=$work/new
    cat >"$new"
    # Whatever should have said what goes there has failed.
    [ -s "$new" ] || { echo "setup.sh: there is nothing to write into ${file#"$root"}, which stays as it was: mend what is said above, then run this again" >&2; exit 1; }
    if cmp -s "$new" "$file"; then
        return 0
    fi
    changed=1
    case $mode in
        *4) diff -u --label "${file#"$root"}" --label "${file#"$root"}" "$([ -e "$file" ] && echo "$file" || echo /dev/null)" "$new" || true ;;
        *) echo "${file#"$root"}: written, not shown: it holds a secret" ;;
    esac
    [ $# -lt 4 ] || due "$4"
    [ "$dry" = 0 ] || return 0
    install -d -m 755 "$(dirname "$file")"
    [ ! -e "$file" ] || [ -e "$file.before-pondsentinel" ] || cp -p "$file" "$file.before-pondsentinel"
    # In its place at once: whatever ends this leaves the old one or the new one.
    cp "$new" "$file.new"
    chmod "$mode" "$file.new"
    owner "$file.new" "$3"
    mv "$file.new" "$file"
}

# secret NAME: what only this machine knows; made once. In a dry run a stand-in.
secret() {
    local file=$secrets/$1
    if [ ! -s "$file" ] && [ "$dry" = 0 ]; then
        install -d -m 755 "$etc/pondsentinel"
        install -d -m 700 "$secrets"
        openssl rand -hex 24 >"$file.new"
        mv "$file.new" "$file"
    fi
    [ ! -s "$file" ] || { cat "$file"; return 0; }
    echo "not-made-in-a-dry-run"
}

make_secrets() {
    local name
    for name in mqtt influx-admin influx influx-grafana proxy; do
        [ -s "$secrets/$name" ] || { changed=1; echo "/etc/pondsentinel/secrets/$name: a new secret"; }
        secret "$name" >/dev/null
    done
}

# A machine has one name, which is in its certificates and in every gateway: another one at the second run would leave a page and a
# broker that nobody takes for what they are. Refused before anything is changed.
one_name() {
    local name pem check=-checkhost
    [[ ! $host =~ ^[0-9.]+$|: ]] || check=-checkip
    for name in broker web; do
        [ -n "$(number "$name")" ] || continue
        pem=$(newest "$name" pem | openssl x509 -noout -ext subjectAltName "$check" "$host" || true)
        [[ $pem == *"does NOT match"* ]] || continue
        cat >&2 <<TEXT
setup.sh: this machine is set up by another name: its certificate "$name" is not for $host but for
$(echo "$pem" | sed -n 's/^ */  /; /DNS:\|IP Address:/p')
Nothing was changed. Give that name as --host; or, for the new name,
  1. take the old ones back, for their keys are good for years: sudo deploy/pki/pki.sh --folder /etc/pondsentinel/pki revoke broker
     and the same with revoke web
  2. sudo mkdir -p /etc/pondsentinel/pki/former && sudo mv /etc/pondsentinel/pki/issued/broker /etc/pondsentinel/pki/issued/web /etc/pondsentinel/pki/former/
  3. write hosts = ["$host"] into [web] of /etc/pondsentinel/backend.toml
  4. run this again, then sudo systemctl restart pond-backend
  5. write host = "$host" into [uplink] of each gateway, which until then keeps its values in its buffer
TEXT
        exit 1
    done
}

packages() {
    local missing=() name
    for name in mosquitto influxdb prometheus-alertmanager nginx-light openssl curl; do
        if [ -n "$root" ]; then
            [ -e "$root/var/lib/dpkg/info/$name.list" ] || missing+=("$name")
        elif ! dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed'; then
            missing+=("$name")
        fi
    done
    if [ ${#missing[@]} -gt 0 ]; then
        run apt-get update
        run env DEBIAN_FRONTEND=noninteractive apt-get -y install --no-install-recommends "${missing[@]}"
    fi
    if [ -e "$root/usr/bin/pond-backend" ]; then
        return 0
    elif [ -n "$package" ]; then
        run env DEBIAN_FRONTEND=noninteractive apt-get -y install "$package"
    elif real; then
        echo "setup.sh: pond-backend is not installed; name its package with --package FILE.deb (deploy/packages/build.sh pond-backend:amd64 makes it, in artifacts/packages)" >&2
        exit 1
    fi
}

# Certificates come of deploy/pki, which makes nothing twice.
certificates() {
    local id
    if [ "$dry" = 1 ]; then
        [ -e "$pki/ca/ca.pem" ] || { changed=1; echo "/etc/pondsentinel/pki: a new authority, certificates for broker and page${gateways[*]:+, ${gateways[*]}}"; }
        return 0
    fi
    install -d -m 755 "$etc/pondsentinel"
    "$here/pki/pki.sh" --folder "$pki" init >"$work/pki"
    certificate broker server broker --san "$host" --san localhost
    certificate web server web --san "$host"
    for id in ${gateways[@]+"${gateways[@]}"}; do
        certificate "$id" gateway "$id"
    done
}

certificate() {
    local name=$1
    shift
    [ -z "$(number "$name")" ] || return 0
    if ls "$pki/issued/$name/1" >"$work/there" 2>&1; then
        refuse "all certificates of $name are revoked; for a further one: deploy/pki/pki.sh --folder /etc/pondsentinel/pki renew $name"
        return 0
    fi
    changed=1
    "$here/pki/pki.sh" --folder "$pki" "$@"
}

# number NAME: of its newest certificate that is not revoked; nothing where there is none.
number() {
    local each
    # shellcheck disable=SC2010,SC2012 # Folders that are called 1, 2, 3.
    for each in $(ls "$pki/issued/$1" 2>/dev/null | grep -x '[0-9]*' | sort -rn); do
        [ ! -e "$pki/revoked/$(openssl x509 -in "$pki/issued/$1/$each/$1.pem" -noout -serial | cut -d = -f 2)" ] || continue
        echo "$each"
        return 0
    done
}

# newest NAME SUFFIX: a file of that certificate.
newest() { cat "$pki/issued/$1/$(number "$1")/$1.$2"; }

# Gateways are whom their certificates name; the backend, on this machine, has a password.
broker() {
    local own=$etc/mosquitto name
    for name in pondsentinel pondsentinel-tls; do
        write "$own/conf.d/$name.conf" 644 root:root mosquitto <"$here/mosquitto/$name.conf"
    done
    write "$own/pondsentinel.acl" 600 mosquitto:mosquitto mosquitto <"$here/mosquitto/pondsentinel.acl"
    if [ ! -s "$own/pondsentinel.passwd" ]; then
        # Turned into a hash before it is in its place. Mosquitto has no way to take a password but a file or a command line.
        printf 'pond-backend:%s\n' "$(secret mqtt)" >"$work/passwd"
        [ "$dry" = 1 ] || mosquitto_passwd -U "$work/passwd"
        write "$own/pondsentinel.passwd" 600 mosquitto:mosquitto mosquitto <"$work/passwd"
    fi
    [ "$dry" = 0 ] || return 0
    write "$own/ca_certificates/pondsentinel.pem" 644 root:root mosquitto <"$pki/ca/ca.pem"
    write "$own/ca_certificates/pondsentinel-crl.pem" 644 root:root mosquitto <"$pki/crl.pem"
    newest broker pem | write "$own/certs/broker.pem" 644 root:root mosquitto
    newest broker key | write "$own/certs/broker.key" 600 mosquitto:mosquitto mosquitto
}

# influx USER QUESTION…: nothing of it stands on a command line.
influx() {
    local user=$1 name
    shift
    case $user in
        nobody) : >"$work/curl" ;;
        *)
            name=influx-$user
            [ "$user" != pond ] || name=influx
            printf 'user = "%s:%s"\n' "$user" "$(secret "$name")" >"$work/curl"
            ;;
    esac
    printf '%s' "$*" | curl -sS --max-time 10 -K "$work/curl" --data-urlencode q@- http://127.0.0.1:8086/query
}

influx_users() {
    if ! real; then
        echo "would create in InfluxDB: the users admin, pond (writes and reads pond) and grafana (reads it), the database pond"
        return 0
    fi
    local try
    for try in $(seq 60); do
        ! curl -s -o "$work/ping" --max-time 2 http://127.0.0.1:8086/ping || break
        [ "$try" -lt 60 ] || { refuse "InfluxDB does not answer at 127.0.0.1:8086; see: journalctl -u influxdb"; return 0; }
        sleep 1
    done
    # While there is no admin InfluxDB lets anybody make the first.
    if ! influx admin 'SHOW USERS' | grep -q '"admin",true'; then
        changed=1
        influx nobody "CREATE USER \"admin\" WITH PASSWORD '$(secret influx-admin)' WITH ALL PRIVILEGES" >"$work/made"
        if ! influx admin 'SHOW USERS' | grep -q '"admin",true'; then
            refuse "InfluxDB has an admin already, with another password: write it into /etc/pondsentinel/secrets/influx-admin (the user must be called admin), then run this again"
            return 0
        fi
        echo "InfluxDB: user admin"
    fi
    influx admin 'CREATE DATABASE "pond"' >"$work/made"
    influx_user pond influx ALL
    influx_user grafana influx-grafana READ
}

# influx_user NAME SECRET RIGHT
influx_user() {
    local had=0 question password
    password=$(secret "$2")
    if influx admin 'SHOW USERS' | grep -q "\"$1\",false"; then
        had=1 question="SET PASSWORD FOR \"$1\" = '$password'"
    else
        changed=1 question="CREATE USER \"$1\" WITH PASSWORD '$password'"
    fi
    # Said of one that was there too: its password may be of another secret, and an earlier run may have ended before the right.
    influx admin "$question; GRANT $3 ON \"pond\" TO \"$1\"" >"$work/made"
    if grep -q error "$work/made"; then
        refuse "InfluxDB does not take the user $1: $(cat "$work/made")"
        return 0
    fi
    [ "$had" = 1 ] || echo "InfluxDB: user $1"
}

database() { write "$etc/systemd/system/influxdb.service.d/pondsentinel.conf" 644 root:root influxdb <"$here/backend-machine/influxdb.service.conf"; }

alertmanager() {
    write "$etc/systemd/system/prometheus-alertmanager.service.d/pondsentinel.conf" 644 root:root prometheus-alertmanager \
        <"$here/backend-machine/prometheus-alertmanager.service.conf"
    # Yours from the first day on: it says whom to tell.
    [ -e "$etc/pondsentinel/alertmanager.yml" ] ||
        write "$etc/pondsentinel/alertmanager.yml" 644 root:root prometheus-alertmanager <"$here/backend-machine/alertmanager.yml"
}

# is_welcome LINK: whether it is Debian's page of welcome, as Debian brought it: who has changed that uses it.
is_welcome() {
    local site=/etc/nginx/sites-available/default
    [[ $(readlink "$1") =~ ^(/etc/nginx|\.\.)/sites-available/default$ ]] && [ -f "$root$site" ] &&
        grep -qsF " $site $(md5sum <"$root$site" | cut -c 1-32)" "$root/var/lib/dpkg/status"
}

# What else nginx has is told of. Debian's page of welcome, open to everybody on port 80, goes.
other_sites() {
    local link
    for link in "$etc"/nginx/sites-enabled/*; do
        if [ -e "$link" ] || [ -L "$link" ]; then
            is_welcome "$link" || sites+=("${link#"$root"}")
        fi
    done
    link=$etc/nginx/sites-enabled/default
    is_welcome "$link" || return 0
    changed=1
    echo "/etc/nginx/sites-enabled/default: taken away, Debian's page of welcome on port 80; /etc/nginx/sites-available/default stays"
    due nginx
    [ "$dry" = 1 ] || rm "$link"
}

page() {
    local own=$etc/nginx/pondsentinel
    other_sites
    sed "s/@HOST@/$called/" "$here/backend-machine/nginx.conf" | write "$etc/nginx/conf.d/pondsentinel.conf" 644 root:root nginx
    printf 'proxy_set_header X-Pond-Proxy-Secret "%s";\n' "$(secret proxy)" | write "$own/secret.conf" 600 root:root nginx
    [ "$dry" = 0 ] || return 0
    newest web pem | write "$own/web.pem" 644 root:root nginx
    newest web key | write "$own/web.key" 600 root:root nginx
}

# Whose end the backend tells of ahead.
watched='files = ["/etc/mosquitto/certs/broker.pem", "/etc/nginx/pondsentinel/web.pem", "/etc/mosquitto/ca_certificates/pondsentinel.pem", "/etc/mosquitto/ca_certificates/pondsentinel-crl.pem"]'

# The sample with the connections of this machine in the place of its own.
backend_settings() {
    POND_MQTT=$(secret mqtt) POND_INFLUX=$(secret influx) POND_PROXY=$(secret proxy) POND_HOST=$host POND_CERTIFICATES=$watched awk '
        /^\[broker\]/ {
            print; print "host = \"127.0.0.1\"                   # Mosquitto of this machine, written by setup.sh"
            print "password = \"" ENVIRON["POND_MQTT"] "\""; skip = 1; next
        }
        skip && /^port = / { next }
        /^# host = |^# user = "pond-backend"|^# password = / && skip { next }
        /^# \[influx\]/ {
            print "[influx]"; print "url = \"http://127.0.0.1:8086\""; print "database = \"pond\""; print "user = \"pond\""
            print "password = \"" ENVIRON["POND_INFLUX"] "\""; inside = 1; next
        }
        inside && /^# (url|database|user|password) = / { next }
        /^# \[\[alertmanager\]\]/ { print "[[alertmanager]]"; print "url = \"http://127.0.0.1:9093\""; alert = 1; next }
        alert && /^# url = / { alert = 0; next }
        /^# hosts = / { print "hosts = [\"" ENVIRON["POND_HOST"] "\"]"; next }
        /^# address = / { print "address = \"https://" ENVIRON["POND_HOST"] "\""; next }
        /^# \[web.proxy\]/ {
            print "[web.proxy]                           # nginx of this machine, written by setup.sh"
            print "addresses = [\"127.0.0.1\"]"; print "secret = \"" ENVIRON["POND_PROXY"] "\""; proxy = 1; next
        }
        proxy && /^# (addresses|secret_file) = / { next }
        /^# \[certificates\]/ {
            print "[certificates]                       # broker and page of this machine, their authority, and the list of the revoked"
            print ENVIRON["POND_CERTIFICATES"]; ends = 1; next
        }
        ends && /^# files = / { ends = 0; next }
        /^$/ { skip = 0; inside = 0; proxy = 0 }
        { print }' "$here/backend.sample.toml"
}

# names_host FILE: whether hosts of a configuration has this machine's name; it may go over several lines.
names_host() {
    awk '/^[[:space:]]*(web\.)?hosts[[:space:]]*=/ { on = 1 } on { sub(/#.*/, ""); print } /\]/ { on = 0 }' "$1" | grep -qiF -e "\"$host\"" -e "'$host'" -e "\"$called\"" -e "'$called'"
}

backend() {
    local file=$etc/pondsentinel/backend.toml
    if [ ! -e "$file" ] || cmp -s "$file" "$here/backend.sample.toml"; then
        [ "$stored" = 0 ] || echo "What pond-backend has kept so far is in its embedded store, which nobody is shown from now on. Into InfluxDB, when this is done: sudo systemctl stop pond-backend && sudo -u pond-backend pond-backend copy-store && sudo systemctl start pond-backend"
        backend_settings | write "$file" 640 root:pond-backend pond-backend
    elif ! grep -qsFf "$secrets/mqtt" "$file" || ! grep -qsFf "$secrets/influx" "$file" ||
        ! grep -qsFf "$secrets/proxy" "$file"; then
        refuse "/etc/pondsentinel/backend.toml is yours and stays: write host = \"127.0.0.1\" and the password of secrets/mqtt into [broker], and url, database, user = \"pond\" and the password of secrets/influx into [influx], hosts = [\"$host\"] into [web], and addresses = [\"127.0.0.1\"] and the secret of secrets/proxy into [web.proxy]"
    elif ! names_host "$file"; then
        refuse "/etc/pondsentinel/backend.toml is yours and stays, but the page answers 400 to whoever calls it $host: write hosts = [\"$host\"] into [web], then sudo systemctl restart pond-backend"
    fi
}

# Each whose files changed, once; and whatever does not run.
services() {
    local unit
    for unit in "$etc"/pondsentinel/due/*; do
        # Also of a run that ended before it came here.
        [ ! -e "$unit" ] || { changed=1; restart+=("${unit##*/}"); }
    done
    [ ${#restart[@]} = 0 ] || run systemctl daemon-reload
    # As its package starts it, by the sample, it has a broker of its own, at Mosquitto's port.
    ! is_due pond-backend || run systemctl stop pond-backend
    for unit in mosquitto influxdb prometheus-alertmanager nginx; do
        service "$unit"
    done
    influx_users
    ! real || pond-backend check >"$work/check" 2>&1 || { refuse "pond-backend does not accept its configuration:"; cat "$work/check" >&2; return 0; }
    service pond-backend
}

is_due() { [[ " ${restart[*]-} " == *" $1 "* ]]; }

# One that does not start keeps no other from it, and is started anew by the next run.
service() {
    if is_due "$1"; then
        run systemctl enable "$1"
        run systemctl restart "$1" || { refuse "$1 does not start; see: journalctl -u $1; mend that, then run this again"; return 0; }
        [ "$dry" = 1 ] || rm -f "$etc/pondsentinel/due/$1"
    elif real && ! systemctl is-active --quiet "$1"; then
        run systemctl enable --now "$1" || refuse "$1 does not start; see: journalctl -u $1; mend that, then run this again"
    fi
}

# What remains to be done, at the gateways and by people.
farewell() {
    local id newest
    cat <<TEXT

Page: https://$called/, for those who have an account: sudo -u pond-backend pond-backend account add NAME --role admin
      Browsers do not know the authority yet: /etc/pondsentinel/pki/ca/ca.pem
Let 8883 (gateways) and 443 (page) in through the firewall; nothing else of this listens for other machines.
Alertmanager tells nobody yet: /etc/pondsentinel/alertmanager.yml
Keep a copy of /etc/pondsentinel/pki and of /etc/pondsentinel/secrets where you keep the keys of the house. Whoever has ca/ca.key can be any
gateway: bring it to a computer that is not in the network, and back for the next certificate.
TEXT
    if [ "$dry" = 0 ]; then
        echo "The certificate of broker and page is good until $(newest broker pem | openssl x509 -noout -enddate | cut -d = -f 2), the list of the revoked until $(openssl crl -in "$pki/crl.pem" -noout -nextupdate | cut -d = -f 2); after that nobody comes in."
        if grep -qs '^ *\[certificates\]' "$etc/pondsentinel/backend.toml"; then
            echo "Of that, and of the certificates of gateways, pond-backend tells by its channels, 30, 14 and 3 days ahead."
        else
            echo "To be told ahead by the channels of pond-backend, write into /etc/pondsentinel/backend.toml"
            echo "    [certificates]"
            echo "    $watched"
        fi
        "$here/pki/pki.sh" --folder "$pki" check >"$work/pki" 2>&1 || refuse "certificates want doing: $(cat "$work/pki")"
    fi
    [ ${#sites[@]} = 0 ] || echo "nginx has sites of yours too, which are open at their own ports: ${sites[*]}"
    for id in ${gateways[@]+"${gateways[@]}"}; do
        newest=$(number "$id")
        [ -n "$newest" ] || [ "$dry" = 1 ] || continue
        cat <<TEXT

On gateway $id: bring it its three files, from here,
    sudo tar -C /etc/pondsentinel/pki/issued/$id/${newest:-1} -cf - $id.pem $id.key ca.pem | ssh $id 'sudo install -d /etc/pondsentinel/tls && sudo tar -C /etc/pondsentinel/tls --no-same-owner -xf - && sudo chgrp pond /etc/pondsentinel/tls/$id.key && sudo chmod 640 /etc/pondsentinel/tls/$id.key'
  and write into its /etc/pondsentinel/gateway.toml
    [uplink]
    host = "$host"
    tls = true
    ca = "/etc/pondsentinel/tls/ca.pem"
    certificate = "/etc/pondsentinel/tls/$id.pem"
    key = "/etc/pondsentinel/tls/$id.key"
  then, there: pond-gateway check && sudo systemctl restart pond-gateway
TEXT
    done
}

one_name
stored=0
[ ! -s "$root/var/lib/pond-backend/store.db" ] || stored=1
# Before apt starts them, as Debian has them, open to the network and without a password.
database
alertmanager
packages
make_secrets
certificates
broker
page
backend
services
farewell
echo
if [ "$changed" = 0 ]; then
    echo "nothing wants changing"
elif [ "$dry" = 1 ]; then
    echo "nothing was changed: that was a dry run"
else
    echo "done"
fi
exit "$refused"
