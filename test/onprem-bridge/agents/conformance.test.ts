import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { openCloset } from '../../../src/transports/ssh/closet/closet.ts'
import { createSshTransport } from '../../../src/transports/ssh/index.ts'
import { conformance } from './conformance.ts'
import { never, openLab } from './lab.ts'

const home = process.env.HOME
afterAll(() => {
  process.env.HOME = home
})

const limits = { inlineLimit: 4_096, spoolLimit: 20_000_000 }

conformance('an agent', async () => {
  const lab = await openLab({}, limits)
  const folder = await realpath(lab.folder)
  const [its, here] = [path.join(folder, 'home'), path.join(folder, 'here')]
  for (const made of [its, here]) await mkdir(made)
  // What the agent would find as the home of its user.
  process.env.HOME = its
  await lab.join('foo')
  return { remote: await lab.remote('foo'), home: its, here, close: lab.close }
})

conformance('SSH', async () => {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'reops-conformance-')))
  const here = path.join(folder, 'here')
  await mkdir(here)
  const closet = await openCloset({ folder, hosts: [{ name: 'foo' }] })
  const { address, port, user } = closet.hosts[0]!
  const transport = createSshTransport({
    stateFolder: path.join(folder, 'state'),
    home: folder,
    configFile: false,
    knownHostsFiles: [closet.knownHosts],
    agent: false,
    killGrace: 500,
    hosts: { foo: { address, port, user, key: closet.key } },
    ...limits,
  })
  return {
    remote: await transport.open({ name: 'foo' }, { signal: never }),
    home: path.join(closet.folder, 'foo'),
    here,
    close: async () => {
      await transport.close()
      await closet.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
})
