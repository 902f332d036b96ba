import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { hosts } from '../../../src/core/hosts.ts'
import { exec, ping, type ScriptOptions, script } from '../../../src/operations/remote/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { localShell } from '../../fakes/local-shell.ts'
import { scratch } from './scratch.ts'

const foo = hosts(['foo'])

async function runScript(text: string, options: ScriptOptions = {}) {
  const folder = await scratch()
  const outcome = await carryOut(script(foo, text, options), { hosts: localShell({ folder }) })
  return { folder, value: outcome.successful[0]?.value, failure: outcome.failure[0] }
}

describe('exec', () => {
  it('gives a string to the shell and keeps a list from it', async () => {
    const local = { hosts: localShell({ folder: await scratch() }) }
    const shell = await carryOut(exec(foo, 'echo $((6 * 7)) | cat'), local)
    const list = await carryOut(exec(foo, ['echo', '$((6 * 7))', '|', 'cat']), local)
    expect(shell.successful[0]?.value).toMatchObject({ stdout: '42\n', stderr: '', exit: 0 })
    expect(list.successful[0]?.value.stdout).toBe('$((6 * 7)) | cat\n')
  })

  it('hands over stdin and environment', async () => {
    const local = { hosts: localShell({ folder: await scratch() }) }
    const operation = exec(foo, 'cat; printf %s "$WHO"', { stdin: 'é\n', env: { WHO: "it's\nme" } })
    expect((await carryOut(operation, local)).successful[0]?.value.stdout).toBe("é\nit's\nme")
  })

  it('ends a command that takes longer than its timeout', async () => {
    const local = { hosts: localShell({ folder: await scratch() }) }
    const outcome = await carryOut(exec(foo, 'sleep 60', { timeout: '1s' }), local)
    expect(outcome.failure).toMatchObject([{ host: 'foo', code: 'timeout' }])
  })
})

describe('script', () => {
  it('needs no quoting and leaves nothing on the host', async () => {
    const text = "name='it\\'s'\ncat <<EOF\n\"$1\" `echo $2` \\\\\nEOF\n".replace("'it\\'s'", '"it\'s"')
    const { folder, value } = await runScript(text, { args: ['-a b', '*'] })
    expect(value?.stdout).toBe('"-a b" * \\\n')
    expect(await readdir(folder)).toEqual([])
  })

  it('does nothing when only half of it is there', async () => {
    const { folder, failure } = await runScript('touch half\nif true; then\n')
    expect(failure?.code).toBe('exit')
    expect(await readdir(folder)).toEqual([])
  })

  it('is not eaten by a command in it that reads stdin', async () => {
    const { value } = await runScript('cat >/dev/null\necho still here')
    expect(value?.stdout).toBe('still here\n')
  })

  it.each([
    ['exit 3', 'exit status 3'],
    ['set -e\nfalse\necho not here', 'exit status 1'],
    ['echo bad >&2\nfalse # the last status counts', 'exit status 1: bad'],
    ['kill -9 $$', 'ended by signal SIGKILL'],
  ])('fails as the script does: %j', async (text, message) => {
    expect((await runScript(text)).failure).toMatchObject({ code: 'exit', message })
  })

  it.each([['# only a comment'], ['true \\'], ['\n\n  true'], ['#!/bin/sh\ntrue']])(
    'takes %j',
    async text => {
      expect((await runScript(text)).value?.exit).toBe(0)
    },
  )

  it('counts lines as the author does', async () => {
    const { failure } = await runScript('true\ntrue\nnosuchcommand', { interpreter: 'bash' })
    expect(failure?.message).toMatch(/line 3: nosuchcommand/)
  })

  it('is read by another interpreter as it is', async () => {
    const text = 'process.stdout.write(JSON.stringify(process.argv.slice(2)))'
    const { value } = await runScript(text, { interpreter: process.execPath, args: ['--x', "it's"] })
    expect(value?.stdout).toBe('["--x","it\'s"]')
  })

  it('says which interpreter is missing', async () => {
    const { failure } = await runScript('true', { interpreter: 'no such program' })
    expect(failure?.message).toMatch(/^exit status 127: .*no such program/)
  })
})

describe('ping', () => {
  it('answers how long a command took', async () => {
    const outcome = await carryOut(ping(foo), { hosts: localShell({ folder: await scratch() }) })
    expect(outcome.successful).toMatchObject([{ host: 'foo', value: { ms: expect.any(Number) } }])
  })

  it('is over when the run is cancelled, though the host never answers', async () => {
    const controller = new AbortController()
    const silent = localShell({ folder: await scratch(), shell: ['/bin/sh', '-c', 'sleep 60'] })
    const pinging = carryOut(ping(foo), { hosts: silent, signal: controller.signal })
    controller.abort()
    expect((await pinging).failure).toMatchObject([{ host: 'foo', code: 'cancelled' }])
  })
})
