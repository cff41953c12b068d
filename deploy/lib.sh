# shellcheck shell=bash
# What the scripts of this folder share: where things lie, how a step is told, how a failure is told.
# Sourced, never run. Knows nothing of what is built or tested.

SLUICE_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SLUICE_CACHE=${SLUICE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/sluice}
# SLUICE_DEPS set by the caller: libraries that are already there. deploy/dependencies then builds none.
export SLUICE_CACHE SLUICE_DEPS=${SLUICE_DEPS:-$SLUICE_CACHE/prefix}
SLUICE_LOG=$SLUICE_TREE/build/log
SLUICE_JOBS=${SLUICE_JOBS:-$(nproc)}
export SLUICE_LOG SLUICE_JOBS
mkdir -p "$SLUICE_LOG"

say() { printf '%s\n' "$*"; }

# What a step is at: on a terminal its log's last line, elsewhere a sign of life each minute.
progress() { # $1: log
  local line last='' seconds=0
  trap - EXIT
  while sleep 1; do
    seconds=$((seconds + 1))
    if [[ -t 1 ]]; then
      line=$(tail -n 1 "$1" | tr -d '\r\033' | cut -c "1-$((${COLUMNS:-80} - 6))")
      [[ $line == "$last" ]] || printf '\r\033[K    %s' "$line"
      last=$line
    elif ((seconds % 60 == 0)); then
      say "    … $seconds s: $(tail -n 1 "$1" | cut -c 1-120)"
    fi
  done
}

log_name() { tr -cs 'a-zA-Z0-9' '-' <<<"$1" | tr '[:upper:]' '[:lower:]' | sed 's/^-*//; s/-*$//'; } # $1: a step's name

# step NAME COMMAND…: says what it does and keeps the output in build/log/<name>.log. On failure it tells the step, the
# log, the log's end and the mend, and returns 1. `mend` is what to do then: `mend='…' step …`.
step() {
  local name=$1 log start=$SECONDS status=0 ticker
  shift
  log=$SLUICE_LOG/$(log_name "$name").log
  say "==> $name"
  : >"$log"
  progress "$log" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  { kill "$ticker" && wait "$ticker"; } 2>/dev/null || true
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((!status)); then
    say "    done in $((SECONDS - start)) s"
    return 0
  fi
  {
    say "FAILED: $name (after $((SECONDS - start)) s)"
    say "  log:  $log"
    grep -m 3 -nE '(^|[^a-z])error: ' "$log" | cut -c 1-300 | sed 's/^/  line /' || true
    tail -n "${SLUICE_LOG_TAIL:-25}" "$log" | cut -c 1-300 | sed 's/^/  | /'
    say "  mend: ${mend:-correct what the log names, then run $0 again; what is already built is kept}"
  } >&2
  return 1
}

# What a bare machine lacks. $1: role, see deploy/dependencies.
dependencies() {
  mend="needs root or sudo, and the apt mirror this machine is configured for. Try 'apt-get update', then deploy/dependencies --role $1 by hand" \
    step "Dependencies ($1)" "$SLUICE_TREE/deploy/dependencies" --role "$1"
}

# compile PRESET TARGET…: configures build/PRESET and builds the targets in it.
compile() {
  local preset=$1
  shift
  mend="a missing library: run deploy/dependencies. A stale configuration: remove build/$preset" \
    step "Configure $preset" cmake --preset "$preset" -S "$SLUICE_TREE" -B "$SLUICE_TREE/build/$preset" || return 1
  mend="a compile error is a bug: please report it with the log. Out of memory: SLUICE_JOBS=1 $0" \
    step "Build $preset" cmake --build "$SLUICE_TREE/build/$preset" -j "$SLUICE_JOBS" --target "$@"
}
