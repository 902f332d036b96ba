import { common } from './common.ts'

/** Removes what arrived and was not used. `$1` its path. */
export const unstageScript = `
case $1 in */.reops-agent-??????) rm -rf "$1" ;; esac
`

/**
 * Goes back to what was there before a release was installed, and answers the last lines of its log. `$1` the folder, `$2`
 * the version, `$3` the version before or nothing, `$4` fifths of a second that an agent may take to end.
 */
export const rollbackScript = `
base=$1 version=$2 before=$3 grace=$4
${common}
lines=$(tail_log)
current=$(link_of current)
rm -f "$base/state/token"
if [ "$current" = "$version" ]; then stop_all "$grace"; fi
if [ -f "$base/state/agent.key.before" ]; then mv -f "$base/state/agent.key.before" "$base/state/agent.key"; fi
if [ -z "$before" ] || [ ! -f "$base/$before/setup" ]; then
  stop_all "$grace"
  remove_all
  say back nothing
elif [ "$before" = "$version" ]; then
  say back same
else
  if [ "$current" = "$version" ]; then
    switch_to "$before" || exit 1
    start_current || exit 1
  fi
  # It is the only one that is known to run.
  if [ "$(link_of previous)" = "$before" ]; then rm -f "$base/previous"; fi
  rm -rf "\${base:?}/$version"
  prune_nodes
  say back "$before"
fi
rm -rf "$base/lock"
echo reops-content
printf '%s\\n' "$lines" | tail -c 8000
`

/** Stops an agent and removes all that was put there for it. `$1` the folder, `$2` the key of the bridge, `$3` the time to end. */
export const removeScript = `
base=$1
${common}
lock "$2"
if has loginctl && [ "$uid" != 0 ] && [ "$(kind_of current)" = systemd ]; then say linger "$(id -un)"; fi
stop_all "$3"
remove_all
if [ -e "$base" ]; then say left "$(ls -A "$base" | head -n 5 | tr '\\n' ' ')"; fi
`
