#!/usr/bin/env bash
# Installs on Debian what the tests need, builds everything once and runs all tests.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only where something ran and nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'TEXT'
tests/run.sh [--deep]     install what is missing, build, run all tests (under 15 minutes on 2 cores)

  --deep    also what is left out otherwise: ten times the cases in property and model tests and ten times the faults, a month every
            10 minutes under the dashboards, settings that cost the link and are taken back, the backend's package, packages compiled
            twice and on a fresh Debian, and the Pi's under qemu; takes longer
  --help    this text

Results, logs of the processes and screenshots are left in TestResults/.
TEXT
}

deep=0
for argument in "$@"; do
    case "$argument" in
        --deep) deep=1 ;;
        --help | -h) usage; exit 0 ;;
        *) echo "tests/run.sh: unknown argument $argument" >&2; usage >&2; exit 2 ;;
    esac
done

results=$PWD/TestResults
configuration=Release
# What takes too long for every run: see --help.
only=(-trait- depth=deep)
# A hanging test host must end as a failure of this run, not as a run without an end.
unit_limit=8m
system_limit=12m
if [ "$deep" = 1 ]; then
    export POND_TEST_DEEP=1
    only=()
    unit_limit=60m
    system_limit=60m
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# The programs under test live for seconds: code that counts its own calls, to be optimised by them later, costs a sixth of all
# their time and never pays.
export DOTNET_TieredPGO=0
# No build node stays behind to hold files or memory while processes are timed.
export MSBUILDDISABLENODEREUSE=1

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'tests/run.sh: %s\n' "$*" >&2; exit 1; }

# The file that shows a package is there, and the package.
needed() {
    cat <<'LIST'
/usr/sbin/mosquitto mosquitto
/usr/bin/influxd influxdb
/usr/bin/victoria-metrics victoria-metrics
/usr/sbin/nginx nginx-light
/usr/bin/chromium chromium
/usr/bin/pdftotext poppler-utils
/usr/bin/clang clang
/usr/include/zlib.h zlib1g-dev
/usr/bin/python3 python3
/usr/lib/python3/dist-packages/yaml python3-yaml
/usr/lib/python3/dist-packages/pymodbus python3-pymodbus
/usr/lib/python3/dist-packages/serial_asyncio python3-serial-asyncio
/usr/lib/python3/dist-packages/pandas python3-pandas
/usr/sbin/mkfs.ext4 e2fsprogs
/usr/bin/strace strace
/usr/sbin/tc iproute2
/usr/sbin/nft nftables
/usr/bin/openssl openssl
/usr/bin/prometheus-alertmanager prometheus-alertmanager
/usr/lib/python3/dist-packages/aiosmtpd python3-aiosmtpd
/usr/bin/systemd-analyze systemd
/usr/share/doc/python3-seccomp python3-seccomp
LIST
    [ "$deep" = 0 ] || cat <<'LIST'
/usr/sbin/debootstrap debootstrap
/usr/bin/qemu-aarch64-static qemu-user-static
/usr/bin/aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
/usr/aarch64-linux-gnu/lib/libc.so libc6-dev-arm64-cross
LIST
}

missing_packages() {
    needed | while read -r file package; do
        [ -e "$file" ] || echo "$package"
    done
}

# Runs a command as root.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

policy=/usr/sbin/policy-rc.d
own_policy=0
# Debian starts a service as soon as it is installed. The tests start their own, so nothing may take the usual ports.
forbid_service_starts() {
    [ -e "$policy" ] && return
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    own_policy=1
}

allow_service_starts() {
    [ "$own_policy" = 0 ] || as_root rm -f "$policy"
    own_policy=0
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    command -v apt-get >/dev/null ||
        fail "these Debian packages are missing and there is no apt-get: ${missing[*]}; install what they are called here"
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null ||
        fail "these packages are missing: ${missing[*]}; run as root: apt-get install --no-install-recommends ${missing[*]}"
    trap allow_service_starts EXIT
    forbid_service_starts
    as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "${missing[@]}"
    allow_service_starts
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" = 0 ] || fail "installed, but its file is not there: ${missing[*]}; is this Debian 12 or newer?"
}

build() {
    say "restoring, packages as locked"
    dotnet restore PondSentinel.sln --locked-mode --verbosity quiet
    say "building, $configuration, warnings are errors"
    # One compiler for all projects saves a quarter of the time; without reuse of nodes it is off unless asked for. It must not
    # stay behind either.
    UseSharedCompilation=true dotnet build PondSentinel.sln --no-restore --configuration "$configuration" --verbosity quiet
    dotnet build-server shutdown --vbcscompiler >/dev/null
}

passed=0 failed=0 skipped=0 broken=0 running=

interrupted() {
    [ -z "$running" ] || kill "$running" 2>/dev/null || true
    exit 130
}
trap interrupted INT TERM

# The number in an attribute of the <Counters> element of a trx file; nothing where there is none. The file holds what
# programs under test printed, so it may be no text to grep.
counter() {
    grep -ao '<Counters [^>]*>' "$1" | grep -oE " $2=\"[0-9]+\"" | grep -oE '[0-9]+' || true
}

run_tests() {
    local project=$1 limit=$2 trx=$results/$1.trx code=0
    say "$project"
    # In a group of its own, servers of the tests included: the limit or Ctrl-C ends all of it.
    timeout --kill-after=20s "$limit" \
        dotnet "tests/$project/bin/$configuration/net10.0/$project.dll" \
        -noLogo -noColor -result-trx "$trx" "${only[@]}" &
    running=$!
    wait "$running" || code=$?
    running=
    local ran=$results/$project.counts good bad total executed
    if [ -s "$trx" ]; then
        for name in passed failed total executed; do counter "$trx" "$name"; done >"$ran"
    fi
    if [ "$(grep -c . "$ran" 2>/dev/null)" != 4 ]; then
        echo "$project: ended with code $code and left no results that can be read" >&2
        broken=$((broken + 1))
        return
    fi
    { read -r good; read -r bad; read -r total; read -r executed; } <"$ran"
    rm "$ran"
    passed=$((passed + good))
    failed=$((failed + bad))
    skipped=$((skipped + total - executed))
    if [ "$code" != 0 ] && [ "$bad" = 0 ]; then
        echo "$project: no test failed, but it ended with code $code" >&2
        broken=$((broken + 1))
    fi
}

command -v dotnet >/dev/null || fail "no dotnet on the path; install the .NET SDK that global.json names"
command -v npm >/dev/null || fail "no npm on the path; install Node 20, which builds the page's charts in: https://nodejs.org"
rm -rf "$results"
mkdir -p "$results"
install_packages
build
run_tests PondSentinel.Tests "$unit_limit"
run_tests PondSentinel.SystemTests "$system_limit"

# What never came to a result counts as one failure each, so that the closing line cannot look good.
failed=$((failed + broken))
say "results and logs: TestResults/, $SECONDS s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
