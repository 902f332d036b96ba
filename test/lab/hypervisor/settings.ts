import { randomUUID } from 'node:crypto'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a hypervisor's libvirt is told before it starts. */
export interface Settings {
  /** The first three numbers of the default network's addresses, such as `192.168.101`. */
  readonly subnet: string
  /** More lines of libvirtd.conf. */
  readonly config: readonly string[]
}

/** Writes /etc/libvirt: the daemon's settings, a NAT network and a pool of files, both started with it. */
export async function writeSettings(etc: string, { subnet, config }: Settings): Promise<void> {
  const folders = ['qemu/networks/autostart', 'storage/autostart'].map(name => join(etc, name))
  await Promise.all(folders.map(folder => mkdir(folder, { recursive: true })))
  await Promise.all([
    writeFile(join(etc, 'libvirtd.conf'), lines(...libvirtd(), ...config)),
    writeFile(join(etc, 'qemu.conf'), lines(...qemu)),
    writeFile(join(etc, 'qemu/networks/default.xml'), network(subnet)),
    writeFile(join(etc, 'storage/default.xml'), pool()),
    ...['qemu/networks', 'storage'].map(each =>
      symlink(`/etc/libvirt/${each}/default.xml`, join(etc, each, 'autostart/default.xml')),
    ),
  ])
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`
}

function libvirtd(): string[] {
  return [
    'auth_unix_ro = "none"',
    'auth_unix_rw = "none"',
    'unix_sock_group = "root"',
    'log_outputs = "2:file:/var/log/libvirt/libvirtd.log"',
    // Otherwise all of them have the machine's, and pass for one and the same.
    `host_uuid = "${randomUUID()}"`,
  ]
}

/** No user to become, no profile to load and no groups of processes: the namespaces are the only walls. */
const qemu = [
  'user = "root"',
  'group = "root"',
  'security_driver = "none"',
  'namespaces = []',
  'cgroup_controllers = []',
]

/** Without `no-ping`, dnsmasq spends three seconds on asking whether somebody has the address that it gives. */
function network(subnet: string): string {
  return `<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
  <name>default</name>
  <uuid>${randomUUID()}</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='off' delay='0'/>
  <ip address='${subnet}.1' netmask='255.255.255.0'>
    <dhcp><range start='${subnet}.2' end='${subnet}.254'/></dhcp>
  </ip>
  <dnsmasq:options><dnsmasq:option value='no-ping'/></dnsmasq:options>
</network>
`
}

function pool(): string {
  return `<pool type='dir'>
  <name>default</name>
  <uuid>${randomUUID()}</uuid>
  <target><path>/var/lib/libvirt/images</path></target>
</pool>
`
}
