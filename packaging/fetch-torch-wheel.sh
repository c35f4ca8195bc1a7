#!/usr/bin/env bash
# Fetches PyPI's torch, a LibTorch with CUDA, into a Python environment of its own. None of its Python code is run.
# Usage: packaging/fetch-torch-wheel.sh [FOLDER]   (by default build/torch-wheel)
set -euo pipefail

version=2.15.0
needed_gb=9 # the files fetched and, beside them, what they hold
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
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

mkdir -p "$folder" || fail "$folder cannot be made."
free_gb=$(($(stat -f -c '%a * %S' "$folder") / 1000000000))
((free_gb >= needed_gb)) || fail "torch $version needs $needed_gb GB of room, and $folder has $free_gb: make room there."

# What was begun and not finished is begun again. Files fetched whole pip keeps in its cache.
python3 -m venv --clear "$folder" || fail "A Python environment could not be made in $folder: is python3-venv installed?"
mkdir "$folder/tmp"
TMPDIR=$folder/tmp "$folder/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
    "torch==$version" ||
    fail "torch $version could not be fetched: check the network and the disk's room. Then start again; pip keeps what it has fetched whole."
rm -rf "$folder/tmp"
