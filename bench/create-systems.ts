// From nothing to a login: a linked clone made by us, by QEMU alone and by virt-install; one, and several at once.
import os from 'node:os'
import { parseArgs } from 'node:util'
import { create, destroy, kvm, memory, named, pipe, systems } from '../src/index.ts'
import { canBootGuests } from '../test/lab/hypervisor/index.ts'
import { type Contestant, contest } from './support/contest.ts'
import { type Guest, type GuestLab, memoryMiB, openGuestLab } from './support/guests/lab.ts'
import type { Maker } from './support/guests/maker.ts'
import { rawQemu } from './support/guests/raw-qemu.ts'
import { stagesBetween } from './support/guests/stages.ts'
import { virtInstall } from './support/guests/virt-install.ts'
import { findPrograms } from './support/programs.ts'
import { medianOf, printGoal, printTable } from './support/table.ts'

const { values } = parseArgs({
  options: {
    several: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    install: { type: 'boolean' },
  },
})
const [several, rounds] = [values.several, values.rounds].map(Number) as [number, number]

const ours = 'reops'
const raw = 'QEMU alone'
const virt = 'virt-install'

/** Who makes so many guests at once. Each begins where nothing runs. */
function contestants(lab: GuestLab, count: number, peers: ReadonlyMap<string, Maker>): Contestant[] {
  const { laptop } = lab
  const made = create(kvm(lab.iron.name), memory(memoryMiB), named('guest'), count)
  const clear = async () => {
    for (const peer of peers.values()) await peer.clear()
    mustHave(await laptop.run(pipe(systems(), destroy({ force: true }))))
  }
  const others = [...peers].map(([name, peer]) => {
    let guests: readonly Guest[] = []
    return {
      name,
      async prepare() {
        await clear()
        guests = await lab.guests(count)
      },
      async run() {
        await Promise.all(guests.map(guest => peer.make(guest)))
      },
    }
  })
  return [{ name: ours, prepare: clear, run: async () => mustHave(await laptop.run(made), count) }, ...others]
}

function mustHave(
  outcome: { readonly successful: readonly unknown[]; readonly failure: readonly { message: string }[] },
  count = outcome.successful.length,
): void {
  const [failure] = outcome.failure
  if (failure !== undefined) throw new Error(failure.message)
  if (outcome.successful.length !== count)
    throw new Error(`${outcome.successful.length} of ${count} were made`)
}

function sayLoad(): void {
  process.stdout.write(`load ${os.loadavg()[0]!.toFixed(1)} on ${os.availableParallelism()} cores\n`)
}

const { meta } = canBootGuests()
if (meta) {
  process.stderr.write(`nothing to measure: ${meta.leftOut}\n`)
  process.exitCode = 1
} else {
  const found = await findPrograms([
    { package: 'virtinst', binary: 'virt-install', purpose: "libvirt's own maker of guests" },
  ])
  const lab = await openGuestLab()
  try {
    const peers = new Map([[raw, rawQemu(lab)]])
    if (found.has('virt-install')) peers.set(virt, virtInstall(lab))
    for (const count of [1, several]) {
      sayLoad()
      const from = performance.now()
      const results = await contest(contestants(lab, count, peers), { rounds, warmUp: 0 })
      printTable(`${count} to a login, ${rounds} rounds`, results, raw)
      const ratio = (to: string) => medianOf(results, ours) / medianOf(results, to)
      printGoal(`${count} against ${raw}`, ratio(raw), 1.2)
      if (peers.has(virt)) printGoal(`${count} against ${virt}`, ratio(virt), 1)
      process.stdout.write(`${stagesBetween(lab.laptop.progress, from).join('\n')}\n`)
    }
    sayLoad()
  } catch (error) {
    if (!lab.interrupted) throw error
  } finally {
    await lab.close()
  }
}
