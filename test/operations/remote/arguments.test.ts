import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compile } from '../../../src/compile/compile.ts'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { hosts } from '../../../src/core/hosts.ts'
import type { Json } from '../../../src/core/json.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { hasRefs, inputRef } from '../../../src/core/ref.ts'
import * as remote from '../../../src/operations/remote/index.ts'
import { carryOut, partsOf } from '../../fakes/carry-out.ts'
import { fakeHosts } from '../../fakes/hosts.ts'

interface Case {
  readonly operation: string
  readonly arguments: readonly Json[]
  readonly calls: Json
  readonly describes: string
  readonly stdin?: string
  readonly env?: Record<string, string>
  readonly timeout?: number
}

interface Refusal {
  readonly operation: string
  readonly arguments: readonly Json[]
  readonly says: string
}

const foo = hosts(['foo'])

/** Time stands still, so that a host has all of its time when it is asked. */
const stillClock: Clock = { now: () => 0, sleep: () => new Promise(() => {}) }

const operations = new Map<string, unknown>(Object.entries(remote))

function read<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
}

function make(name: string, words: readonly Json[]): Operation<void, any> {
  return (operations.get(name) as (...words: readonly unknown[]) => Operation<void, any>)(foo, ...words)
}

describe('arguments become the command of the host', () => {
  it.each(read<Case>('cases.json'))(
    '$operation $arguments',
    async ({ operation, arguments: words, ...wanted }) => {
      const hosts = fakeHosts()
      const made = make(operation, words)
      const outcome = await carryOut(made, { hosts, clock: stillClock })
      expect(outcome.failure).toEqual([])
      expect(partsOf(made).task.label).toBe(wanted.describes)
      expect(hosts.calls).toMatchObject([
        { does: 'exec', command: wanted.calls, options: { timeout: wanted.timeout ?? 20_000 } },
      ])
      const [call] = hosts.calls
      expect(call?.does === 'exec' && call.options.stdin).toEqual(wanted.stdin)
      expect(call?.does === 'exec' && call.options.env).toEqual(wanted.env)
    },
  )
})

describe('arguments that fit no schema are refused when the pipeline is written', () => {
  it.each(read<Refusal>('refusals.json'))(
    '$operation $arguments',
    ({ operation, arguments: words, says }) => {
      expect(() => make(operation, words)).toThrow(InvalidArguments)
      expect(() => make(operation, words)).toThrow(says)
    },
  )
})

describe('references', () => {
  const input = inputRef<{ name: string; folder: string; seconds: number; flag: string; options: object }>()

  const withReferences: readonly (readonly [string, Operation<void, any>])[] = [
    ['exec', remote.exec(foo, input.name, { timeout: input.seconds })],
    ['exec with a list', remote.exec(foo, ['useradd', input.name], { env: { WHO: input.name } })],
    ['exec with options', remote.exec(foo, 'true', inputRef<remote.ExecOptions>(['options']))],
    ['script', remote.script(foo, 'echo $1', { args: [input.name], interpreter: input.name })],
    ['ls', remote.ls(foo, input.folder, input.flag)],
    ['mkdir', remote.mkdir(foo, input.folder, '-p')],
    ['rm', remote.rm(foo, input.folder)],
    ['upload', remote.upload(foo, input.folder, input.folder, { mode: input.seconds })],
    ['download', remote.download(foo, input.folder, input.folder, { timeout: input.seconds })],
    ['sync', remote.sync(foo, input.folder, input.folder, { exclude: [input.name] })],
    ['nohup', remote.nohup(foo, ['sleep', input.name], { log: input.folder })],
  ]

  it.each(withReferences)('%s takes references, which compile to expressions', (_name, operation) => {
    expect(hasRefs(partsOf(operation).task.args)).toBe(true)
    expect(JSON.stringify(compile(operation, 'test').machine)).toContain('Execution.Input')
  })

  it('checks what a reference brought when it is filled in', async () => {
    const remove = remote.rm(foo, input.folder, '-rf')
    const hosts = fakeHosts()
    const filled = (path: string) => carryOut(remove, { hosts, args: { path, flags: ['-rf'] } })
    await expect(filled('//')).rejects.toThrow(InvalidArguments)
    expect(hosts.calls).toEqual([])
    expect((await filled('/srv/old')).successful).toHaveLength(1)
  })
})
