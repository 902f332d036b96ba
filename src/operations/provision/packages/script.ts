/**
 * Looks at packages and installs or removes them, with whichever manager the host has. `$1` is `look`, `install` or
 * `remove`, `$2` whether lists are to be fetched anew before something is installed, `$3` the manager or nothing, `$4`
 * seconds to wait for another one that is at work, and then the packages.
 *
 * Every package is said with how it stands, before and after. What a manager prints goes to stderr.
 */
export const packagesScript = `
what=$1 update=$2 manager=$3 patience=$4
shift 4
if [ -z "$manager" ]; then
  if has apt-get && has dpkg-query; then manager=apt
  elif has dnf; then manager=dnf
  elif has yum; then manager=yum
  elif has zypper; then manager=zypper
  elif has apk; then manager=apk
  elif has pacman; then manager=pacman
  else refuse 'the host has no manager of packages that we know (apt, dnf, yum, zypper, apk, pacman)'
  fi
fi
say manager "$manager"

is_there() {
  case $manager in
    apt) [ "$(dpkg-query -W -f='\${db:Status-Status}\\n' -- "$1" 2>/dev/null | head -n 1)" = installed ] ;;
    dnf | yum | zypper) rpm -q --whatprovides -- "$1" >/dev/null 2>&1 ;;
    apk) apk info -e -- "$1" >/dev/null 2>&1 ;;
    pacman) pacman -Qq -- "$1" >/dev/null 2>&1 ;;
  esac
}

# Another manager at work is waited for, by the manager's own means where it has some.
patiently() {
  waited=0
  while :; do
    said=$("$@" 2>&1 </dev/null)
    status=$?
    printf '%s\\n' "$said" >&2
    [ "$status" -ne 0 ] && [ "$waited" -lt "$patience" ] || return "$status"
    case $said in
      *'Could not get lock'* | *'Unable to acquire the dpkg'* | *'Unable to lock'* | *'is locked by'*) ;;
      *) return "$status" ;;
    esac
    sleep 2
    waited=$((waited + 2))
  done
}

fetch_lists() {
  case $manager in
    apt) patiently apt-get -q -o DPkg::Lock::Timeout="$patience" update ;;
    dnf | yum) patiently "$manager" -q makecache ;;
    zypper) patiently zypper --non-interactive refresh ;;
    apk) patiently apk --wait "$patience" update ;;
    pacman) patiently pacman -Sy --noconfirm ;;
  esac
}

install_all() {
  case $manager in
    apt)
      patiently apt-get -y -q -o DPkg::Lock::Timeout="$patience" -o Dpkg::Options::=--force-confdef \\
        -o Dpkg::Options::=--force-confold install -- "$@"
      ;;
    dnf | yum) patiently "$manager" -y install -- "$@" ;;
    zypper) patiently zypper --non-interactive install -- "$@" ;;
    apk) patiently apk --wait "$patience" add -- "$@" ;;
    pacman) patiently pacman -S --noconfirm --needed -- "$@" ;;
  esac
}

remove_all() {
  case $manager in
    apt) patiently apt-get -y -q -o DPkg::Lock::Timeout="$patience" remove -- "$@" ;;
    dnf | yum) patiently "$manager" -y remove -- "$@" ;;
    zypper) patiently zypper --non-interactive remove -- "$@" ;;
    apk) patiently apk --wait "$patience" del -- "$@" ;;
    pacman) patiently pacman -R --noconfirm -- "$@" ;;
  esac
}

DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l ZYPP_LOCK_TIMEOUT=$patience
export DEBIAN_FRONTEND NEEDRESTART_MODE ZYPP_LOCK_TIMEOUT

count=$#
for package do
  if is_there "$package"; then
    say there "$package"
    [ "$what" = remove ] && set -- "$@" "$package"
  else
    say missing "$package"
    [ "$what" = install ] && set -- "$@" "$package"
  fi
done
shift "$count"
[ $# -gt 0 ] || exit 0

if [ "$what" = install ]; then
  if [ "$update" = yes ]; then fetch_lists || exit 1; fi
  install_all "$@" || exit 1
  for package do
    if ! is_there "$package"; then
      echo "$manager said that all is well, and $package is not installed" >&2
      exit 1
    fi
  done
else
  remove_all "$@"
fi
`
