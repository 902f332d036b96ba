import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hosts } from '../../../src/core/hosts.ts'
import type { HostAtWork } from '../../../src/core/operation/host-at-work.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { ask } from '../../../src/operations/provision/ask.ts'
import { look } from '../../../src/operations/provision/files/look.ts'
import { directory, file, packages, service, user } from '../../../src/operations/provision/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { fakeHosts } from '../../fakes/hosts.ts'
import { localShell } from '../../fakes/local-shell.ts'
import fc from '../../support/fast-check.ts'
import { scratch } from '../remote/scratch.ts'

const foo = hosts(['foo'])

describe('rights', () => {
  /** A host whose login is not root, with a sudo that lets everybody in or nobody. */
  async function ops(sudo: string) {
    const folder = await scratch()
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    const programs = {
      id: '[ "$1" = -u ] && echo 1000 || echo ops',
      sudo: `echo "$*" >>${folder}/asked\n${sudo}`,
    }
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(path.join(bin, name), `#!/bin/sh\n${text}\n`)
      await chmod(path.join(bin, name), 0o755)
    }
    await writeFile(path.join(folder, 'asked'), '')
    const port = localShell({ folder, env: { PATH: `${bin}:/usr/bin:/bin` } })
    return { folder, port, asked: () => readFile(path.join(folder, 'asked'), 'utf8') }
  }

  it('are got by sudo, without a password', async () => {
    const { folder, port, asked } = await ops('[ "$1 $2" = "-n --" ] && shift 2 && exec "$@"')
    const outcome = await carryOut(directory(foo, `${folder}/made`), { hosts: port })
    expect(outcome.failure).toEqual([])
    expect(outcome.successful[0]?.value).toMatchObject({ changed: true })
    expect(await asked()).toMatch(/^-n -- sh -c :\n-n -- sh -c \n/)
  })

  it('that sudo does not give are told in words, and nothing is done', async () => {
    const { folder, port } = await ops('echo "sudo: a password is required" >&2; exit 1')
    const outcome = await carryOut(directory(foo, `${folder}/made`), { hosts: port })
    expect(outcome.failure).toMatchObject([
      {
        code: 'refused',
        message: expect.stringMatching(/ops: sudo: a password is required\).*become: false/),
      },
    ])
  })

  it('are not asked for where nothing of root is wanted', async () => {
    const { folder, port, asked } = await ops('exit 1')
    const outcome = await carryOut(directory(foo, `${folder}/made`, { become: false }), { hosts: port })
    expect(outcome.successful[0]?.value).toMatchObject({ changed: true })
    expect(await asked()).toBe('')
  })
})

describe('an answer', () => {
  const says = (stdout: string): HostAtWork =>
    ({ exec: async () => ({ stdout, stderr: '', exit: 0 }) }) as unknown as HostAtWork
  const question = { script: '', become: false }

  it('is what stands behind the first line of ours, whatever a login prints before', async () => {
    const answer = await ask(says('hello\nreops-answer\na=1\na=2=3\nreops-content\nb=\0\n'), question)
    expect([answer.facts('a'), answer.fact('a'), answer.fact('b')]).toEqual([['1', '2=3'], '2=3', undefined])
    expect(answer.content?.toString()).toBe('b=\0\n')
  })

  it('that says no is a refusal', async () => {
    await expect(ask(says('reops-answer\nrefused=no way\n'), question)).rejects.toMatchObject({
      code: 'refused',
      message: 'no way',
    })
  })

  const words = fc.constantFrom(
    'reops-answer\n',
    'reops-content\n',
    'reops-denied\n',
    'kind=file\n',
    'hash=',
    'stat=644 0 0 root root 1\n',
    'stat=\n',
    '\n',
    'a'.repeat(64),
    'manager=\n',
    'entry=a:b\n',
    'LoadState=loaded\n',
  )
  const noise = fc
    .array(fc.oneof(words, fc.string({ unit: 'binary' })), { maxLength: 12 })
    .map(all => all.join(''))

  it('of a hostile host is an answer or its trouble, never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(noise, async stdout => {
        try {
          await look(says(stdout), '/x', { become: false, content: 100 })
        } catch (error) {
          expect(error).toBeInstanceOf(HostTrouble)
        }
        for (const operation of [
          file(foo, '/x', { content: 'x' }),
          packages(foo, ['a']),
          service(foo, 'a', { running: true }),
          user(foo, 'a', { uid: 1 }),
        ]) {
          const outcome = await carryOut<unknown>(operation, { hosts: fakeHosts(() => ({ stdout })) })
          expect(outcome.successful.length + outcome.failure.length).toBe(1)
          for (const { code } of outcome.failure) expect(['exception', 'refused', 'exit']).toContain(code)
        }
      }),
      { numRuns: 100 },
    )
  })
})
