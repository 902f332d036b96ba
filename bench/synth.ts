// How long a deployment is made ready: the project's flows are loaded and compiled, its functions bundled, its stack built and
// written, with no account and no network. Beside it what the CDK's own checks of the template add, and its command. With
// `--flows=<file>` those of another project. Processor time is of the whole family of processes.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { contest } from './support/contest.ts'
import { median } from './support/median.ts'
import { printTable } from './support/table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: path.join(root, 'flows/index.ts') },
    rounds: { type: 'string', default: '5' },
  },
})
const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-bench-synth-'))
const out = path.join(folder, 'cdk.out')
const config = path.join(folder, 'reops.config.ts')
const cpu = new Map<string, number[]>()

/** A program of Node, whose shell tells at its end how many seconds its children worked. */
const node =
  (name: string, args: readonly string[], env: Record<string, string> = {}) =>
  async () => {
    const { stdout } = await promisify(execFile)(
      'bash',
      ['-c', '"$0" "$@" >&2 && times', process.execPath, ...args],
      {
        cwd: root,
        env: {
          ...process.env,
          HOME: folder,
          REOPS_PROJECT: folder,
          REOPS_CONFIG: config,
          CDK_OUTDIR: out,
          ...env,
        },
        timeout: 300_000,
      },
    )
    const last = stdout.trim().split('\n').at(-1) ?? ''
    const seconds = [...last.matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
    )
    cpu.set(name, [...(cpu.get(name) ?? []), seconds.reduce((sum, one) => sum + one, 0)])
  }

try {
  await writeFile(config, `export default ${JSON.stringify({ flows: path.resolve(values.flows) })}\n`)
  const app = path.join(root, 'infra/app.ts')
  const cdk = path.join(root, 'node_modules/aws-cdk/bin/cdk')
  const against = 'synthesis'
  const contestants = [
    { name: against, run: node(against, [app], { CDK_VALIDATION: 'false' }) },
    { name: 'with checks', run: node('with checks', [app]) },
    { name: 'cdk synth', run: node('cdk synth', [cdk, 'synth', '--quiet', '--output', out]) },
  ]
  const rounds = Number(values.rounds)
  const results = await contest(contestants, { rounds, warmUp: 1 })
  printTable(`A stack made ready, ${rounds} rounds`, results, against)
  process.stdout.write('\n')
  for (const { name } of contestants)
    process.stdout.write(`${name.padEnd(12)}${median(cpu.get(name)!.slice(1)).toFixed(1)} s of a processor\n`)
  const template = path.join(out, 're-ops.template.json')
  const { Resources } = JSON.parse(await readFile(template, 'utf8')) as { Resources: object }
  const assets = (await readdir(out)).filter(name => name.startsWith('asset.'))
  process.stdout.write(
    `${Object.keys(Resources).length} resources in ${Math.round((await stat(template)).size / 1024)} KiB, ${assets.length} bundles\n`,
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}
