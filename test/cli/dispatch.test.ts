import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { call } from './harness.ts'

const reops = (...words: string[]) => call(tmpdir(), words)

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('reops %j names every command', async words => {
    const { status, stdout } = await reops(...words)
    expect(status).toBe(0)
    for (const name of Object.keys(commands)) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
  })

  test.each(Object.keys(commands))('reops %s --help says how it is used, with an example', async name => {
    const { status, stdout } = await reops(name, '--help')
    expect(status).toBe(0)
    expect(stdout).toContain(`reops ${name}`)
    expect(stdout).toMatch(/^Examples:\n {2}\S/m)
    expect((await reops('help', name)).stdout).toBe(stdout)
  })

  test('--help behind -- is for the host', async () => {
    const { status, stderr } = await reops('exec', '--', 'ls', '--help')
    expect(status).toBe(2)
    expect(stderr).toContain('<hosts|group>')
  })
})

test('--version prints the version', async () => {
  expect((await reops('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

describe('a mistake on the command line', () => {
  test.each([
    [['rnu', 'listing'], 'there is no command "rnu"; did you mean reops run?'],
    [['frobnicate'], 'there is no command "frobnicate"; see reops --help'],
    [['constructor'], 'there is no command "constructor"'],
    [['--frob'], 'reops has no flag --frob'],
    [['run', 'listing', '--jsn'], 'reops run has no flag --jsn; did you mean --json?'],
    [['run', 'listing', '-z'], 'reops run has no flag -z'],
    [['run', 'listing', '--json=yes'], '--json takes no value'],
    [['run', 'listing', '--timeout'], '--timeout needs a value: --timeout <time>'],
    [['run', 'listing', '--timeout', '--json'], '--timeout needs a value and --json follows'],
    [
      ['run', 'listing', '--concurrency', 'many'],
      '--concurrency is "many"; it takes a whole number from 1 to 1000',
    ],
    [['run', 'listing', '--concurrency', '0'], 'from 1 to 1000'],
    [['run', 'listing', '--timeout', '5 minutes'], '--timeout is "5 minutes"'],
    [['run'], 'reops run needs <flow>'],
    [['run', 'listing', 'path=/etc'], 'reops run does not know what to do with "path=/etc"'],
    [['flows', 'listing'], 'does not know what to do with "listing"'],
    [['exec', 'foo'], 'reops exec needs -- and a command: reops exec foo -- uptime'],
    [['exec', 'foo', 'df', '/'], 'reops exec needs -- and a command: reops exec foo -- df /'],
    [['exec', 'foo', '--'], 'reops exec needs -- and a command'],
  ])('%j is answered by status 2 and %j', async (words, said) => {
    const { status, stdout, stderr } = await reops(...words)
    expect(stderr).toContain(said)
    expect(stderr).toMatch(/^reops: /)
    expect(stderr).not.toContain('    at ')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test('brings its stack with --debug only', async () => {
    expect((await reops('run', '--debug')).stderr).toContain('    at ')
  })
})
