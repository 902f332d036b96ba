// What a question to libvirt costs: over our own connection, and by a virsh process that is asked the same.
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type Libvirt, openLibvirt } from '../src/providers/kvm/rpc/index.ts'
import { canHypervise, type Hypervisor, openHypervisor } from '../test/lab/hypervisor/index.ts'
import { type Contestant, contest } from './support/contest.ts'
import { runProgram } from './support/run-program.ts'
import { medianOf, printTable } from './support/table.ts'

const { values } = parseArgs({
  options: {
    questions: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '15' },
    mebibytes: { type: 'string', default: '128' },
  },
})
const [questions, rounds, mebibytes] = [values.questions, values.rounds, values.mebibytes].map(Number) as [
  number,
  number,
  number,
]

const virshName = 'a virsh process'
const warm = 'reops, open connection'
const cold = 'reops, new connection'
const pipelined = 'reops, pipelined'
const inTurn = 'reops, in turn'
const fedVirsh = 'one virsh, fed'

/** The name of the hypervisor: one procedure, whoever asks. */
const ask = async (libvirt: Libvirt) => {
  const { hostname } = await libvirt.call('connectGetHostname', {})
  if (hostname !== 'big-iron') throw new Error(`a wrong answer: ${hostname}`)
}

function one(uri: string, libvirt: Libvirt): Contestant[] {
  return [
    { name: virshName, run: () => runProgram('virsh', ['-q', '-c', uri, 'hostname']) },
    { name: warm, run: () => ask(libvirt) },
    {
      name: cold,
      async run() {
        const own = await openLibvirt({ uri })
        await ask(own)
        await own.close()
      },
    },
  ]
}

function many(uri: string, libvirt: Libvirt): Contestant[] {
  const stdin = 'hostname\n'.repeat(questions)
  return [
    { name: fedVirsh, run: () => runProgram('virsh', ['-q', '-c', uri], { stdin }) },
    {
      name: pipelined,
      async run() {
        await Promise.all(Array.from({ length: questions }, () => ask(libvirt)))
      },
    },
    {
      name: inTurn,
      async run() {
        for (let at = 0; at < questions; at++) await ask(libvirt)
      },
    },
  ]
}

interface Volumes {
  readonly into: readonly Contestant[]
  readonly outOf: readonly Contestant[]
}

async function volumes(uri: string, iron: Hypervisor, libvirt: Libvirt): Promise<Volumes> {
  const file = path.join(iron.folder, 'source.raw')
  const bytes = mebibytes * 1024 * 1024
  await writeFile(file, randomBytes(bytes))
  const { pool } = await libvirt.call('storagePoolLookupByName', { name: 'default' })
  const make = async (name: string) => {
    const xml = `<volume><name>${name}</name><capacity>${bytes}</capacity></volume>`
    return (await libvirt.call('storageVolCreateXml', { pool, xml })).volume
  }
  await make('theirs')
  const ours = await make('ours')
  const virsh = (verb: string, there: string) =>
    runProgram('virsh', ['-q', '-c', uri, verb, 'theirs', there, '--pool', 'default'])
  return {
    into: [
      { name: virshName, run: () => virsh('vol-upload', file) },
      {
        name: 'reops',
        async run() {
          await libvirt.upload(ours, createReadStream(file, { highWaterMark: 256 * 1024 }))
        },
      },
    ],
    outOf: [
      { name: virshName, run: () => virsh('vol-download', '/dev/null') },
      {
        name: 'reops',
        async run() {
          let came = 0
          for await (const chunk of await libvirt.download(ours)) came += chunk.length
          if (came !== bytes) throw new Error(`${came} bytes came of ${bytes}`)
        },
      },
    ],
  }
}

const { meta } = canHypervise()
if (meta) {
  process.stderr.write(`nothing to measure: ${meta.leftOut}\n`)
  process.exitCode = 1
} else {
  const iron = await openHypervisor()
  const uri = `qemu+unix:///system?socket=${iron.socket}`
  try {
    const libvirt = await openLibvirt({ uri })
    const single = await contest(one(uri, libvirt), { rounds: rounds * 3, warmUp: 5 })
    printTable(`one question, ${rounds * 3} rounds`, single, virshName)
    const several = await contest(many(uri, libvirt), { rounds, warmUp: 2 })
    printTable(`${questions} questions, ${rounds} rounds`, several, fedVirsh)
    const rate = (name: string) => Math.round((questions / medianOf(several, name)) * 1_000)
    process.stdout.write(`calls a second: ${rate(pipelined)} pipelined, ${rate(inTurn)} in turn\n`)
    const { into, outOf } = await volumes(uri, iron, libvirt)
    const uploads = await contest(into, { rounds, warmUp: 1 })
    printTable(`${mebibytes} MiB into a volume, ${rounds} rounds`, uploads, virshName)
    const downloads = await contest(outOf, { rounds, warmUp: 1 })
    printTable(`${mebibytes} MiB out of a volume, ${rounds} rounds`, downloads, virshName)
    await libvirt.close()
  } finally {
    await iron.close()
  }
}
