import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { commandLine, readsPosix } from '../../../src/transports/ssh/command-line.ts'
import { hasProgram } from '../../lab/programs.ts'
import fc from '../../support/fast-check.ts'
import { needs } from '../../support/needs.ts'

const home = mkdtempSync(path.join(os.tmpdir(), 'reops-home-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Does what sshd does with a command: the user's login shell gets it as one word. */
function likeSshd(shell: string, text: string, env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', text], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: home, SHELL: `/bin/${shell}`, ...env },
  })
  return { stdout, stderr, status }
}

const word = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter(text => !text.includes('\0') && text.isWellFormed())
const shells = ['sh', 'bash', 'zsh', 'ksh'].filter(hasProgram)

describe.each([
  ['the long form', false],
  ['the short form', true],
])('%s of a command line', (_, direct) => {
  test.each(shells)('gives a program its words and its environment, under %s', shell => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), word, (words, value) => {
        const text = commandLine(
          ['sh', '-c', 'printf "%s\\0" "$A" "$@"', 'sh', ...words],
          { A: value },
          'MARK',
          direct,
        )
        expect(likeSshd(shell, text).stdout.split('\0').slice(0, -1)).toEqual([value, ...words])
      }),
      { numRuns: 15 },
    )
  })

  test.each(shells)('gives a script to the login shell, under %s', shell => {
    const text = commandLine('echo "$A" | tr a b; exit 3', { A: "it's a" }, 'MARK', direct)
    expect(likeSshd(shell, text)).toMatchObject({ stdout: "it's b\n", status: 3 })
  })

  test('says its process id first', () => {
    const { stdout, stderr } = likeSshd('sh', commandLine('echo $$', {}, 'MARK', direct))
    expect(stderr.split(' ').slice(0, 2)).toEqual(['MARK', stdout.trim() + (direct ? '\n' : '')])
  })

  test('lets bash read its .bashrc once', needs('bash'), () => {
    const count = path.join(home, 'count')
    writeFileSync(path.join(home, '.bashrc'), `echo x >> ${count}`)
    likeSshd('bash', commandLine('true', {}, 'MARK', direct), { SSH_CLIENT: '127.0.0.1 1 22' })
    expect(readFileSync(count, 'utf8')).toBe('x\n')
    rmSync(count)
    rmSync(path.join(home, '.bashrc'))
  })
})

test('only shells that read what sh reads get the short form', () => {
  expect(['/bin/sh', '/usr/bin/zsh', '/bin/bash'].every(readsPosix)).toBe(true)
  expect(['/usr/bin/fish', '/bin/csh', '/bin/tcsh', '/usr/sbin/nologin', ''].some(readsPosix)).toBe(false)
})
