#!/usr/bin/env bash
# Installs the Debian packages that are missing, of the sections named (build, run, wheel).
# Usage: packaging/install-dependencies.sh SECTION...
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
list="$here/debian-packages.txt"

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

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "This is not a Debian system: install by hand what $list names, then start again with --no-install."
fi

missing=()
for section in "$@"; do
    while read -r package; do
        is_installed "$package" || missing+=("$package")
    done < <(packages_of "$section")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

[[ ${THAW_OFFLINE:-} != 1 ]] ||
    fail "Packages are missing, and THAW_OFFLINE=1 forbids fetching them: ${missing[*]}"

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
        fail "Packages are missing, and installing them needs root or sudo. As root, run: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# A list of somebody else's that cannot be fetched need not matter.
apt update || echo "Some lists of packages could not be fetched."
apt install --yes --no-install-recommends "${missing[@]}" ||
    fail "The packages could not be installed (${missing[*]}): check the network, /etc/apt/sources.list and the disk's room."
