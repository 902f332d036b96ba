/** The line before the first fact: what a noisy login prints stands above it. */
export const begin = 'reops-facts'

/**
 * Prints what a host can say of itself, each line behind the name of its source. Nothing is interpreted on the host,
 * where a newline or a quote in a value would be taken for another fact; that is done here, where it can be tested.
 * It asks for no rights, changes nothing, and leaves out what the host has no program or file for.
 *
 * `df -l` keeps a network file system that hangs from being asked; busybox has no such option.
 */
export const factsScript = `
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
exec 2>/dev/null
say() { awk -v source="$1" 'NR > 300 { exit } { print source " " substr($0, 1, 400) }'; }
has() { command -v "$1" >/dev/null; }
echo ${begin}
uname -n | say hostname
uname -s | say system
uname -r | say kernel
uname -m | say arch
{ getconf _NPROCESSORS_ONLN || nproc || sysctl -n hw.ncpu; } | say cpus
if df -klP / >/dev/null; then df -klP; else df -kP; fi | say df
if has ip; then ip -o addr | say ip; elif has ifconfig; then ifconfig -a | say ifconfig; fi
has systemd-detect-virt && systemd-detect-virt | say detect-virt
if [ -r /proc/meminfo ]; then
  { cat /etc/os-release || cat /usr/lib/os-release; } | say release
  sed -n '/^model name/{p;q;}' /proc/cpuinfo | say cpu
  grep -q '^model name' /proc/cpuinfo || lscpu | grep '^Model name' | say cpu
  grep '^flags.* hypervisor' /proc/cpuinfo | head -n 1 | sed 's/.*/yes/' | say hypervisor
  grep '^Mem' /proc/meminfo | say memory
  cat /proc/uptime | say uptime
  cat /sys/hypervisor/type | say hypervisor-type
  cat /sys/class/dmi/id/sys_vendor | say vendor
  cat /sys/class/dmi/id/product_name | say product
  [ -e /.dockerenv ] && echo docker | say container
  [ -e /run/.containerenv ] && echo podman | say container
else
  sw_vers -productName | say product-name
  sw_vers -productVersion | say product-version
  sysctl -n machdep.cpu.brand_string | say cpu
  sysctl -n hw.memsize | say memory-bytes
  sysctl -n kern.boottime | say boot-time
  date +%s | say now
  sysctl -n kern.hv_vmm_present | say guest
fi
:
`
