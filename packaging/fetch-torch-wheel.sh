#!/usr/bin/env bash
# Fetches PyPI's torch, a LibTorch with CUDA, into a Python environment of its own. None of its Python code is run.
# Usage: packaging/fetch-torch-wheel.sh [FOLDER]   (by default build/torch-wheel)
set -euo pipefail

needed_gb=9 # the files fetched and, beside them, what they hold
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
list=$here/torch-wheel.txt
version=$(sed -n 's/^torch==\([^ ]*\).*/\1/p' "$list")
folder=$(realpath -m -- "${1:-$here/../build/torch-wheel}")

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# pip installs torch after what torch needs, and writes this file of a package last.
is_complete() {
    compgen -G "$folder/lib/python3*/site-packages/torch-$version.dist-info/INSTALLER" >/dev/null
}

if is_complete; then
    echo "$folder holds torch $version."
    exit 0
fi

[[ ${THAW_OFFLINE:-} != 1 ]] || fail "torch $version is not in $folder, and THAW_OFFLINE=1 forbids fetching it."

mkdir -p "$folder" || fail "$folder cannot be made."
free_gb=$(($(stat -f -c '%a * %S' "$folder") / 1000000000))
((free_gb >= needed_gb)) || fail "torch $version needs $needed_gb GB of room, and $folder has $free_gb: make room there."

# What was begun and not finished is begun again. Files fetched whole pip keeps in its cache.
python3 -m venv --clear "$folder" || fail "A Python environment could not be made in $folder: is python3-venv installed?"
mkdir "$folder/tmp"
TMPDIR=$folder/tmp "$folder/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
    --only-binary=:all: --require-hashes --requirement "$list" ||
    fail "torch $version could not be fetched: check the network and the disk's room. Then start again; pip keeps what it has fetched whole. (Hashes are known of the files for Python 3.11 to 3.13 on x86-64.)"
rm -rf "$folder/tmp"
