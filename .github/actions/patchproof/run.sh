#!/usr/bin/env bash
# One run of patchproof as a step of a workflow: report, step summary, annotations, outputs, and the exit code asked for.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=${INPUT_OUT:-patchproof-report}
fail_on=${INPUT_FAIL_ON:-not-conformant}
summary=${GITHUB_STEP_SUMMARY:-/dev/null}
outputs=${GITHUB_OUTPUT:-/dev/null}

# What a target sends must not be read as a command of the workflow, so commands are off while it may be printed.
quietly() {
  local token code=0
  token="patchproof-$RANDOM$RANDOM$RANDOM"
  echo "::stop-commands::$token"
  "$@" || code=$?
  echo "::$token::"
  return "$code"
}

usage() {
  echo "::error title=patchproof::$1"
  exit 2
}

case $fail_on in
  not-conformant | drift | never) ;;
  regression) [[ -n ${INPUT_BASELINE:-} ]] || usage 'fail-on: regression needs the input baseline' ;;
  *) usage 'fail-on is none of: not-conformant, drift, regression, never' ;;
esac
if [[ $fail_on == drift && -z ${INPUT_SNAPSHOTS:-} ]]; then
  usage 'fail-on: drift needs the input snapshots'
fi

# A binary that is there is taken; else the one of this checkout is built.
binary=${PATCHPROOF:-$(command -v patchproof || true)}
if [[ -z $binary ]]; then
  cargo build --release --locked --quiet --manifest-path "$root/Cargo.toml"
  binary=${CARGO_TARGET_DIR:-$root/target}/release/patchproof
fi

command=("$binary" run --out "$out")
[[ -z ${INPUT_TARGET:-} ]] || command+=(--target "$INPUT_TARGET")
[[ -z ${INPUT_EDITION:-} ]] || command+=(--edition "$INPUT_EDITION")
[[ -z ${INPUT_SNAPSHOTS:-} ]] || command+=(--snapshots check --snapshot-dir "$INPUT_SNAPSHOTS")
[[ $fail_on != drift ]] || command+=(--fail-on-drift)
while IFS= read -r argument; do
  [[ -z $argument ]] || command+=("$argument")
done <<<"${INPUT_ARGS:-}"

code=0
quietly "${command[@]}" || code=$?

record=$out/run.json
verdict=
worse=0
if [[ -f $record ]]; then
  verdict=$("$binary" report "$record" --format verdict)
  "$binary" report "$record" --format markdown >>"$summary"
  # Escaped by patchproof: each line is one annotation, whatever the target put into it.
  "$binary" report "$record" --format annotations
  if [[ -n ${INPUT_BASELINE:-} && -f ${INPUT_BASELINE:-} ]]; then
    "$binary" diff "$INPUT_BASELINE" "$record" --format markdown >"$out/diff.md" || worse=$?
    (( worse <= 1 )) || usage "the baseline cannot be compared (exit $worse)"
    cat "$out/diff.md" >>"$summary"
  elif [[ $fail_on == regression ]]; then
    echo "::warning title=patchproof::there is no baseline yet, so nothing can have got worse"
  fi
fi
{
  echo "verdict=$verdict"
  echo "exit-code=$code"
  echo "record=$record"
} >>"$outputs"

# Without a verdict about the target (2 usage, 3 unreachable, 5 harness, 6 guard, 130, 143, 129 a signal) the step always fails.
case $code in
  0) ;;
  1 | 4 | 7)
    case $fail_on in
      never) code=0 ;;
      regression) code=$worse ;;
      *) ;;
    esac
    ;;
  *) ;;
esac
exit "$code"
