# shellcheck shell=bash
# Steps as run.sh and test.sh announce them; sourced from the project's folder, not run.

logs=$PWD/build/logs
mkdir -p "$logs" || { echo "$PWD/build cannot be written to." >&2; exit 4; }
step_name=
step_log=

# Time since a value of $SECONDS.
elapsed() {
    local seconds=$((SECONDS - $1))
    if ((seconds < 60)); then
        printf '%d s' "$seconds"
    else
        printf '%d min %02d s' $((seconds / 60)) $((seconds % 60))
    fi
}

# A step whose output goes to a log: one line, with its time at the end. quietly NAME LOG COMMAND…
quietly() {
    local begun=$SECONDS
    step_name=$1
    step_log=$logs/$2.log
    shift 2
    printf '==> %s … ' "$step_name"
    : >"$step_log"
    "$@" >>"$step_log" 2>&1 || return
    printf '%s\n' "$(elapsed "$begun")"
    step_name=
}

# A step that shows what it does. openly NAME COMMAND…
openly() {
    local begun=$SECONDS
    step_name=$1
    step_log=
    shift
    printf '==> %s\n' "$step_name"
    "$@" || return
    printf '==> %s: %s\n' "$step_name" "$(elapsed "$begun")"
    step_name=
}

# Names the step at which the script ends early.
report_failure() {
    local status=$?
    [[ $status -ne 0 && -n $step_name ]] || return 0
    if [[ $status -eq 130 ]]; then
        printf '\nStopped at: %s.\n' "$step_name" >&2
        return 0
    fi
    printf '\n' >&2
    if [[ -n $step_log && -s $step_log ]]; then
        tail -n 20 "$step_log" | sed 's/^/    /' >&2
        printf 'This step failed: %s. The whole log is %s.\n' "$step_name" "$step_log" >&2
    else
        printf 'This step failed: %s.\n' "$step_name" >&2
    fi
}
trap report_failure EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A file with LibTorch in it takes nearly 2 GB to compile.
build_jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
    memory=$((memory < 1 ? 1 : memory))
    echo $((cores < memory ? cores : memory))
}

# configure PRESET [-DOPTION=VALUE…]: ninja itself repeats it when a CMakeLists.txt changes.
configure() {
    local option known=yes
    for option in "${@:2}"; do
        option=${option#-D}
        grep -qs "^${option%%=*}:[A-Z]*=${option#*=}$" "build/$1/CMakeCache.txt" || known=
    done
    [[ -n $known && build/$1/build.ninja -nt CMakePresets.json ]] || cmake --preset "$@"
}

# build PRESET TARGET…
build() {
    local preset=$1
    shift
    cmake --build --preset "$preset" --parallel "$(build_jobs)" --target "$@"
}
