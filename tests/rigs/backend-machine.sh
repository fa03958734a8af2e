#!/usr/bin/env bash
# backend-machine.sh DEPLOY BACKEND GATEWAY SETTINGS: within a copy of a machine and a network of its own, makes it a backend by
# DEPLOY/setup.sh, twice, lets a gateway send to it from outside by TLS, and prints what came of it, a line each.
set -euo pipefail
deploy=$1 backend=$2 gateway=$3 settings=$4
mount -t tmpfs tmpfs /run
ip link set lo up
ip addr add 192.0.2.7/32 dev lo
install -m 755 "$deploy/../tests/rigs/systemctl.py" /usr/local/bin/systemctl
printf '#!/bin/sh\nexec dotnet %s "$@"\n' "$backend" >/usr/bin/pond-backend
chmod 755 /usr/bin/pond-backend
install -m 644 "$deploy/systemd/pond-backend.service" /usr/lib/systemd/system/
useradd --system --user-group --home-dir /var/lib/pond-backend pond-backend

# As its package leaves it: it runs by the sample, with a broker and a store of its own.
install -D -m 640 -g pond-backend "$deploy/backend.sample.toml" /etc/pondsentinel/backend.toml
systemctl restart pond-backend
for _ in $(seq 240); do
    [ ! -s /var/lib/pond-backend/store.db ] || [ -z "$(ss -Hltn 'sport = :1883')" ] || break
    sleep 0.25
done

# As nginx of Debian comes: a page for everybody on port 80.
ln -sf /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default

"$deploy/setup.sh" --host 192.0.2.7 --gateway gz-07 >/run/first 2>&1 || { cat /run/first; tail -n 20 /run/rig/*.log; exit 1; }
"$deploy/setup.sh" --host 192.0.2.7 --gateway gz-07 >/run/second 2>&1 || { cat /run/second; tail -n 20 /run/rig/*.log; exit 1; }
echo "what was kept before: $(grep -q 'pond-backend copy-store' /run/first && echo named)"
echo "second: $(tail -n 1 /run/second); started anew: $(grep -c '^+ systemctl' /run/second || true)"
grep -hoFf /etc/pondsentinel/secrets/mqtt -f /etc/pondsentinel/secrets/influx -f /etc/pondsentinel/secrets/proxy /run/first /run/second | sed 's/.*/a secret was shown/' || true

mkdir -p /run/tls
cp /etc/pondsentinel/pki/issued/gz-07/1/* /run/tls/
dotnet "$gateway" run --config "$settings" >/run/gateway.log 2>&1 &
gateway_process=$!

influx() { curl -sS -K <(printf 'user = "grafana:%s"\n' "$(cat /etc/pondsentinel/secrets/influx-grafana)") --data-urlencode "q=$1" 'http://127.0.0.1:8086/query?db=pond'; }
for _ in $(seq 120); do
    influx 'SELECT count("value") FROM "disk_free_mib"' >/run/count
    ! grep -q values /run/count || break
    sleep 0.5
done
grep -q values /run/count || { cat /run/count /run/gateway.log; tail -n 20 /run/rig/*.log /var/log/mosquitto/mosquitto.log; exit 1; }
echo "values came"
echo "grafana writes: $(influx 'DROP MEASUREMENT "disk_free_mib"' | grep -o 'not authorized' | head -n 1)"
echo "nobody reads: $(curl -s -o /dev/null -w '%{http_code}' 'http://127.0.0.1:8086/query?db=pond&q=SHOW+MEASUREMENTS')"

page() { curl -sS --cacert /etc/pondsentinel/pki/ca/ca.pem -o "${2:-/dev/null}" -w '%{http_code}' -K "${1:-/dev/null}" "https://192.0.2.7${3:-/api/now}" "${@:4}"; }
echo "page: not signed in $(page), its sign-in $(page /dev/null /dev/null /sign-in)"
echo "told to keep to TLS at an address: $(page /dev/null /dev/null /sign-in -D - | grep -ci '^strict')"
echo "change: $(page /dev/null /dev/null /api/desk/acknowledge -X POST -H 'Content-Type: application/json' -d '{}')"
echo "machine: $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/api/now), as a proxy without the secret $(curl -s -o /dev/null -w '%{http_code}' -H 'X-Forwarded-For: 192.0.2.9' http://127.0.0.1:8080/api/now)"
echo "certificates whose end is told: $(curl -s http://127.0.0.1:8080/metrics | grep -c '^pond_certificate_end')"
echo "alertmanager: $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9093/-/ready)"
echo "listens: $(ss -Hltn | awk '{print $4}' | grep -v '^127\.0\.0\.1:\|^\[::1\]:' | sed 's/.*://' | sort -un | xargs)"
kill "$gateway_process"
wait "$gateway_process" || true
# So that all of its files are let go.
for unit in pond-backend nginx prometheus-alertmanager influxdb mosquitto; do
    systemctl stop "$unit"
done
echo "over"
