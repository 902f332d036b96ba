/**
 * What the scripts of a deployment share, for any POSIX shell; `base` is the agent's folder. In it are
 *
 *   <version>/            a release: agent.mjs, node_modules, node → the program, options.json, setup, kind,
 *                         supervise.sh, unit, and the sums of all that
 *   current → <version>   the one that runs, and `previous`, which the last one took the place of
 *   node/<version>/node   a Node that was brought
 *   state/                its keys and bundles, and a token for as long as that was not used
 *   log, *.pid            of the plain supervisor
 *   lock/                 while a bridge is at work on it: its public key
 *
 * A process counts as ours when its command line names the folder, so that a number that was given out again is nobody's.
 */
export const common = `
uid=$(id -u)
unit_name=reops-agent.service
where_units() {
  if [ "$uid" = 0 ]; then units=/etc/systemd/system; else units=\${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user; fi
  unit_file=$units/$unit_name
}
where_units
ctl() {
  if [ "$uid" = 0 ]; then systemctl --no-pager --no-ask-password "$@"
  else XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$uid} systemctl --user --no-pager "$@"
  fi
}
logs() {
  if [ "$uid" = 0 ]; then journalctl --no-pager -o cat -n 20 -u "$unit_name"
  else journalctl --no-pager -o cat -n 20 --user-unit "$unit_name"
  fi
}
nap() { sleep 0.2 2>/dev/null || sleep 1; }

pid_of() {
  pid=$(cat "$base/$1.pid" 2>/dev/null)
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$pid" 2>/dev/null || return 1
  if [ -r "/proc/$pid/cmdline" ]; then args=$(tr '\\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")
  else args=$(ps -o args= -p "$pid" 2>/dev/null)
  fi
  case $args in *"$base/"*) return 0 ;; esac
  return 1
}
ours() { [ -f "$unit_file" ] && grep -Fq -e "$base/current/" "$unit_file"; }

kind_of() { cat "$base/$1/kind" 2>/dev/null; }
link_of() { readlink "$base/$1" 2>/dev/null; }

is_running() {
  case $(kind_of current) in
    systemd) ours && ctl is-active --quiet "$unit_name" 2>/dev/null ;;
    plain) pid_of supervisor && pid_of agent ;;
    *) return 1 ;;
  esac
}

# Ends a process by its file, in so many fifths of a second, and at once then.
end_pid() {
  pid_of "$1" || return 0
  kill -TERM "$pid" 2>/dev/null
  left=$2
  while [ "$left" -gt 0 ] && pid_of "$1"; do nap; left=$((left - 1)); done
  if pid_of "$1"; then kill -KILL "$pid" 2>/dev/null; fi
}
stop_all() {
  # Its supervisor hands TERM on to the agent, which drains.
  end_pid supervisor "$1"
  end_pid agent "$1"
  rm -f "$base/supervisor.pid" "$base/agent.pid"
  if ours; then ctl stop "$unit_name" >&2; fi
}

remove_unit() {
  ours || return 0
  ctl disable "$unit_name" >&2
  rm -f "$unit_file"
  ctl daemon-reload >&2
}

start_current() {
  if [ "$(kind_of current)" = systemd ]; then
    if [ -f "$unit_file" ] && ! ours; then
      echo "$unit_file belongs to an agent in another folder" >&2
      return 1
    fi
    mkdir -p "$units" && cp "$base/current/unit" "$unit_file" && chmod 644 "$unit_file" || return 1
    if [ "$uid" != 0 ]; then loginctl enable-linger >&2 || return 1; fi
    ctl daemon-reload >&2 && ctl enable "$unit_name" >&2 && ctl restart "$unit_name" >&2
    return
  fi
  remove_unit
  set -- sh "$base/current/supervise.sh" "$base"
  if has setsid; then set -- setsid "$@"; elif has nohup; then set -- nohup "$@"; fi
  "$@" </dev/null >/dev/null 2>&1 &
  left=25
  while [ "$left" -gt 0 ]; do
    if pid_of agent; then return 0; fi
    nap
    left=$((left - 1))
  done
  echo 'the supervisor did not start' >&2
  return 1
}

switch_to() { rm -f "$base/current" && ln -s "$1" "$base/current"; }

tail_log() {
  case $(kind_of current) in
    systemd) logs 2>/dev/null ;;
    *) tail -n 20 "$base/log" 2>/dev/null ;;
  esac
}

# All that is of a release and may not differ: Node itself is only named.
sums_of() {
  if has sha256sum; then sum=sha256sum; else sum=cksum; fi
  (cd "$base/$1" 2>/dev/null || exit
    readlink node
    find . -type f ! -name sums -exec "$sum" {} + | sort
    if [ "$(cat kind)" = systemd ]; then "$sum" <"$unit_file" 2>/dev/null; "$sum" <unit; fi) | "$sum"
}

lock() {
  if ! mkdir "$base/lock" 2>/dev/null; then
    holder=$(cat "$base/lock/holder" 2>/dev/null)
    if [ "$holder" != "$1" ] && [ -z "$(find "$base/lock" -prune -mmin +15 2>/dev/null)" ]; then
      refuse "another bridge \${holder:+(its key is $holder) }is at work on this agent; wait for it, or remove $base/lock"
    fi
    rm -rf "$base/lock"
    mkdir "$base/lock" || exit 1
  fi
  printf '%s\\n' "$1" >"$base/lock/holder" || exit 1
}
# The links to releases are none.
releases() {
  (cd "$base" 2>/dev/null || exit
    for one in */setup; do
      if [ -f "$one" ] && [ ! -L "\${one%/setup}" ]; then printf '%s\\n' "\${one%/setup}"; fi
    done)
}

# Of what was brought only that stays which a release names.
prune_nodes() {
  for one in "$base"/node/*/; do
    [ -d "$one" ] || continue
    used=
    for release in $(releases); do
      if [ "$(readlink "$base/$release/node")" = "\${one}node" ]; then used=1; fi
    done
    if [ -z "$used" ]; then rm -rf "$one"; fi
  done
  rmdir "$base/node" 2>/dev/null
  return 0
}
remove_all() {
  remove_unit
  for release in $(releases); do rm -rf "\${base:?}/$release"; done
  rm -rf "$base/state" "$base/node"
  rm -f "$base/current" "$base/previous" "$base/log" "$base/log.1"
  rm -rf "$base/lock"
  rmdir "$base" 2>/dev/null
  return 0
}
`

/** Finds the folder of the agent: `$1` where it was said, of which `~/` is the login's home. */
export const findBase = `
case $1 in
  '') if [ "$(id -u)" = 0 ]; then base=/opt/reops-agent; else base=\${HOME:?}/.local/share/reops-agent; fi ;;
  '~/'*) base=\${HOME:?}/\${1#??} ;;
  *) base=$1 ;;
esac
if [ -L "$base" ]; then refuse "$base is a symbolic link, and an agent goes into a folder of its own"; fi
`
