import * as z from 'zod'
import { hostSchema } from '../hosts.ts'
import { description, disk, domain, hostname, macAddress, network, plainName, tags } from './parts.ts'

const path = z.string().min(1)
const hosts = z.union([hostSchema.shape.name.transform(name => [name]), z.array(hostSchema.shape.name)])

/** What systems on a node have where nothing nearer says otherwise. */
const defaults = {
  /** The template or image that they are made of. */
  os: z.string().min(1).max(200).optional(),
  domain: domain.optional(),
  user: hostSchema.shape.user,
  key: hostSchema.shape.key,
  network: network.optional(),
  /** GiB. */
  disk: disk.optional(),
  /** Hosts to go through on the way to the systems, as `ssh -J`, such as the hypervisor before its own network. */
  jump: hosts.optional(),
}

export const kvmNode = z.strictObject({
  provider: z.literal('kvm'),
  /** As libvirt's users write it: `qemu:///system`, `qemu+ssh://root@big-iron/system`, `qemu+tls://big-iron/system`. */
  uri: z.string().min(1).max(1_000).default('qemu:///system'),
  /** The storage pool of disks and templates. */
  pool: plainName.default('default'),
  /** Emulates plainly even where KVM opens: slow, and right on nested machines where KVM runs no guest. */
  emulate: z.boolean().default(false),
  ...defaults,
})

export const lxdNode = z.strictObject({
  provider: z.literal('lxd'),
  /** A unix socket's path, or `https://host:8443`; LXD's or Incus's own socket when left out. */
  url: z.string().min(1).max(1_000).optional(),
  project: plainName.optional(),
  pool: plainName.optional(),
  /** Client certificate, its key, and the server's certificate or its SHA-256 fingerprint, for HTTPS. */
  certificate: path.optional(),
  certificateKey: path.optional(),
  serverCertificate: path.optional(),
  serverFingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a fingerprint is 64 hexadecimal digits')
    .optional(),
  ...defaults,
})

/** Hypervisors and hosts of containers, by name. */
export const nodesSchema = z.record(plainName, z.discriminatedUnion('provider', [kvmNode, lxdNode]))

/** Where a password is read from; it never stands in the configuration. */
export const password = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: path }),
  /** A SecureString of Parameter Store. */
  z.strictObject({
    parameter: z
      .string()
      .max(1_011)
      .regex(/^(\/[A-Za-z0-9_.-]+)+$/, 'a parameter is written like /re-ops/ipmi'),
  }),
])

/** How a machine's power is switched besides its operating system. */
const power = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ipmi'),
    address: z.string().min(1),
    port: z.int().min(1).max(65_535).default(623),
    user: z.string().min(1).max(16),
    password,
  }),
  z.strictObject({
    kind: z.literal('redfish'),
    url: z.url({ protocol: /^https?$/ }),
    /** The path of the system in the service; the only one there is when left out. */
    system: z.string().startsWith('/redfish/').optional(),
    user: z.string().min(1),
    password,
    /** SHA-256 of the service's certificate, which is nearly always its own. */
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'a fingerprint is 64 hexadecimal digits')
      .optional(),
  }),
])

/** A box under the desk. */
export const machineSchema = z.strictObject({
  /** The network card that is woken. */
  mac: macAddress.optional(),
  /** Where the magic packet is sent; the segment's own broadcast address, such as `192.168.1.255`. */
  broadcast: z.union([z.ipv4(), z.ipv6()]).default('255.255.255.255'),
  wakePort: z.int().min(1).max(65_535).default(9),
  /** The password of the network card that some wake only to. */
  secureOn: macAddress.optional(),
  /** A host in the same segment that sends the packet for us. */
  wakeFrom: hostSchema.shape.name.optional(),
  power: power.optional(),
  address: hostSchema.shape.address,
  port: hostSchema.shape.port,
  user: hostSchema.shape.user,
  key: hostSchema.shape.key,
  jump: hosts.optional(),
  domain: domain.optional(),
  os: z.string().max(200).optional(),
  description: description.default(''),
  tags: tags.default([]),
})

export const machinesSchema = z.record(hostname, machineSchema)

export type KvmNode = z.output<typeof kvmNode>
export type LxdNode = z.output<typeof lxdNode>
export type Machine = z.output<typeof machineSchema>
export type PowerSwitch = z.output<typeof power>
