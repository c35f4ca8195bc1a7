#!/usr/bin/env bash
# The long proofs of docs/reliability.md: see --help. Each prints its result; the first that fails ends the script.
set -euo pipefail

usage() {
    cat <<'END'
Usage: tests/reliability/prove.sh [PART…]

Builds what the parts need and runs them; without any, all but the soak.

  faults    each call to the disk fails in turn; power cuts; memory against what was foretold
  kill      1,000 kills of a narrow network's training, each resumed and compared byte for byte
  kill-true 30 kills of the true network's, with the ImageNet weights (fetched when missing)
  disk      thaw-cli on a disk that fills up and is emptied, and while its folder of pictures is away
  threads   the core's tests, and 500 orders of start, stop and resume, under the thread sanitizer
  fuzz      each reader of foreign files: over ten million inputs in all, under the address sanitizer
  soak      two hours of training with its memory sampled

KILLS, KILLS_TRUE, SEQUENCES, FUZZ_INPUTS, FUZZ_SECONDS and SOAK_SECONDS in the environment change how much.
END
}

parts=("$@")
[[ ${1:-} != --help && ${1:-} != -h ]] || { usage; exit 0; }
[[ ${#parts[@]} -gt 0 ]] || parts=(faults kill kill-true disk threads fuzz)

cd -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/../.."
source packaging/steps.sh
# Qt Test gives up after five minutes otherwise.
export LC_ALL=C.UTF-8 QT_QPA_PLATFORM=offscreen QTEST_FUNCTION_TIMEOUT=7200000
export LSAN_OPTIONS=suppressions=$PWD/packaging/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=suppressions=$PWD/packaging/tsan.supp:print_suppressions=0
export XDG_RUNTIME_DIR=$PWD/build/runtime
mkdir -p "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
cli=build/release/app/cli/thaw-cli
work=$(mktemp -d)
mounted=
trainer=
clean_up() {
    local status=$?
    set +e
    [[ -z $trainer ]] || kill -9 "$trainer" 2>/dev/null
    [[ -z $mounted ]] || umount -l "$mounted"
    rm -rf "$work"
    (exit "$status")
    report_failure
}
trap clean_up EXIT

# made PRESET TARGET…
made() {
    local preset=$1
    quietly "Configuring ($preset)" "configure-$preset" configure "$preset"
    quietly "Building for $preset" "build-$preset" build "$@"
}

# Pictures of noise: PPM is a header and the bytes. pictures FOLDER PER_CLASS SIDE
pictures() {
    local class number
    for class in cats dogs; do
        mkdir -p "$1/$class"
        for ((number = 0; number < $2; ++number)); do
            {
                printf 'P6 %d %d 255\n' "$3" "$3"
                head -c $(($3 * $3 * 3)) /dev/urandom
            } >"$1/$class/$number.ppm"
        done
    done
}

narrow=(--weights none --set width=0.0625 --set input_size=32 --set batch_size=8 --threads 1
    --set phases.0.epochs=20 --set phases.1.epochs=10)

# Whether a run's weights, and its history but for the seconds, are those of another.
same_run() {
    local file
    for file in best.safetensors phase1.safetensors phase2.safetensors; do
        cmp "$1/$file" "$2/$file"
    done
    cmp <(sed 's/,[^,]*$//' "$1/history.csv") <(sed 's/,[^,]*$//' "$2/history.csv")
}

# Until a file holds a text, or a minute has gone by. until_said FILE TEXT
until_said() {
    local tries
    for ((tries = 0; tries < 600; ++tries)); do
        ! grep -q -- "$2" "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "\"$2\" was not said: $1" >&2
    cat "$1" >&2
    return 1
}

# interrupted FOLDER WAITS BREAK MEND: trains into FOLDER; calls BREAK after the third epoch and MEND once it waits.
interrupted() {
    local log=$work/log
    "$cli" train "$work/data" "${narrow[@]}" --out "$1" >"$log" 2>&1 &
    trainer=$!
    until_said "$log" "phase 1 epoch 3/"
    "$3"
    until_said "$log" "$2"
    "$4"
    wait "$trainer"
    trainer=
    same_run "$work/whole" "$1"
    grep -m 1 "$2" "$log" | sed 's/^/    /'
    echo "    … and ended as the undisturbed run, byte for byte."
}

move_pictures_away() { mv "$work/data" "$work/away"; }
move_pictures_back() { mv "$work/away" "$work/data"; }
# Ends when there is no more room, which is what it is for.
fill_disk() { head -c 1G /dev/zero >"$mounted/ballast" 2>/dev/null || true; }
empty_disk() { rm "$mounted/ballast"; }

# median FILE FIRST LAST: of these lines
median() { sed -n "$2,$3p" "$1" | sort -n | sed -n "$((($3 - $2) / 2 + 1))p"; }

prove_faults() {
    THAW_LONG_TESTS=1 build/release/tests/core/train/test_train test_faults
    THAW_LONG_TESTS=1 build/release/tests/core/train/test_train test_preflight
}

prove_disk() {
    pictures "$work/data" 100 48
    "$cli" train "$work/data" "${narrow[@]}" --out "$work/whole" >"$work/log" 2>&1
    echo "The folder of pictures is moved away and back:"
    interrupted "$work/lost" "Training waits for its pictures" move_pictures_away move_pictures_back
    if [[ $(id -u) -ne 0 ]]; then
        echo "Only root can mount a small disk: left out."
        return
    fi
    echo "A disk of 8 MiB is filled up and emptied:"
    mkdir "$work/disk"
    mount -t tmpfs -o size=8m none "$work/disk"
    mounted=$work/disk
    interrupted "$work/disk/run" "Training waits, because the run cannot be saved" fill_disk empty_disk
    umount "$mounted"
    mounted=
}

prove_threads() {
    ctest --preset tsan --no-label-summary --label-exclude '^long$' --parallel "$(nproc)"
    THAW_SEQUENCES=${SEQUENCES:-500} build/tsan/tests/core/train/test_train test_thread_orders
}

# The quick readers take a number of inputs each, the slow ones a time.
prove_fuzz() {
    local name corpus
    for name in csv history recipe run_record image_header weights_pickle; do
        corpus=$name
        [[ $name != image_* ]] || corpus=images
        build/asan/tests/fuzz/fuzz_$name tests/fuzz/corpus/$corpus --inputs "${FUZZ_INPUTS:-2100000}" --seed 7
    done
    for name in checkpoint image_decode safetensors weights_h5 weights_onnx weights_zip; do
        corpus=$name
        [[ $name != image_* ]] || corpus=images
        build/asan/tests/fuzz/fuzz_$name tests/fuzz/corpus/$corpus --seconds "${FUZZ_SECONDS:-180}" --seed 7
    done
}

# Memory that is the process's own, every ten seconds. What is kept for each epoch is a few hundred bytes.
prove_soak() {
    local seconds=${SOAK_SECONDS:-7200} begun=$SECONDS samples=$work/samples status=0
    pictures "$work/data" 100 96
    "$cli" train "$work/data" --weights none --set width=0.25 --set input_size=96 --set phases.0.epochs=10000 \
        --out "$work/run" >"$work/log" 2>&1 &
    trainer=$!
    while ((SECONDS - begun < seconds)); do
        sleep 10
        awk '/^RssAnon/ { print $2 }' "/proc/$trainer/status" >>"$samples"
    done
    kill -TERM "$trainer"
    wait "$trainer" || status=$?
    trainer=
    [[ $status -eq 130 ]] || { cat "$work/log" >&2; return 1; }
    local count tenth
    count=$(wc -l <"$samples")
    tenth=$((count / 10))
    echo "$seconds s, $(($(wc -l <"$work/run/history.csv") - 1)) epochs, stopped by SIGTERM. RssAnon, $count samples:"
    echo "    median of the second tenth $(median "$samples" $((tenth + 1)) $((2 * tenth))) kB," \
        "of the last tenth $(median "$samples" $((count - tenth + 1)) "$count") kB"
}

# What follows ends the script where it fails, which a function called from another with || would not.
part() {
    step_name=$1
    step_log=
    printf '==> %s\n' "$1"
}

needs_release=()
for part in "${parts[@]}"; do
    case $part in
    faults) needs_release+=(test_train) ;;
    kill) needs_release+=(kill_resume) ;;
    kill-true) needs_release+=(kill_resume thaw-cli) ;;
    disk | soak) needs_release+=(thaw-cli) ;;
    threads | fuzz) ;;
    *) echo "Unknown part $part; --help lists them." >&2; exit 2 ;;
    esac
done
[[ ${#needs_release[@]} -eq 0 ]] || made release "${needs_release[@]}"

for part in "${parts[@]}"; do
    case $part in
    faults)
        part "Failing disks, power cuts, memory"
        prove_faults
        ;;
    kill)
        part "Kills, narrow network"
        build/release/tests/reliability/kill_resume --kills "${KILLS:-1000}"
        ;;
    kill-true)
        quietly "Fetching weights" weights "$cli" weights fetch imagenet
        part "Kills, true network"
        build/release/tests/reliability/kill_resume --kills "${KILLS_TRUE:-30}" \
            --true-network --weights imagenet
        ;;
    disk)
        part "A full disk, lost pictures"
        prove_disk
        ;;
    threads)
        made tsan all
        part "Threads"
        prove_threads
        ;;
    fuzz)
        made asan fuzz_{csv,history,recipe,run_record,image_header,checkpoint,image_decode,safetensors} \
            fuzz_weights_{h5,onnx,pickle,zip}
        part "Fuzzing"
        prove_fuzz
        ;;
    soak)
        part "Soak"
        prove_soak
        ;;
    esac
    step_name=
done
