#!/usr/bin/env bash
# Installs the Debian packages that are missing, of the sections named (build, run, test).
# Usage: packaging/install-dependencies.sh SECTION...
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
list="$here/debian-packages.txt"
log=${THAW_INSTALL_LOG:-/dev/stderr}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

packages_of() {
    awk -v wanted="[$1]" '/^#/ || NF == 0 { next } /^\[/ { inside = ($1 == wanted); next } inside { print $1 }' "$list"
}

is_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "This is not a Debian system: install by hand what $list names, then start again with --no-install."

missing=()
for section in "$@"; do
    while read -r package; do
        is_installed "$package" || missing+=("$package")
    done < <(packages_of "$section")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
        fail "${#missing[@]} packages are missing and installing them needs root or sudo. As root, run: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$log" 2>&1
}

apt update || fail "The lists of packages could not be fetched: check the network and /etc/apt/sources.list."
apt install --yes --no-install-recommends "${missing[@]}" ||
    fail "The packages could not be installed (${missing[*]}): check the network, the disk's room and that no other apt is running."
