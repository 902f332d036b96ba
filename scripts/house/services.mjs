/**
 * What the tests use besides npm's packages. `binary`, a program or a file by its full path, proves that it is here,
 * `package` is Debian's and Ubuntu's name for it, `daemon` is the process and service that the package might start by itself.
 *
 * @typedef {object} Service
 * @property {string} package
 * @property {string} binary
 * @property {string} purpose
 * @property {{ process: string, service: string }} [daemon]
 */

/** @type {readonly Service[]} */
export const services = [
  {
    package: 'openssh-server',
    binary: 'sshd',
    purpose: 'real SSH hosts on loopback',
    daemon: { process: 'sshd', service: 'ssh' },
  },
  {
    package: 'openssh-client',
    binary: 'ssh',
    purpose: 'ssh-keygen, ssh-agent and the client that sync uses',
  },
  { package: 'rsync', binary: 'rsync', purpose: 'the sync operation' },
  { package: 'tmux', binary: 'tmux', purpose: 'the prompt on a real terminal' },
  {
    package: 'libvirt-daemon-system',
    binary: 'libvirtd',
    purpose: 'hypervisors in namespaces',
    daemon: { process: 'libvirtd', service: 'libvirtd' },
  },
  { package: 'libvirt-daemon-driver-qemu', binary: 'virt-qemu-run', purpose: 'virtual machines of libvirt' },
  { package: 'libvirt-clients', binary: 'virsh', purpose: 'what libvirt is compared with' },
  { package: 'qemu-system-x86', binary: 'qemu-system-x86_64', purpose: 'guests under emulation' },
  { package: 'qemu-utils', binary: 'qemu-img', purpose: 'disks of guests' },
  { package: 'dnsmasq-base', binary: 'dnsmasq', purpose: 'addresses of guests' },
  { package: 'iproute2', binary: 'ip', purpose: 'networks in namespaces' },
  { package: 'busybox-static', binary: 'busybox', purpose: "a guest's system" },
  { package: 'dropbear-bin', binary: 'dropbear', purpose: "a guest's SSH server" },
  { package: 'e2fsprogs', binary: 'mke2fs', purpose: "a guest's file system" },
  { package: 'mtools', binary: 'mcopy', purpose: "a guest's boot partition" },
  { package: 'syslinux', binary: 'syslinux', purpose: 'starting a guest from its disk' },
  {
    package: 'syslinux-common',
    binary: '/usr/lib/syslinux/mbr/mbr.bin',
    purpose: 'the first sector of that disk',
  },
  { package: 'genisoimage', binary: 'isoinfo', purpose: 'reading the seed of a guest' },
  { package: 'wakeonlan', binary: 'wakeonlan', purpose: 'waking a machine from another host' },
  { package: 'etherwake', binary: 'etherwake', purpose: 'the same, where there is only this' },
  { package: 'ipmitool', binary: 'ipmitool', purpose: 'power switches that speak IPMI' },
  { package: 'openipmi', binary: 'ipmi_sim', purpose: 'a management controller to switch' },
  { package: 'openssl', binary: 'openssl', purpose: 'certificates of servers that are played' },
  {
    package: 'mosquitto',
    binary: 'mosquitto',
    purpose: 'a broker of sensors',
    daemon: { process: 'mosquitto', service: 'mosquitto' },
  },
  {
    package: 'lxd',
    binary: 'lxd',
    purpose: 'containers of a server of its own',
    daemon: { process: 'lxd', service: 'lxd' },
  },
]
