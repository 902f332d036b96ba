#!/bin/sh
# What the machine of the segment takes for systemctl. It obeys by taking its network down, as a machine that goes;
# `mood` says otherwise: `deaf` does nothing, `strict` allows nothing.
lab=$(dirname "$0")/..
echo "$*" >>"$lab/asked"
case $(cat "$lab/mood") in
deaf) exit 0 ;;
strict)
  echo 'Access denied' >&2
  exit 1
  ;;
esac
setsid sh -c '
  sleep 0.2
  for proc in /proc/[0-9]*; do
    case "$(cat "$proc/comm" 2>/dev/null)" in
    sshd*) [ "${proc#/proc/}" = "$(cat "$1/listener")" ] || kill -9 "${proc#/proc/}" ;;
    esac
  done
  ip link set lan0 down
  [ "$2" = reboot ] || exit 0
  cat /proc/sys/kernel/random/uuid >"$1/boot_id"
  sleep 0.5
  ip link set lan0 up
' sh "$lab" "$1" </dev/null >/dev/null 2>&1 &
