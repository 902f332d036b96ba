# The first process of a hypervisor's namespaces. It makes them look like a machine of their own, starts the
# daemons, says "ready", and stays until its standard input ends: then every process in here ends with it.
# usage: inside.sh FOLDER NAME POOL_MIB
set -eu
folder=$1 name=$2 pool=$3
exec 3<&0 </dev/null

hostname "$name"
ip link set lo up
# /sys shows the network of whoever mounted it.
mount -t sysfs -o ro sysfs /sys

# Devices without /dev/kvm: it may open and still not run a guest, and then nothing that libvirt says is true.
mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
mkdir "$folder/dev/net" "$folder/dev/pts" "$folder/dev/shm"
for device in null zero full random urandom tty net/tun; do
  : >"$folder/dev/$device"
  mount --bind "/dev/$device" "$folder/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$folder/dev/pts"
mount -t tmpfs tmpfs "$folder/dev/shm"
ln -s pts/ptmx "$folder/dev/ptmx"
ln -s /proc/self/fd "$folder/dev/fd"
mount --rbind "$folder/dev" /dev

# Without a password, and not locked: sshd lets a locked user in by no key.
echo 'root:*:19000:0:99999:7:::' >"$folder/shadow"
mount --bind "$folder/shadow" /etc/shadow

mkdir -p "$folder/run/sshd" "$folder/run/lock"
mount --bind "$folder/run" /run
mount --bind "$folder/etc" /etc/libvirt
mount --bind "$folder/lib" /var/lib/libvirt
mount --bind "$folder/cache" /var/cache/libvirt
mount --bind "$folder/log" /var/log/libvirt
[ "$pool" = 0 ] || mount -t tmpfs -o "size=${pool}m" tmpfs /var/lib/libvirt/images

virtlogd -d
shift 3
libvirtd -d "$@"
echo ready

# Not by exec: the shell stays, because the first process must reap those whose parents have gone, and libvirt
# takes a guest that nobody reaped for one that it cannot kill.
cat <&3 >/dev/null &
wait $!
