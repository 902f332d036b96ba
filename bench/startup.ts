// How long the command takes to say anything: `reops --help` and `reops flows` against a Node that does nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { contest } from './support/contest.ts'
import { runProgram } from './support/run-program.ts'
import { medianOf, printGoal, printTable } from './support/table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const reops = path.join(root, 'bin/reops.js')
const state = await mkdtemp(path.join(os.tmpdir(), 'reops-bench-'))

const node = (...args: string[]) =>
  runProgram(process.execPath, args, {
    cwd: root,
    env: { REOPS_STATE: state, NODE_DISABLE_COMPILE_CACHE: undefined },
  })
const bare = 'node -e 0'
const rounds = 21

try {
  const results = await contest(
    [
      { name: bare, run: () => node('-e', '0') },
      { name: 'reops --help', run: () => node(reops, '--help') },
      { name: 'reops flows', run: () => node(reops, 'flows') },
    ],
    { rounds, warmUp: 3 },
  )
  printTable(`Start, ${rounds} rounds`, results, bare)
  for (const name of ['reops --help', 'reops flows'])
    printGoal(`${name} against ${bare}`, medianOf(results, name) / medianOf(results, bare), 2.5)
} finally {
  await rm(state, { recursive: true, force: true })
}
