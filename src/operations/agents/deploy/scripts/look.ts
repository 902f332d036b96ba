import { common, findBase } from './common.ts'

/**
 * Looks at a host: what it is, which Node it has, and what is there of an agent. `$1` the folder or nothing, `$2` a Node to
 * look at instead of the one in PATH.
 */
export const lookScript = `${findBase}${common}
say base "$base"
say root "$([ "$uid" = 0 ] && echo yes || echo no)"
case $(uname -s) in Linux) os=linux ;; Darwin) os=darwin ;; *) os=$(uname -s) ;; esac
case $(uname -m) in x86_64 | amd64) arch=x64 ;; aarch64 | arm64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
libc=libc
if [ "$os" = linux ]; then
  libc=unknown
  for one in /lib/ld-musl-*; do if [ -e "$one" ]; then libc=musl; fi; done
  for one in /lib64/ld-linux-* /lib/ld-linux-*; do if [ -e "$one" ]; then libc=glibc; fi; done
  if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then libc=glibc; fi
fi
say os "$os"
say arch "$arch"
say libc "$libc"
node=\${2:-$(command -v node)}
if [ -n "$node" ]; then
  found=$("$node" -p 'process.version + " " + process.execPath' 2>/dev/null </dev/null)
  case $found in v[0-9]*' '/*) say nodeVersion "\${found%% *}"; say node "\${found#* }" ;; esac
fi
for one in "$base"/node/*/node; do
  if [ -x "$one" ]; then say brought "$(basename "$(dirname "$one")")"; fi
done
if has systemctl; then
  if [ "$uid" = 0 ]; then
    if [ -d /run/systemd/system ]; then say systemd yes; fi
  elif [ -d /run/systemd/system ] && has loginctl; then
    if ctl show-environment >/dev/null 2>&1 || loginctl show-user "$uid" >/dev/null 2>&1; then say systemd yes; fi
  fi
fi
current=$(link_of current)
if [ -n "$current" ] && [ -f "$base/$current/setup" ]; then
  say current "$current"
  say setup "$(head -n 1 "$base/$current/setup")"
  say host "$(sed -n 's/.*"host":"\\([^"]*\\)".*/\\1/p' "$base/$current/options.json")"
  say kind "$(kind_of current)"
  if [ "$(sums_of "$current")" = "$(cat "$base/$current/sums" 2>/dev/null)" ] && [ -x "$base/$current/node" ]; then say sound yes; fi
  if is_running; then say running yes; fi
elif [ -d "$base" ] && [ -n "$(ls -A "$base")" ] && [ ! -d "$base/state" ] && [ ! -d "$base/lock" ]; then
  say foreign yes
fi
if [ -f "$base/state/agent.key" ]; then
  say key "$(sed -n 's/^ *"publicKey": *"\\(.*\\)",*$/\\1/p' "$base/state/agent.key")"
fi
`
