#!/usr/bin/env bash
# Builds Thaw and runs its tests: see --help.
set -euo pipefail

usage() {
    cat <<'END'
Usage: ./test.sh [--asan] [--all] [--wheel] [--no-install]

Installs what is needed (root or sudo), builds everything (Release) and runs the tests.

  --asan         runs the core's tests under the address and undefined-behaviour sanitizers, and there alone
  --all          all tests in Release and the core's under both sanitizers, with those that take long
  --wheel        also builds on the LibTorch of PyPI's torch (a download of 3 GB) and runs the tests there
  --no-install   install nothing
END
}

sanitizers=()
wheel=()
packages=(build run)
long=
core=ON
install=yes
while [[ $# -gt 0 ]]; do
    case $1 in
    --asan) sanitizers=(asan); core=OFF ;;
    --all) sanitizers=(asan tsan); core=ON; long=yes ;;
    --wheel) wheel=(wheel); packages+=(wheel) ;;
    --no-install) install= ;;
    --help | -h) usage; exit 0 ;;
    *) echo "Unknown option $1; ./test.sh --help lists them." >&2; exit 2 ;;
    esac
    shift
done

cd -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")"
source packaging/steps.sh

failed=()
summary=()
# The tests of one preset, as many at a time as there are processors.
run_tests() {
    local preset=$1 log=$logs/test-$1.log exclude=()
    [[ -n $long && $preset == release ]] || exclude=(--label-exclude '^long$')
    ctest --preset "$preset" --no-label-summary --parallel "$(nproc)" "${exclude[@]}" 2>&1 | tee "$log" || failed+=("$preset")
    summary+=("$preset: $(grep 'tests passed' "$log" | tail -n 1 || true)")
}

[[ -z $install ]] || quietly "Installing what is missing" install packaging/install-dependencies.sh "${packages[@]}"
[[ ${#wheel[@]} -eq 0 ]] || quietly "Getting LibTorch with CUDA (3 GB the first time)" torch-wheel packaging/fetch-torch-wheel.sh
# Release comes last, so that what closes the output is its count.
for preset in "${sanitizers[@]}" "${wheel[@]}" release; do
    options=()
    [[ $preset != release ]] || options=("-DTHAW_CORE_TESTS=$core")
    quietly "Configuring ($preset)" "configure-$preset" configure "$preset" "${options[@]}"
    quietly "Building for $preset (some minutes the first time)" "build-$preset" build "$preset" all
    openly "Testing ($preset)" run_tests "$preset"
done

echo "==> Done after $(elapsed 0)"
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "Tests failed in: ${failed[*]}. The logs are $logs/test-*.log." >&2
fi
for line in "${summary[@]:0:${#summary[@]}-1}"; do
    echo "$line"
done
echo "${summary[-1]#release: }"
[[ ${#failed[@]} -eq 0 ]]
