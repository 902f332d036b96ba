// What deployed functions weigh, and how long each takes to be there: importing its bundle in a new Node, against a handler
// that does nothing. With `--flows=<file>` those of another project. Importing is work of one processor, so its processor
// time is what it takes on a machine that has nothing else to do.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import type { Metafile } from 'esbuild'
import { bundleFunction, type FunctionBundle } from '../src/run/deploy/bundle.ts'
import { contest } from './support/contest.ts'
import { median } from './support/median.ts'
import { printTable } from './support/table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const capabilities = [
  'code',
  'bridge',
  'store',
  'ssm',
  'spot',
  'ec2',
  'notify',
  'watch',
  'webhook',
  'alexa',
  'dns',
]
const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: path.join(root, 'flows/index.ts') },
    rounds: { type: 'string', default: '15' },
  },
})
/** Milliseconds that these two may take more than a handler that does nothing. */
const most = 60
const quick = ['code', 'bridge']
/** Tells the microseconds of processor time that an import takes. */
const importer = `const before = process.cpuUsage()
await import(process.argv[1])
const { user, system } = process.cpuUsage(before)
process.stdout.write(String(user + system))`

const outdir = await mkdtemp(path.join(os.tmpdir(), 'reops-bench-functions-'))
try {
  const flows = path.resolve(values.flows)
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const bundles = new Map<string, FunctionBundle>()
  for (const capability of capabilities)
    bundles.set(
      capability,
      await bundleFunction({ capability, project: { folder: path.dirname(flows), flows }, outdir, arch }),
    )
  const bare = path.join(outdir, 'bare.mjs')
  await writeFile(bare, 'export const handler = async event => event\n')

  const cpu = new Map<string, number[]>()
  const load = (name: string, file: string) => async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', importer, pathToFileURL(file).href],
      { env: { ...process.env, NODE_COMPILE_CACHE: undefined }, timeout: 60_000 },
    )
    cpu.set(name, [...(cpu.get(name) ?? []), Number(stdout) / 1_000])
  }
  const against = 'bare handler'
  const files = new Map([[against, bare]])
  for (const [name, { folder, entry }] of bundles) files.set(name, path.join(folder, entry))
  const results = await contest(
    [...files].map(([name, file]) => ({ name, run: load(name, file) })),
    { rounds: Number(values.rounds), warmUp: 2 },
  )
  printTable(`A whole Node that imports a function, ${values.rounds} rounds`, results, against)

  const more = (name: string) => median(cpu.get(name)!) - median(cpu.get(against)!)
  const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`
  process.stdout.write('\n        import, over bare  of it at start  all files\n')
  for (const [name, bundle] of bundles) {
    const cells = [`${more(name).toFixed(1)} ms`, kib(atStart(bundle.metafile)), kib(bundle.bytes)]
    process.stdout.write(
      `${name.padEnd(8)}${cells[0]!.padStart(17)}${cells[1]!.padStart(16)}${cells[2]!.padStart(11)}\n`,
    )
  }
  for (const name of quick)
    process.stdout.write(
      `${more(name) <= most ? 'met   ' : 'MISSED'}  ${name}: ${more(name).toFixed(1)} ms over a bare handler (at most ${most} ms)\n`,
    )
} finally {
  await rm(outdir, { recursive: true, force: true })
}

/** Bytes of the entry and of what it imports at once; native modules are not counted. */
function atStart({ outputs }: Metafile): number {
  const open = ['index.mjs']
  const seen = new Set<string>()
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    for (const one of outputs[name]?.imports ?? [])
      if (one.kind === 'import-statement' && !one.external) open.push(one.path)
  }
  return [...seen].reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0)
}
