#!/bin/sh
# debian.sh FOLDER ARCH PACKAGES: makes a minimal Debian of the kind that this machine is, from where apt gets its own. For another
# kind of machine the packages are only unpacked: enough for a program that is run by qemu.
set -eu
folder=$1 arch=$2 packages=$3
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" 'Component: main' 'Origin: Debian' | head -n 1)
[ -n "$mirror" ] || { echo "debian.sh: apt has no Debian $suite; run apt-get update" >&2; exit 1; }
foreign=
[ "$arch" = "$(dpkg --print-architecture)" ] || foreign=--foreign
# shellcheck disable=SC2086 # Nothing, or one word.
debootstrap $foreign --arch="$arch" --variant=minbase --include="$packages" "$suite" "$folder" "$mirror"
[ -z "$foreign" ] || for package in "$folder"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
