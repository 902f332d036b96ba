import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/run/config.ts'
import { openSystems } from '../../../src/run/open-systems.ts'
import { systemOf } from '../../state/systems.ts'
import { needs } from '../../support/needs.ts'
import { makeProject } from '../harness.ts'
import { openTerminal, type Terminal } from '../terminal.ts'

const author = { by: 'test', at: 1 }

describe('systems on a terminal', needs('tmux'), () => {
  let folder: string
  let terminal: Terminal | undefined

  beforeEach(async () => {
    const config = {
      // Nobody listens there: what is agreed to gets as far as its provider.
      hypervisors: {
        'big-iron': { provider: 'kvm', uri: 'qemu+unix:///system?socket=/nowhere/libvirt-sock' },
      },
      ssh: { config: false, agent: false },
    }
    folder = await makeProject({ 'reops.config.ts': `export default ${JSON.stringify(config)}\n` })
    await withStore(async store => {
      await store.add(systemOf(1, { volumes: [{ name: 'data', size: 9, keep: true }] }), author)
      await store.add(systemOf(2, { state: 'running', address: '10.0.0.2' }), author)
    })
  })
  afterEach(async () => {
    await terminal?.close()
    terminal = undefined
    await rm(folder, { recursive: true, force: true })
  })

  async function withStore<T>(use: (store: Awaited<ReturnType<typeof openSystems>>) => Promise<T>) {
    const store = await openSystems(await loadConfig(path.join(folder, 'reops.config.ts')))
    try {
      return await use(store)
    } finally {
      await store.close()
    }
  }
  const standing = () =>
    withStore(async store => (await store.list()).map(({ hostname, state }) => `${hostname} ${state}`))
  const open = async (...words: string[]) => {
    terminal = await openTerminal([...words, '--config', path.join(folder, 'reops.config.ts')])
    return terminal
  }

  test('destroy takes the number of systems for consent, and nothing else', async () => {
    const { type, press, shows } = await open('destroy', 'all')
    const screen = await shows('Type 2 to destroy 2 systems: web-[1-2]:')
    expect(screen).toContain('web-1 (stopped on big-iron): its disk goes; volume data 9 GiB is kept')
    expect(screen).toContain('web-2 (running on big-iron, 10.0.0.2): its disk goes')
    await type('yes')
    await press('Enter')
    expect(await shows('left with 1')).toContain('nothing was done')
    expect(await standing()).toEqual(['web-1 stopped', 'web-2 running'])
  })

  test('destroy that is agreed to goes to work', async () => {
    const { type, press, shows } = await open('destroy', 'web-1')
    await shows('Type web-1 to destroy web-1:')
    await type('web-1')
    await press('Enter')
    expect(await shows('left with 1')).toMatch(/unreachable \(1\).*big-iron/s)
    expect(await standing()).toEqual(['web-1 stopped', 'web-2 running'])
  })

  test('a question is left by Ctrl-C, and nothing is done', async () => {
    const { press, shows } = await open('stop', 'on:big-iron')
    await shows('Stop 2 systems: web-[1-2]? [y/N]')
    await press('C-c')
    await shows('left with 130')
    expect(await standing()).toEqual(['web-1 stopped', 'web-2 running'])
  })

  test('a list fits, and says how systems stand in colours', async () => {
    const { shows } = await open('list')
    expect(await shows('left with 0')).toMatch(
      /^web-1 {2}stopped {2}big-iron\s*\nweb-2 {2}running {2}big-iron {2}10.0.0.2/m,
    )
  })

  test('the prompt completes their names, selects them, and prints them as the list does', async () => {
    const prompt = await open('repl')
    await prompt.shows('reops>')
    await prompt.type("systems(named('web")
    await prompt.press('Tab')
    await prompt.shows("reops> systems(named('web-")
    await prompt.type("2'), running)")
    await prompt.press('Enter')
    await prompt.shows(/^web-2 {2}running {2}big-iron {2}10.0.0.2\s*\n1 system: 1 ok/m)
    await prompt.press('C-d')
    await prompt.shows('left with 0')
  })
})
