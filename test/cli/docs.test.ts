import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { type Closet, openCloset } from '../../src/transports/ssh/closet/closet.ts'
import { makeProject, root } from './harness.ts'
import { binary, environment } from './real.ts'

let folder: string
let closet: Closet
beforeAll(async () => {
  folder = await makeProject({})
  await cp(path.join(root, 'flows'), path.join(folder, 'flows'), { recursive: true })
  const names = ['foo', 'bar', 'big-iron', 'attic', 'cellar', 'dusty', 'vault']
  closet = await openCloset({ folder: path.join(folder, 'closet'), hosts: names.map(name => ({ name })) })
  const hosts = Object.fromEntries(
    closet.hosts.map(({ name, address, port, user }) => [name, { address, port, user, key: closet.key }]),
  )
  const config = {
    hosts,
    groups: { closet: ['foo', 'bar'] },
    ssh: { config: false, knownHosts: [], agent: false },
  }
  await writeFile(path.join(folder, 'reops.config.ts'), `export default ${JSON.stringify(config)}\n`)
  await mkdir(path.join(folder, 'bin'))
  await writeFile(path.join(folder, 'bin/reops'), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`)
  await chmod(path.join(folder, 'bin/reops'), 0o755)
})
afterAll(async () => {
  await closet.close()
  await rm(folder, { recursive: true, force: true })
})

const page = await readFile(path.join(root, 'docs/cli.md'), 'utf8')
const examples = [...page.matchAll(/```sh([^\n]*)\n(.*?)```/gs)].flatMap(([, about = '', lines = '']) =>
  about.includes('needs a hypervisor') ? [] : lines.trim().split('\n'),
)

test('the page has examples', () => expect(examples.length).toBeGreaterThan(8))

test('the page names every command', () => {
  const missing = Object.keys(commands).filter(name => !new RegExp(`\`(?:reops )?${name}[ \`]`).test(page))
  expect(missing).toEqual([])
})

test.each(examples)('%s', async line => {
  const { status, stderr } = await new Promise<{ status: number | null; stderr: string }>(resolve => {
    const env = environment({ PATH: `${path.join(folder, 'bin')}:${process.env.PATH}` })
    const child = execFile(
      'sh',
      ['-c', line],
      { cwd: folder, env, timeout: 20_000 },
      (_error, _stdout, stderr) => resolve({ status: child.exitCode, stderr }),
    )
  })
  expect(stderr).not.toContain('reops:')
  expect(status).toBe(0)
})
