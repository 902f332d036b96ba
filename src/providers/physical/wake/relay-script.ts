/** What stands before the name of the program that sent a packet. */
export const woke = 'reops-woke'

/** Sends `$1` (hexadecimal digits) to address `$2`, port `$3`. Multicast leaves by the card of its default route. */
const python = `import socket, sys
data, address, port = bytes.fromhex(sys.argv[1]), sys.argv[2], int(sys.argv[3])
six = ":" in address
with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as out:
    if not six:
        out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    out.sendto(data, (address, port))
`

const perl = `use strict; use Socket qw(:all);
my ($hex, $address, $port) = @ARGV;
my $six = $address =~ /:/;
socket(my $out, $six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0) or die "socket: $!\\n";
unless ($six) { setsockopt($out, SOL_SOCKET, SO_BROADCAST, 1) or die "broadcast: $!\\n" }
my $to = $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)) : pack_sockaddr_in($port, inet_aton($address));
defined send($out, pack("H*", $hex), 0, $to) or die "send: $!\\n";
`

/**
 * Sends a magic packet from the host that it runs on, by the first program that is there and can:
 * `$1` packet in hexadecimal digits, `$2` broadcast address, `$3` port, `$4` MAC, `$5` SecureOn password or nothing,
 * `$6` how often.
 *
 * The first three send to the address and port that are configured and need no right. `etherwake` and busybox's
 * `ether-wake` send a frame by themselves, which takes root and the card's name: the one that leads to the address.
 * bash's /dev/udp would not do: it can't broadcast.
 */
export const relay = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
hex=$1 to=$2 port=$3 mac=$4 password=$5 times=$6
tried=
by_wakeonlan() {
  [ -z "$password" ] || { echo 'sends no SecureOn password' >&2; return 1; }
  wakeonlan -i "$to" -p "$port" "$mac"
}
by_python3() { python3 -c "$python" "$hex" "$to" "$port"; }
by_perl() { perl -e "$perl" "$hex" "$to" "$port"; }
frame() {
  card=$(ip -o route get "$to" 2>/dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
  "$1" -b \${card:+-i "$card"} \${password:+-p "$password"} "$mac"
}
by_etherwake() { frame etherwake; }
by_ether_wake() { frame ether-wake; }
for tool in wakeonlan python3 perl etherwake ether-wake; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    tried="$tried$tool is not there; "
    continue
  fi
  send=by_$(echo "$tool" | tr - _)
  if said=$($send 2>&1 </dev/null); then
    n=1
    while [ "$n" -lt "$times" ]; do
      sleep 0.2 2>/dev/null || sleep 1
      $send >/dev/null 2>&1 </dev/null
      n=$((n + 1))
    done
    echo ${woke} "$tool"
    exit 0
  fi
  tried="$tried$tool: $(printf '%s\\n' "$said" | tail -n 1); "
done
printf '%s\\n' "$tried" >&2
exit 1
`

/** The programs that the script hands to interpreters, by the names of its variables. */
export const programs = { python, perl }
