/**
 * Keeps an agent running where no systemd does: a script for a POSIX shell, which is started in a session of its own and
 * told the agent's folder. It starts the agent again when it ends, later each time that it ended early, and lets it be when
 * its options are wrong (2) or its bridge doesn't want it (3). TERM ends both. `{folder}/log` is what the agent says.
 */
export const supervisorScript = `#!/bin/sh
base=$1
cd / || exit 1
umask 077
exec >>"$base/log" 2>&1 </dev/null
echo "$$" >"$base/supervisor.pid" || exit 1
umask 022
child= ending= delay=1
trap 'ending=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT
trap '' HUP
while [ -z "$ending" ]; do
  if [ "$(wc -c <"$base/log")" -gt 1048576 ]; then
    (umask 077; cp "$base/log" "$base/log.1")
    : >"$base/log"
  fi
  began=$(date +%s)
  "$base/current/node" "$base/current/agent.mjs" "$base/current/options.json" &
  child=$!
  echo "$child" >"$base/agent.pid"
  status=
  while [ -z "$status" ]; do
    wait "$child"
    status=$?
    # A signal ends the waiting, and not the agent.
    if [ "$status" -gt 128 ] && kill -0 "$child" 2>/dev/null; then status=; fi
  done
  child=
  rm -f "$base/agent.pid"
  if [ -n "$ending" ]; then break; fi
  case $status in
    2 | 3)
      echo "supervisor: the agent ended with $status and is not started again"
      break
      ;;
  esac
  if [ $(($(date +%s) - began)) -ge 60 ]; then delay=1; fi
  echo "supervisor: the agent ended with $status and is started again in $delay s"
  sleep "$delay" &
  child=$!
  wait "$child"
  child=
  delay=$((delay * 2))
  if [ "$delay" -gt 60 ]; then delay=60; fi
done
rm -f "$base/supervisor.pid"
`
