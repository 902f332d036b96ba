import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/compile/check/check.ts'
import { CompileRefusal, type RefusalCode, refusalCodes } from '../../src/compile/check/refusal.ts'
import { compile } from '../../src/compile/compile.ts'
import type { StateMachine } from '../../src/core/asl.ts'
import type { Operation } from '../../src/core/operation/operation.ts'
import { problemsOf } from './validators.ts'

/** `REOPS_UPDATE_FIXTURES=1` writes what is compiled now over what was expected; look at the difference. */
const update = process.env.REOPS_UPDATE_FIXTURES === '1'
const folder = path.join(import.meta.dirname, 'fixtures')
const names = (await readdir(folder)).sort()

describe.each(names)('%s', name => {
  const here = path.join(folder, name)

  test('compiles to what is expected, which passes every validator', async () => {
    const { default: flow } = (await import(path.join(here, 'flow.ts'))) as {
      default: Operation<any, unknown>
    }
    const [file, found] = attempt(flow, name)
    const expected = path.join(here, file)
    if (update) await writeFile(expected, `${JSON.stringify(found, null, 2)}\n`)
    expect(existsSync(expected), `${file} is what ${name} compiles to`).toBe(true)
    expect(found).toEqual(JSON.parse(await readFile(expected, 'utf8')))
    if (file === 'expected.asl.json') {
      check(found as StateMachine)
      expect(problemsOf(found as StateMachine)).toEqual([])
    }
  })
})

function attempt(flow: Operation<any, unknown>, name: string): [file: string, found: unknown] {
  try {
    return ['expected.asl.json', withoutVersion(compile(flow, name))]
  } catch (error) {
    if (!(error instanceof CompileRefusal)) throw error
    const { code, state, message } = error
    return ['expected.refusal.json', { code, state, message: message.replaceAll(/x{9,}/g, 'x…') }]
  }
}

/** A version also depends on the text of closures, which says nothing about the machine. */
function withoutVersion({ machine, version }: { machine: StateMachine; version: string }): unknown {
  return JSON.parse(JSON.stringify(machine).replaceAll(`"${version}"`, '"<version>"'))
}

test('every refusal is reached by a fixture', async () => {
  const reached = new Set<RefusalCode>()
  for (const name of names) {
    const file = path.join(folder, name, 'expected.refusal.json')
    if (existsSync(file))
      reached.add((JSON.parse(await readFile(file, 'utf8')) as { code: RefusalCode }).code)
  }
  expect([...reached].sort()).toEqual([...refusalCodes].sort())
})
