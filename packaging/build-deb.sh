#!/usr/bin/env bash
# Debian packages of this release of Debian: see --help.
set -euo pipefail

usage() {
    cat <<'END'
Usage: packaging/build-deb.sh [--no-install] [--build FOLDER] [--out FOLDER]

Builds Thaw and makes the packages thaw (the window) and thaw-cli of it, for the release of Debian that this
machine runs. Their dependencies are those of the libraries that the programs use.

  --no-install    install nothing that the build needs
  --build FOLDER  a build folder of the preset release that is up to date, in place of a new build
  --out FOLDER    where the packages go (default: build/packages)
END
}

install=yes
build=
out=
while [[ $# -gt 0 ]]; do
    case $1 in
    --no-install) install= ;;
    --build) build=$(realpath -- "$2"); shift ;;
    --out) out=$2; shift ;;
    --help | -h) usage; exit 0 ;;
    *) echo "Unknown option $1; packaging/build-deb.sh --help lists them." >&2; exit 2 ;;
    esac
    shift
done
out=$(realpath -m -- "${out:-$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/../build/packages}")
cd -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/.."

[[ -z $install ]] || packaging/install-dependencies.sh build package
if [[ -z $build ]]; then
    build=$PWD/build/package
    cmake --preset release -B "$build" -DTHAW_BUILD_TESTS=OFF
    ninja -C "$build"
fi

version=$(sed -n 's/^project(Thaw VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
release=$(. /etc/os-release && echo "${ID}${VERSION_ID}")
full=$version+$release
architecture=$(dpkg --print-architecture)
maintainer="The Thaw developers <thaw@packages.thaw-vision.org>"
stage=$(mktemp -d)
trap 'rm -rf -- "$stage"' EXIT
umask 022

# Names of packages whose libraries the programs in a folder use, as a Depends line.
libraries_of() {
    mkdir -p "$stage/shlibs/debian"
    printf 'Source: thaw\n\nPackage: thaw\nArchitecture: any\n' >"$stage/shlibs/debian/control"
    (cd "$stage/shlibs" && dpkg-shlibdeps -O "$@" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

# package NAME COMPONENT DEPENDS RECOMMENDS SECTION SUMMARY TEXT
package() {
    local name=$1 root=$stage/$1 doc=$stage/$1/usr/share/doc/$1
    DESTDIR=$root cmake --install "$build" --prefix /usr --component "$2" --strip >/dev/null
    find "$root/usr/share/man" -name '*.1' -exec gzip -9n {} +
    install -d "$doc"
    printf 'thaw (%s) unstable; urgency=medium\n\n  * See /usr/share/doc/%s/NEWS.gz.\n\n -- %s  %s\n' \
        "$full" "$name" "$maintainer" "$(LC_ALL=C date -R -u -d "@$(git log -1 --format=%ct 2>/dev/null || date +%s)")" |
        gzip -9n >"$doc/changelog.gz"
    gzip -9n <CHANGELOG.md >"$doc/NEWS.gz"
    local depends
    depends=$(libraries_of "$root"/usr/bin/*)
    install -d "$root/DEBIAN"
    cat >"$root/DEBIAN/control" <<END
Package: $name
Version: $full
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends${3:+, $3}
Recommends: $4
Section: $5
Priority: optional
Description: $6
$(fold -s -w 76 <<<"$7" | sed 's/ *$//; s/^/ /')
END
    (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    mkdir -p "$out"
    dpkg-deb --root-owner-group -Zxz --build "$root" "$out/${name}_${full}_$architecture.deb" >/dev/null
    echo "$out/${name}_${full}_$architecture.deb"
}

package thaw-cli cli "libopenblas0-pthread" "ca-certificates, python3-pip" science \
    "fine-tune VGG16 on your own pictures (command line)" \
    "Trains, measures and exports image classifiers without a display. VGG16 with its ImageNet weights is \
fine-tuned on a folder of pictures, one folder a class, by the recipe of Keras; a training that is stopped goes \
on exactly where it was."
package thaw gui "thaw-cli (= $full), libqt6svg6" "qt6-wayland" science \
    "fine-tune VGG16 on your own pictures" \
    "A window to train image classifiers without programming: drop a folder of pictures, look at the \
augmentations, click on the layers to freeze, press Start, and watch loss and accuracy grow. Pictures never leave \
the machine."
