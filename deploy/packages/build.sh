#!/usr/bin/env bash
# Builds the Debian packages; README.md beside this file tells of them.
set -euo pipefail

usage() {
    cat <<'TEXT'
deploy/packages/build.sh [--out FOLDER] [--work FOLDER] [--repack] [--level N] [PACKAGE:ARCH…]

  PACKAGE:ARCH     pond-gateway:arm64, pond-gateway:amd64, pond-backend:amd64; all of them when left out
  --out FOLDER     where the packages go, default artifacts/packages
  --work FOLDER    where it is compiled, default artifacts/packages/work
  --repack         pack what was compiled there before
  --level N        how hard xz tries, 0 to 9, default 6: a minute for the backend
  --help           this text

Needs the .NET SDK, and for a gateway clang; for arm64 on another machine also gcc-aarch64-linux-gnu and libc6-dev-arm64-cross;
for amd64 zlib1g-dev. The same commit gives the same bytes; where there is no git, SOURCE_DATE_EPOCH has to be set.
TEXT
}

fail() { echo "build.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
umask 022
export LC_ALL=C TZ=UTC

out=$root/artifacts/packages work='' repack=0 level=6 wanted=()
while [ $# -gt 0 ]; do
    case "$1" in
        --out) out=${2:?--out FOLDER}; shift ;;
        --work) work=${2:?--work FOLDER}; shift ;;
        --repack) repack=1 ;;
        --level) [[ ${2:-} =~ ^[0-9]$ ]] || fail "--level wants 0 to 9"; level=$2; shift ;;
        --help | -h) usage; exit 0 ;;
        pond-gateway:arm64 | pond-gateway:amd64 | pond-backend:amd64) wanted+=("$1") ;;
        *) echo "build.sh: unknown argument $1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=(pond-gateway:arm64 pond-gateway:amd64 pond-backend:amd64)
mkdir -p "$out"
out=$(cd "$out" && pwd)
mkdir -p "${work:=$out/work}"
work=$(cd "$work" && pwd)

# The one place that has the version.
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
[ -n "$version" ] || fail "Directory.Build.props has no <Version>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || true)}
[ -n "$SOURCE_DATE_EPOCH" ] || fail "this is no checkout of git; set SOURCE_DATE_EPOCH to the seconds of the release"
export SOURCE_DATE_EPOCH
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

# Compiles PROJECT for a runtime into $work/NAME. No lock file is taken along: the compiler's packages depend on the machine, and
# those of the repository must not. The analyzers have their say in the build proper. Paths of this machine are written as /_/.
publish() {
    local project=$1 name=$2
    shift 2
    [ "$repack" = 0 ] || return 0
    rm -rf "${work:?}/$name"
    dotnet publish "src/$project" -c Release -v quiet \
        --artifacts-path "$work/$name-build" -p:UseArtifactsOutput=true -p:RestorePackagesWithLockFile=false \
        -p:NuGetLockFilePath=no-lock-file.json -p:RunAnalyzers=false -p:UseSharedCompilation=false \
        -p:ContinuousIntegrationBuild=true -p:PathMap="$work/$name-build=/_/build%2C$root=/_" -p:GenerateDocumentationFile=false \
        -o "$work/$name" "$@"
}

# Fills in a file of this folder.
fill() {
    sed -e "s/@VERSION@/$version/g" -e "s/@ARCH@/${arch:-}/g" -e "s/@PROGRAM@/$package/g" -e "s/@SHELL_NAME@/${package//-/_}/g" "$1"
}

# put MODE SOURCE TARGET: a file into the tree.
put() { install -D -m "$1" "$2" "$tree/$3"; }

# What every package has. For the man page the program tells of itself.
common() {
    local summary=$1
    shift
    put 644 "deploy/systemd/$package.service" "usr/lib/systemd/system/$package.service"
    put 644 "$here/$package/sysusers.conf" "usr/lib/sysusers.d/$package.conf"
    put 644 "$here/copyright" "usr/share/doc/$package/copyright"
    put 644 "$here/$package/lintian-overrides" "usr/share/lintian/overrides/$package"
    mkdir -p "$tree/usr/share/bash-completion/completions" "$tree/usr/share/man/man1"
    fill "$here/completion.bash" >"$tree/usr/share/bash-completion/completions/$package"
    "$here/man.sh" "$package" "$summary" "$date" "$version" "$here/$package/man.tail" "$@" |
        gzip -9n >"$tree/usr/share/man/man1/$package.1.gz"
    printf '%s (%s) stable; urgency=medium\n\n  * See the history of the repository.\n\n -- %s  %s\n' "$package" "$version" \
        "$(sed -n 's/^Maintainer: //p' "$here/$package/control")" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" |
        gzip -9n >"$tree/usr/share/doc/$package/changelog.gz"
}

gateway() {
    local runtime=linux-$arch
    [ "$arch" = arm64 ] || runtime=linux-x64
    publish PondSentinel.Gateway "$package-$arch" -r "$runtime" -p:PublishAot=true -p:TrimmerSingleWarn=false
    put 755 "$work/$package-$arch/pond-gateway" usr/bin/pond-gateway
    put 644 deploy/gateway.sample.toml etc/pondsentinel/gateway.sample.toml
    chmod 640 "$tree/etc/pondsentinel/gateway.sample.toml"
    put 755 "$here/$package/restart-modem" etc/pondsentinel/hooks/restart-modem
    put 755 "$here/$package/reboot" etc/pondsentinel/hooks/reboot
    put 644 "$here/$package/tmpfiles.conf" usr/lib/tmpfiles.d/pond-gateway.conf
    put 644 "$here/$package/udev.rules" usr/lib/udev/rules.d/60-pondsentinel.rules
    put 755 deploy/systemd/serve-request usr/lib/pondsentinel/serve-request
    for unit in pondsentinel-modem.path pondsentinel-reboot.path pondsentinel-request@.service; do
        put 644 "deploy/systemd/$unit" "usr/lib/systemd/system/$unit"
    done
    for profile in deploy/profiles/*.toml; do
        put 644 "$profile" "usr/share/doc/$package/examples/profiles/$(basename "$profile")"
    done

    # One for another kind of machine cannot speak here; the same, for the runtime of the SDK, can.
    local speaking=("$tree/usr/bin/pond-gateway")
    if ! "${speaking[@]}" --version >/dev/null 2>&1; then
        publish PondSentinel.Gateway "$package-speaking"
        speaking=(dotnet "$work/$package-speaking/pond-gateway.dll")
    fi
    common "reads the sensors of a site, buffers and publishes what they say" "${speaking[@]}"
}

backend() {
    publish PondSentinel.Backend "$package-$arch" -r linux-x64 --self-contained
    # For tracing by LTTng, which would want its libraries; and what tells a debugger of a program that nobody debugs here.
    rm -f "$work/$package-$arch"/{libcoreclrtraceprovider.so,createdump} "$work/$package-$arch"/*.staticwebassets.*
    mkdir -p "$tree/usr/lib/pond-backend" "$tree/usr/bin"
    (cd "$work/$package-$arch" && find . -type f ! -name '*.dbg' -print0 | while IFS= read -r -d '' file; do
        mode=644
        [ "$file" != ./pond-backend ] || mode=755
        install -D -m "$mode" "$file" "$tree/usr/lib/pond-backend/$file"
    done)
    ln -s ../lib/pond-backend/pond-backend "$tree/usr/bin/pond-backend"
    put 644 deploy/backend.sample.toml etc/pondsentinel/backend.toml
    chmod 640 "$tree/etc/pondsentinel/backend.toml"
    common "stores, watches and shows what gateways publish" "$tree/usr/bin/pond-backend"
}

# Packs $tree: what is in it, in which order and since when depends on nothing of this machine.
pack() {
    local deb=$out/${package}_${version}_$arch.deb
    mkdir -p "$tree/DEBIAN"
    for script in postinst prerm postrm; do put 755 "$here/$package/$script" "DEBIAN/$script"; done
    (cd "$tree" && find etc -type f | sort | sed 's:^:/:') >"$tree/DEBIAN/conffiles"
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    fill "$here/$package/control" |
        sed "/^Section:/i Installed-Size: $(cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%s\n' |
            awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')" >"$tree/DEBIAN/control"
    find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # By one thread: several cut what they pack into pieces.
    dpkg-deb --root-owner-group -Zxz -z"$level" --threads-max=1 --build "$tree" "$deb" >/dev/null
    (cd "$out" && sha256sum "$(basename "$deb")")
}

for each in "${wanted[@]}"; do
    package=${each%:*} arch=${each#*:}
    tree=$work/$package-$arch-tree
    rm -rf "$tree"
    mkdir -p "$tree"
    case "$package" in
        pond-gateway) gateway ;;
        pond-backend) backend ;;
    esac
    pack
done
