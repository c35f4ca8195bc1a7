#!/usr/bin/env bash
# Runs every fuzz target with Clang's libFuzzer (packages clang and libclang-rt-14-dev), which looks at coverage and
# so gets further than the short runs that the tests make: tests/fuzz/run_fuzz.sh [SECONDS_EACH] [TARGET…]
set -euo pipefail
cd -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/../.."

seconds=${1:-60}
targets=("${@:2}")
if [[ ${#targets[@]} -eq 0 ]]; then
    for source in tests/fuzz/fuzz_*.cpp; do
        name=$(basename "$source" .cpp)
        [[ $name == fuzz_target || $name == fuzz_driver ]] || targets+=("${name#fuzz_}")
    done
fi

cmake --preset fuzz
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

for target in "${targets[@]}"; do
    corpus=tests/fuzz/corpus/$target
    [[ $target != image_* ]] || corpus=tests/fuzz/corpus/images
    found=build/fuzz/found/$target
    mkdir -p "$found"
    # What is found goes into the first folder; the repository's corpus is only read.
    "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -malloc_limit_mb=256 \
        -timeout=20 -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-" "$found" "$corpus" 2>&1 |
        grep -E 'stat::number_of_executed_units|ERROR|SUMMARY|artifact' | sed "s/^/$target: /"
done
