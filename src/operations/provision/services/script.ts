/**
 * Looks at a service and changes it, by whichever manager of services the host has. `$1` is `look` or `change`, `$2` the
 * manager or nothing, `$3` the service, and for a change `$4` what to do, each of `enable disable start stop restart
 * reload` with spaces between.
 */
export const serviceScript = `
what=$1 manager=$2 name=$3 todo=\${4-}
if [ -z "$manager" ]; then
  if has systemctl && [ -d /run/systemd/system ]; then manager=systemd
  elif has rc-service; then manager=openrc
  elif has update-rc.d || has chkconfig || [ -d /etc/init.d ]; then manager=sysv
  else refuse 'the host has no manager of services that we know (systemd, OpenRC, SysV)'
  fi
fi
say manager "$manager"

sysv() {
  if has service; then service "$name" "$1"; else "/etc/init.d/$name" "$1"; fi
}

look() {
  case $manager in
    systemd)
      systemctl --no-pager show -p LoadState -p ActiveState -p UnitFileState -p NeedDaemonReload -- "$name" |
        while IFS='=' read -r key value; do say "$key" "$value"; done
      ;;
    openrc)
      if rc-service -e "$name" >/dev/null 2>&1; then say LoadState loaded; else say LoadState not-found; fi
      if rc-service "$name" status >/dev/null 2>&1; then say ActiveState active; else say ActiveState inactive; fi
      if rc-update show default 2>/dev/null | awk '{ print $1 }' | grep -Fqx -e "$name"; then
        say UnitFileState enabled
      else
        say UnitFileState disabled
      fi
      ;;
    sysv)
      if [ -x "/etc/init.d/$name" ]; then say LoadState loaded; else say LoadState not-found; fi
      if sysv status >/dev/null 2>&1; then say ActiveState active; else say ActiveState inactive; fi
      enabled=disabled
      for link in /etc/rc[2-5].d/S[0-9][0-9]"$name" /etc/rc.d/rc[2-5].d/S[0-9][0-9]"$name"; do
        if [ -L "$link" ]; then enabled=enabled; fi
      done
      say UnitFileState "$enabled"
      ;;
  esac
}

systemd_do() {
  systemctl --no-pager --no-ask-password "$@" && return
  status=$?
  systemctl --no-pager --lines 20 status -- "$name" >&2
  echo "systemctl $1 $name failed" >&2
  exit "$status"
}

change() {
  case $manager in
    systemd) systemd_do "$1" -- "$name" ;;
    openrc)
      case $1 in
        enable) rc-update add "$name" default ;;
        disable) rc-update del "$name" default ;;
        *) rc-service "$name" "$1" ;;
      esac
      ;;
    sysv)
      case $1 in
        enable) if has update-rc.d; then update-rc.d "$name" defaults && update-rc.d "$name" enable; else chkconfig "$name" on; fi ;;
        disable) if has update-rc.d; then update-rc.d "$name" disable; else chkconfig "$name" off; fi ;;
        *) sysv "$1" ;;
      esac
      ;;
  esac >&2 </dev/null
}

if [ "$what" = look ]; then look; exit 0; fi
if [ "$manager" = systemd ] && [ "$(systemctl --no-pager show -p NeedDaemonReload -- "$name")" = NeedDaemonReload=yes ]; then
  systemd_do daemon-reload >&2
fi
for one in $todo; do change "$one" || { echo "$one of $name failed" >&2; exit 1; }; done
look
`
