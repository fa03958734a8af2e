#!/bin/sh
# Publishes pond-gateway as one native file and shows that it runs.
#
#   tests/rigs/publish-aot.sh [FOLDER]      default artifacts/aot/linux-x64
#
# Needs clang (or gcc) and zlib1g-dev beside the SDK. Any warning of the trimmer or the compiler is an error. Builds in a
# folder of its own and takes no lock file along: the native compiler's packages depend on the machine, and those of the
# repository must not. The analyzers have their say in the build proper; what is compiled here for a second time goes without.
set -eu
cd "$(dirname "$0")/../.."
out=${1:-artifacts/aot/linux-x64}
linker=clang
command -v clang >/dev/null 2>&1 || linker=gcc
command -v "$linker" >/dev/null 2>&1 || { echo "publish-aot: neither clang nor gcc is here: apt-get install clang zlib1g-dev" >&2; exit 1; }

dotnet publish src/PondSentinel.Gateway -c Release -r linux-x64 -v quiet --nologo \
    --artifacts-path artifacts/aot/build -p:UseArtifactsOutput=true -p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath=no-lock-file.json \
    -p:RunAnalyzers=false -p:UseSharedCompilation=false \
    -p:PublishAot=true -p:TrimmerSingleWarn=false -p:CppCompilerAndLinker="$linker" -o "$out"

"$out/pond-gateway" check --config deploy/gateway.sample.toml
echo "$out/pond-gateway: $(stat -c %s "$out/pond-gateway") bytes"
