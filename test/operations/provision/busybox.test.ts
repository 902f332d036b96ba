import { execFileSync } from 'node:child_process'
import { mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Hosts, hosts } from '../../../src/core/hosts.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { directory, file, lineInFile, scriptOnce, symlink } from '../../../src/operations/provision/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { localShell } from '../../fakes/local-shell.ts'
import { needs } from '../../support/needs.ts'
import { scratch } from '../remote/scratch.ts'

const foo = hosts(['foo'])

describe('a host that has busybox and nothing else', needs('busybox'), () => {
  it('is provisioned like any other', async () => {
    const folder = await scratch()
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    execFileSync('busybox', ['--install', '-s', bin])
    const port = localShell({ folder, shell: [path.join(bin, 'sh')], env: { PATH: bin } })
    const run = async (operation: Operation<void, Outcome<Hosts, unknown>>): Promise<unknown> => {
      const { successful, failure } = await carryOut(operation, { hosts: port })
      return successful[0]?.value ?? failure
    }
    const at = (name: string) => path.join(folder, name)
    await writeFile(at('old'), 'one\n', { mode: 0o600 })
    const operations = [
      file(foo, at('new'), { content: 'é\n', mode: 0o640 }),
      file(foo, at('old'), { content: 'two\n' }),
      file(foo, at('new'), { content: 'é\n', mode: 0o600 }),
      directory(foo, at('a/b'), { mode: 0o700 }),
      symlink(foo, at('link'), 'old'),
      symlink(foo, at('link'), 'a'),
      symlink(foo, at('link'), 'new'),
      lineInFile(foo, at('old'), 'three'),
      scriptOnce(foo, 'make', `echo x >"$1"`, { creates: at('made'), args: [at('made')] }),
    ]
    for (const operation of operations) expect(await run(operation)).toMatchObject({ changed: true })
    for (const operation of [operations[2]!, operations[3]!, ...operations.slice(6)])
      expect(await run(operation)).toMatchObject({ changed: false })
    expect(await readFile(at('old'), 'utf8')).toBe('two\nthree\n')
    expect((await stat(at('old'))).mode & 0o777).toBe(0o600)
    expect(await readlink(at('link'))).toBe('new')
  })
})
