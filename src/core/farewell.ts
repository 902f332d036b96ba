/** What stands before the words that a host took, so that a noisy login is told apart from them. */
export const asked = 'reops-asked'

/**
 * Shuts its host down (`$1` is `off`) or starts it anew (`again`), by the first way that is there and is allowed: by
 * systemd, by the words of older systems and by busybox's. The BSDs mean by `-h` a halt with the power on, so they have
 * their own. Whoever is not root tries sudo and doas without a password first, each for the very command, since
 * a rule may allow no more than that.
 */
export const farewell = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
case $1:$(uname -s) in
  off:*BSD | off:DragonFly) set -- 'shutdown -p now' ;;
  off:Darwin) set -- 'shutdown -h now' ;;
  off:*) set -- 'systemctl poweroff' 'shutdown -h now' 'poweroff' ;;
  *:*BSD | *:DragonFly | *:Darwin) set -- 'shutdown -r now' ;;
  *) set -- 'systemctl reboot' 'shutdown -r now' 'reboot' ;;
esac
me=$(id -u)
tried=
has() { command -v "$1" >/dev/null 2>&1; }
try() {
  if said=$("$@" 2>&1 </dev/null); then
    printf '%s %s\\n' ${asked} "$*"
    exit 0
  fi
  tried="$tried$*: $(printf '%s\\n' "$said" | head -n 1); "
}
for words; do
  if ! has "\${words%% *}"; then
    tried="$tried\${words%% *} is not there; "
    continue
  fi
  if [ "$me" != 0 ]; then
    if has sudo; then try sudo -n $words; fi
    if has doas; then try doas -n $words; fi
  fi
  try $words
done
printf '%s\\n' "$tried" >&2
exit 1
`

/** The rest of the line that starts with a mark. */
export function said(stdout: string, mark: string): string | undefined {
  return stdout
    .split('\n')
    .find(line => line.startsWith(`${mark} `))
    ?.slice(mark.length + 1)
    .trim()
}
