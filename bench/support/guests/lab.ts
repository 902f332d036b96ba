import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HostTrouble } from '../../../src/core/ports.ts'
import { kvmNode } from '../../../src/core/systems/nodes.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { cloudInit } from '../../../src/providers/cloud-init/index.ts'
import { templateVolume } from '../../../src/providers/kvm/images/template-name.ts'
import { openKvm } from '../../../src/providers/kvm/index.ts'
import { seedImage } from '../../../src/providers/kvm/seed/seed-image.ts'
import { createSshTransport } from '../../../src/transports/ssh/index.ts'
import { guestImage, type Hypervisor, openHypervisor } from '../../../test/lab/hypervisor/index.ts'
import { type Laptop, openLaptop, lab as template } from '../../../test/run/systems/world.ts'
import { testJob } from '../../../test/support/job.ts'

/** MiB of memory that every guest has, whoever makes it. */
export const memoryMiB = 192

/** Milliseconds: between two looks of those that have nobody to look for them, and for one look. */
const lookEvery = 100
const oneLook = 15_000
const longest = 300_000

/** The pool of the hypervisor, where its disks are. */
const images = '/var/lib/libvirt/images'

/** A guest that is to be made by another than us. */
export interface Guest {
  readonly name: string
  readonly mac: string
  /** Paths as the hypervisor sees them; the seed is there already, the disk is not. */
  readonly disk: string
  readonly seed: string
}

/** A hypervisor with a template, and a laptop beside it. */
export interface GuestLab {
  readonly iron: Hypervisor
  readonly laptop: Laptop
  /** The path of the template's disk there. */
  readonly backing: string
  /** The size in bytes that it has for its guests. */
  readonly capacity: number
  /** Says who guests will be, and lays their seeds into the pool: for nothing, which is generous to whoever needs them. */
  guests(count: number): Promise<readonly Guest[]>
  /** Waits until a guest has a lease and runs a command by SSH, by the same way and client as ours. */
  untilLogin(guest: Guest): Promise<void>
  /** Whether somebody ended the bench: then what is under way fails, and that is no news. */
  readonly interrupted: boolean
  close(): Promise<void>
}

/** Opens the hypervisor and imports the template; the first time on a machine, its disk is built before. */
export async function openGuestLab(): Promise<GuestLab> {
  const [image, iron] = await Promise.all([guestImage(), openHypervisor({ name: 'big-iron' })])
  const closing: (() => Promise<unknown>)[] = [() => iron.close()]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  // A bench that is ended early would leave a hypervisor's folder behind.
  let interrupted = false
  const early = () => {
    interrupted = true
    void close().finally(() => process.exit(130))
  }
  process.once('SIGINT', early).once('SIGTERM', early)
  closing.push(async () => process.off('SIGINT', early).off('SIGTERM', early))
  try {
    const uri = `qemu+unix:///system?socket=${iron.socket}`
    const kvm = openKvm({ [iron.name]: kvmNode.parse({ provider: 'kvm', uri }) }, { clock: systemClock })
    closing.push(() => kvm.close())
    await kvm.importTemplate(iron.name, template, image.qcow2, {}, testJob())
    const laptop = await openLaptop(iron)
    closing.push(() => laptop.close())
    const reach = await openReach(iron)
    closing.push(() => reach.close())
    return {
      iron,
      laptop,
      backing: `${images}/${templateVolume(template)}`,
      capacity: image.capacity,
      async guests(count) {
        const guests = await Promise.all(Array.from({ length: count }, () => newGuest(iron)))
        await iron.virsh('pool-refresh', 'default')
        return guests
      },
      untilLogin: guest => reach.untilLogin(guest),
      get interrupted() {
        return interrupted
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function newGuest(iron: Hypervisor): Promise<Guest> {
  const tail = randomBytes(3).toString('hex')
  const name = `peer-${tail}`
  const seed = `${images}/${name}-seed.iso`
  const user = { user: 'ops', keys: [iron.ssh.publicKey] }
  const files = cloudInit({ instanceId: name, hostname: name, ...user, packages: [] })
  await writeFile(iron.outside(seed), seedImage({ ...files }))
  return { name, mac: `52:54:00:${tail.match(/../g)!.join(':')}`, disk: `${images}/${name}.qcow2`, seed }
}

async function openReach(iron: Hypervisor) {
  const stateFolder = path.join(iron.folder, 'reach')
  await mkdir(stateFolder)
  const { port, user, key } = iron.ssh
  const door = { address: '127.0.0.1', port, user, key }
  const nothingElse = { configFile: false as const, knownHostsFiles: [], agent: false as const }
  const ssh = createSshTransport({ stateFolder, hosts: { door }, ...nothingElse })
  const leases = iron.outside('/var/lib/libvirt/dnsmasq/virbr0.status')

  const look = async ({ name, mac }: Guest): Promise<boolean> => {
    const address = await leaseOf(leases, mac)
    if (address === undefined) return false
    const signal = AbortSignal.timeout(oneLook)
    const its = { name, address, user: 'ops', key, jump: ['door'] }
    try {
      const remote = await ssh.open(its, { signal, timeout: oneLook })
      return (await remote.exec(['true'], { signal })).exit === 0
    } catch (error) {
      if (error instanceof HostTrouble && error.code !== 'host-key') return false
      throw error
    }
  }
  return {
    async untilLogin(guest: Guest) {
      for (const until = performance.now() + longest; !(await look(guest)); await sleep(lookEvery))
        if (performance.now() > until) throw new Error(`${guest.name} was not up within ${longest} ms`)
    },
    close: () => ssh.close(),
  }
}

/** libvirt's own record of what its DHCP server gave; reading it costs nothing. */
async function leaseOf(file: string, mac: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8')
  const leases: readonly { 'mac-address': string; 'ip-address': string }[] = text.trim()
    ? JSON.parse(text)
    : []
  return leases.find(lease => lease['mac-address'] === mac)?.['ip-address']
}
