import { mkdir as makeFolder, readdir, rm as removeAll } from 'node:fs/promises'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { exec, ls, mkdir, rm } from '../../../src/operations/remote/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { localShell } from '../../fakes/local-shell.ts'
import fc from '../../support/fast-check.ts'
import { scratch } from './scratch.ts'

const foo = hosts(['foo'])

/** What people and attackers put into names: quotes, spaces, line ends, dashes, substitutions, other scripts. */
const awkward = fc.constantFrom(
  ...[
    ' ',
    "'",
    '"',
    '\\',
    '\n',
    '\t',
    '-',
    '--',
    '-rf',
    '$(touch x)',
    '`touch x`',
    '$HOME',
    '*',
    '?',
    '[a]',
    '{a,b}',
  ],
  ...[
    '~',
    '!',
    '#',
    '&',
    ';',
    '|',
    '<',
    '>',
    '(',
    '=',
    '%s',
    '\r',
    '\u001b[2J',
    '\u007f',
    'é',
    'e\u0301',
    '日本',
    '🖥️',
    '.',
  ],
)
const name = fc
  .array(fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 3 })), { minLength: 1, maxLength: 8 })
  .map(parts => parts.join('').replaceAll(/[/\0]/g, '_'))
  .filter(text => text !== '' && text !== '.' && text !== '..' && Buffer.byteLength(text) <= 200)

describe('any name that a file can have', () => {
  it('is made, listed and removed, and nothing else is touched', async () => {
    const folder = await scratch()
    const local = { hosts: localShell({ folder, env: { LC_ALL: 'C.UTF-8' } }) }
    await fc.assert(
      fc.asyncProperty(name, async name => {
        expect((await carryOut(mkdir(foo, name), local)).failure).toEqual([])
        expect(await readdir(folder)).toEqual([name])
        expect((await carryOut(ls(foo, name, '-d'), local)).successful[0]?.value.stdout).toBe(`${name}\n`)
        expect((await carryOut(rm(foo, name, '-r'), local)).failure).toEqual([])
        expect(await readdir(folder)).toEqual([])
      }),
      { numRuns: 120 },
    )
  }, 60_000)

  it('arrives unchanged as an argument of exec', async () => {
    const local = { hosts: localShell({ folder: await scratch() }) }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(name, fc.constant('')), { minLength: 1, maxLength: 4 }),
        async words => {
          const outcome = await carryOut(exec(foo, ['printf', '%s\\0', ...words]), local)
          expect(outcome.successful[0]?.value.stdout).toBe(words.map(word => `${word}\0`).join(''))
        },
      ),
      { numRuns: 80 },
    )
  }, 60_000)
})

describe('mkdir', () => {
  it('fails the second time without -p, and changes nothing', async () => {
    const folder = await scratch()
    const local = { hosts: localShell({ folder }) }
    await makeFolder(`${folder}/there`)
    expect((await carryOut(mkdir(foo, 'there'), local)).failure).toMatchObject([{ code: 'exit' }])
    expect((await carryOut(mkdir(foo, 'there', '-p'), local)).failure).toEqual([])
    expect((await carryOut(mkdir(foo, 'a/b/c', '-p'), local)).failure).toEqual([])
    expect(await readdir(folder)).toEqual(['a', 'there'])
  })
})

describe('rm', () => {
  it('fails for what is not there, unless -f says that this is fine', async () => {
    const local = { hosts: localShell({ folder: await scratch() }) }
    expect((await carryOut(rm(foo, 'gone'), local)).failure).toMatchObject([{ code: 'exit' }])
    expect((await carryOut(rm(foo, 'gone', '-f'), local)).failure).toEqual([])
  })

  /** Judged by where a path leads from a folder deep enough that `..` never meets the root by accident. */
  const here = '/1/2/3/4/5/6/7/8'
  const leadsToEverything = (path: string) => {
    const end = posix.resolve(here, path)
    return end === '/' || (!path.startsWith('/') && `${here}/`.startsWith(`${end}/`))
  }

  it('refuses a path exactly when it leads to the root, to where it starts, or above', () => {
    const part = fc.constantFrom('.', '..', '', 'a', '...')
    const anyPath = fc.array(part, { minLength: 1, maxLength: 7 }).map(parts => parts.join('/'))
    fc.assert(
      fc.property(
        anyPath.filter(path => path !== ''),
        path => {
          if (leadsToEverything(path)) expect(() => rm(foo, path, '-rf')).toThrow(InvalidArguments)
          else expect(() => rm(foo, path, '-rf')).not.toThrow()
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('keeps a neighbour whose name looks like a flag', async () => {
    const folder = await scratch()
    const local = { hosts: localShell({ folder }) }
    await Promise.all(
      ['-rf', 'keep', 'keep/inside'].map(path => makeFolder(`${folder}/${path}`, { recursive: true })),
    )
    expect((await carryOut(rm(foo, '-rf', '-r'), local)).failure).toEqual([])
    expect(await readdir(folder)).toEqual(['keep'])
    await removeAll(`${folder}/keep`, { recursive: true })
  })
})
