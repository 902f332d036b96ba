/** The line before the launcher's answer, so that what a noisy login prints is told apart from it. */
export const launched = 'reops-launched'

/**
 * Starts `$3 …` (or, when `$1` is `shell`, the text `$3` in the host's own shell) so that it outlives the connection:
 * in a session of its own where the host has setsid, deaf to hang-ups, with /dev/null for stdin and the log `$2` for
 * output. An empty `$2` makes a log of its own. It looks again a moment later and says the process id, whether it
 * is still running, and the log. A command that has failed by then is told by its status, and by what it
 * added to the log on stderr; a log of its own is removed then, since nobody would know of it.
 *
 * `exec` in the background keeps the id that `$!` names. `sleep` takes whole seconds only on some hosts.
 */
export const launcher = `
how=$1 log=$2 own=
shift 2
if [ "$how" = shell ]; then set -- "\${SHELL:-/bin/sh}" -c "$1"; fi
if [ -z "$log" ]; then
  own=$(mktemp "\${TMPDIR:-/tmp}/reops-nohup-XXXXXX") || exit
  log=$own
fi
case $log in /*) ;; *) log=$PWD/$log ;; esac
(umask 077; : >>"$log") || exit
before=$(wc -c <"$log") || exit
if command -v setsid >/dev/null 2>&1; then set -- setsid "$@"; fi
(trap '' HUP; exec "$@") </dev/null >>"$log" 2>&1 &
pid=$!
sleep 0.3 2>/dev/null || sleep 1
running=yes
if ! kill -0 "$pid" 2>/dev/null; then
  running=no
  wait "$pid"
  status=$?
  if [ "$status" -ne 0 ]; then
    tail -c "+$((before + 1))" "$log" | tail -n 20 >&2
    if [ -n "$own" ]; then rm -f "$own"; fi
    exit "$status"
  fi
fi
printf '%s\\n' '${launched}' "$pid" "$running" "$log"
`
