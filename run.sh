#!/usr/bin/env bash
# From a bare Debian 12 to a fine-tuned network: see --help.
set -euo pipefail

usage() {
    cat <<'END'
Usage: ./run.sh [--headless] [--cuda | --cpu] [--no-install] [--data FOLDER] [-- OPTIONS OF thaw-cli train]

Installs what is needed (root or sudo), builds Thaw, gets the ImageNet weights and a sample data set. With a
display it then opens the window on that data set; without one it trains the recipe "quick" and prints the
results. What is there already is not done again.

  --headless     train without the window, display or not
  --cuda         build on the LibTorch of PyPI's torch, which has CUDA (a download of 3 GB); without this option
                 it is taken where there is an NVIDIA device
  --cpu          build on Debian's LibTorch in any case
  --no-install   install nothing
  --data FOLDER  use your own pictures: one folder a class
  -- …           passed on to thaw-cli train, for example: -- --set phases.0.epochs=1 --threads 2
END
}

headless=
libtorch=
install=yes
data=
while [[ $# -gt 0 ]]; do
    case $1 in
    --headless) headless=yes ;;
    --cuda) libtorch=wheel ;;
    --cpu) libtorch=debian ;;
    --no-install) install= ;;
    --data)
        [[ $# -ge 2 ]] || { echo "--data needs a folder." >&2; exit 2; }
        data=$2
        shift
        ;;
    --data=*) data=${1#--data=} ;;
    --help | -h) usage; exit 0 ;;
    --) shift; break ;;
    *) echo "Unknown option $1; ./run.sh --help lists them." >&2; exit 2 ;;
    esac
    shift
done
if [[ -n $data ]]; then
    [[ -e $data ]] || { echo "$data: there is no such folder." >&2; exit 3; }
    data=$(realpath -- "$data")
fi

cd -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")"
source packaging/steps.sh

if [[ -z ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    headless=yes
fi
has_nvidia_device() {
    [[ -e /dev/nvidia0 ]] || nvidia-smi >/dev/null 2>&1
}

if [[ -z $libtorch ]] && has_nvidia_device; then
    libtorch=wheel
fi
preset=release
packages=(build run)
if [[ $libtorch == wheel ]]; then
    preset=wheel
    packages+=(wheel)
fi
targets=(thaw-cli)
[[ -n $headless ]] || targets+=(thaw)
cli=build/$preset/app/cli/thaw-cli

# The folder goes to standard output alone; the messages and the bar to the terminal.
get_sample() {
    data=$("$cli" sample)
}

fetch_weights() {
    "$cli" weights fetch imagenet >/dev/null
}

[[ -z $install ]] || quietly "Installing what is missing" install packaging/install-dependencies.sh "${packages[@]}"
if [[ $preset == wheel ]] && ! quietly "Getting LibTorch with CUDA (3 GB the first time)" torch-wheel packaging/fetch-torch-wheel.sh; then
    printf '\n%s\n' "./run.sh --cpu goes on without CUDA." >&2
    exit 1
fi
quietly "Configuring" configure configure "$preset"
quietly "Building ${targets[*]} (some minutes the first time)" build build "$preset" "${targets[@]}"
if ! openly "Getting the ImageNet weights" fetch_weights; then
    echo "Warning: the ImageNet weights could not be fetched; without them training starts from nothing and its results are poor." >&2
    echo "         Later, with a network: $PWD/$cli weights fetch imagenet" >&2
fi
step_name=
[[ -n $data ]] || openly "Getting sample pictures" get_sample
echo "==> Ready after $(elapsed 0): $data"

if [[ -z $headless ]]; then
    echo "==> Opening the window"
    exec "build/$preset/app/thaw" "$data"
fi
echo "==> Training the recipe quick"
exec "$cli" train "$data" --recipe quick "$@"
