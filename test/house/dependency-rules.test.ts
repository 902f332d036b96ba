import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import rules from '../../.dependency-cruiser.mjs'
import { outcomeOf } from '../../scripts/house/command.mjs'

const root = join(import.meta.dirname, '../..')

/** What each rule has to catch: the importing file, what it imports, and the rule's name. */
const forbidden: [from: string, to: string, rule: string][] = [
  ['src/core/a.ts', '../compile/target.ts', 'core-stands-alone'],
  ['src/core/b.ts', 'node:child_process', 'core-does-no-io'],
  ['src/compile/a.ts', '../executor/target.ts', 'layers-meet-in-core'],
  ['src/operations/a.ts', '../transports/target.ts', 'layers-meet-in-core'],
  ['src/providers/a.ts', '../index.ts', 'layers-meet-in-core'],
  ['src/index.ts', './transports/target.ts', 'index-is-for-authors'],
  ['flows/a.ts', '../src/operations/target.ts', 'flows-use-the-public-index'],
  ['src/transports/a.ts', '../cli/target.ts', 'nobody-imports-a-root'],
  ['scripts/a.mjs', '../src/run/target.ts', 'nobody-imports-a-root'],
  ['functions/a.ts', '../src/cli/target.ts', 'roots-stay-apart'],
  ['src/run/a.ts', '../cli/target.ts', 'roots-stay-apart'],
  ['src/cli/a.ts', '../../test/target.ts', 'sources-leave-the-workshop-alone'],
  ['src/operations/b.ts', 'ssh2', 'ssh-in-transports'],
  ['src/cli/b.ts', 'ssh-config', 'ssh-in-transports'],
  ['src/state/a.ts', 'zeromq', 'zeromq-at-the-wire'],
  ['functions/b.ts', 'aws-cdk-lib/aws-lambda', 'cdk-in-infra'],
  ['src/cli/c.ts', '@middy/core', 'middy-in-functions'],
  ['src/operations/c.ts', 'jsonata', 'jsonata-in-two-layers'],
  ['src/run/c.ts', 'mqtt', 'mqtt-in-triggers'],
  ['src/operations/d.ts', '@aws-sdk/client-ec2', 'aws-sdk-at-the-edges'],
  ['test/a.ts', 'fast-check', 'properties-draw-one-way'],
  ['src/state/b.ts', './no-such-file.ts', 'imports-resolve'],
  ['src/state/d.ts', 'typescript', 'shipped-code-needs-dependencies'],
  ['src/triggers/a.ts', './b.ts', 'no-cycles'],
  ['src/triggers/b.ts', './a.ts', 'no-cycles'],
]

/** What no rule may object to. */
const allowed: [from: string, to: string][] = [
  ['src/compile/ok.ts', '../core/target.ts'],
  ['src/executor/ok.ts', 'jsonata'],
  ['src/transports/ok.ts', 'ssh2'],
  ['src/cli/ok.ts', '../run/target.ts'],
  ['src/run/ok.ts', '../executor/target.ts'],
  ['flows/ok.ts', 're-ops'],
  ['test/ok.ts', '../src/cli/target.ts'],
  ['test/also-ok.ts', 'ssh2'],
  ['src/state/ok.ts', 'node:fs'],
]

const targets = ['core', 'compile', 'executor', 'operations', 'transports', 'cli', 'run'].map(
  layer => `src/${layer}/target.ts`,
)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-rules-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Import = readonly [from: string, to: string, ...unknown[]]

/** Types alone may come from a dev dependency, so there the import has to be one of values. */
const keyword = (to: string) => (to === 'typescript' ? 'import' : 'import type')

async function project(imports: Import[]): Promise<string> {
  const project = await mkdtemp(join(folder, 'project-'))
  for (const file of ['package.json', 'tsconfig.json', 'node_modules']) {
    await symlink(join(root, file), join(project, file))
  }
  const write = async (file: string, code: string) => {
    await mkdir(dirname(join(project, file)), { recursive: true })
    await writeFile(join(project, file), code)
  }
  for (const file of [...targets, 'src/index.ts', 'test/target.ts']) await write(file, 'export type T = 1\n')
  for (const [from, to] of imports) {
    await write(from, `${keyword(to)} { T } from '${to}'\nexport type U = T\nexport type T = 1\n`)
  }
  return project
}

const check = (cwd: string) =>
  outcomeOf('node', [join(root, 'scripts/house/dependency-rules.mjs')], { cwd, env: plain, seconds: 60 })
const plain = { ...process.env, NO_COLOR: '1' }

test('every rule catches what it forbids, of types too, and nothing that is allowed', async () => {
  const { status, output } = await check(await project([...forbidden, ...allowed]))
  expect(status, output).toBe(1)
  const found = [...output.matchAll(/error ([\w-]+): (\S+)/g)].map(([, rule, from]) => `${rule}: ${from}`)
  const expected = forbidden.map(([from, , rule]) => `${rule}: ${from}`)
  expect(found).toEqual(expect.arrayContaining(expected))
  expect(found.filter(line => line.includes('ok.ts'))).toEqual([])
}, 60_000)

test('every rule is among those that are tried', () => {
  const names = new Set(rules.forbidden.map(rule => rule.name))
  expect(new Set(forbidden.map(([, , rule]) => rule))).toEqual(names)
})

test('a project that keeps the rules passes', async () => {
  const { status, output } = await check(await project([...allowed]))
  expect(status, output).toBe(0)
}, 60_000)

test('a check that sees no imports fails instead of passing', async () => {
  const { status, output } = await check(await project([]))
  expect(output).toContain('The rules were not checked: only 0 imports')
  expect(status).toBe(1)
}, 60_000)
