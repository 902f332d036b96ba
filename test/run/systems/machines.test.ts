import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  create,
  destroy,
  kvm,
  memory,
  named,
  pipe,
  repair,
  snapshot,
  start,
  syncSystems,
  systems,
  tagged,
  volume,
} from '../../../src/index.ts'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { cutOff, type Iron, openIron } from '../../providers/kvm/iron.ts'
import { type Laptop, openLaptop } from './world.ts'

const contender = fileURLToPath(new URL('./contender.ts', import.meta.url))

/** Machines whose disks are empty: they run, and nothing in them ever answers. */
describe('systems on a hypervisor, as a laptop keeps them', canHypervise(), () => {
  let lab: Iron
  let laptop: Laptop
  beforeEach(async () => {
    lab = await openIron()
    laptop = await openLaptop(lab.iron, { os: 'blank' })
  })
  afterEach(async () => {
    await laptop?.close()
    await lab?.close()
  })

  const off = { start: false }
  const run: Laptop['run'] = operation => laptop.run(operation)
  const process_ = (does: string): ChildProcess =>
    spawn(process.execPath, [contender, laptop.state, JSON.stringify(laptop.config), does], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })

  test('are known again from the hypervisor when the store is lost', async () => {
    const made = await run(
      create(kvm('big-iron'), memory(64), named('one'), tagged('db'), volume(1, { keep: true }), off),
    )
    await run(create(kvm('big-iron'), memory(64), named('two'), off))
    await run(pipe(systems(named('two')), start({ ready: false })))
    laptop = await laptop.lose()
    expect((await run(systems())).successful).toEqual([])
    expect((await run(syncSystems())).failure).toEqual([])
    const known = await run(systems())
    expect(known.successful.map(({ host, value }) => [host, value.state, value.tags])).toEqual([
      ['one', 'stopped', ['db']],
      ['two', 'running', []],
    ])
    // How large the template's disk is, only its maker was told; the rest stands beside the machine.
    const { id, ref, volumes, os, node, user, key } = made.successful[0]!.value
    expect(known.successful[0]!.value).toMatchObject({ id, ref, volumes, os, node, user, key })
    await run(pipe(systems(), destroy({ force: true })))
    expect(await lab.domains()).toEqual([])
  })

  test('stand in the store as they are, although nobody asked the hypervisor', async () => {
    await run(create(kvm('big-iron'), memory(64), named('one'), off))
    const state = async () => (await run(systems())).successful[0]?.value.state
    await lab.iron.virsh('start', 'one')
    await expect.poll(state, { timeout: 10_000 }).toBe('running')
    await lab.iron.virsh('suspend', 'one')
    await expect.poll(state, { timeout: 10_000 }).toBe('paused')
    // What happens while nobody listens is told when the connection is there again.
    await lab.iron.kill()
    await lab.iron.restart()
    await cutOff(lab.iron, 'one')
    await expect.poll(state, { timeout: 20_000 }).toBe('stopped')
  }, 120_000)

  test('that are gone from the hypervisor are missing, and forgotten only when that is asked for', async () => {
    await run(create(kvm('big-iron'), memory(64), named('one'), off))
    await lab.iron.virsh('undefine', 'one')
    await run(syncSystems())
    const known = await run(systems())
    expect(known.successful.map(({ value }) => value.state)).toEqual(['missing'])
    expect((await run(pipe(systems(), repair()))).failure).toHaveLength(1)
    await run(pipe(systems(), repair({ force: true })))
    expect((await run(systems())).successful).toEqual([])
  })

  test('are worked on by one process at a time', async () => {
    await run(create(kvm('big-iron'), memory(64), named('one'), off))
    const processes = ['start', 'stop', 'start', 'stop'].map(process_)
    const said = await Promise.all(processes.map(async one => JSON.parse(await text(one.stdout!))))
    for (const { successful, failure } of said) {
      expect(failure).toEqual([])
      expect(successful).toHaveLength(1)
    }
    const [known] = (await run(systems())).successful
    const running = (await lab.iron.virsh('domstate', 'one')).trim() === 'running'
    expect(known!.value.state).toBe(running ? 'running' : 'stopped')
  }, 120_000)

  test.each(['cloning the disk', 'writing the seed', 'defining the domain'])(
    'are whole or gone after their process is killed while %s, and repaired',
    async stage => {
      const child = process_('create')
      child.stderr!.setEncoding('utf8').on('data', (said: string) => {
        if (said.includes(stage)) child.kill('SIGKILL')
      })
      await once(child, 'exit')
      const [left] = (await run(systems())).successful
      // It was killed after it had said its last word, if it is whole.
      if (left?.value.state !== 'stopped') expect(left?.value.state).toBe('creating')
      const outcome = await run(pipe(systems(), repair({ ready: false, wait: '90s' })))
      expect(outcome.failure).toEqual([])
      expect(await lab.domains()).toEqual(['half'])
      await run(pipe(systems(), destroy({ force: true })))
      expect(await lab.domains()).toEqual([])
      expect((await lab.volumes()).filter(name => name.startsWith('sys-'))).toEqual([])
    },
    120_000,
  )

  test('are left as they were while their hypervisor is gone, and say so', async () => {
    await run(create(kvm('big-iron'), memory(64), named('one'), off))
    await lab.iron.kill()
    const outcome = await run(pipe(systems(), snapshot('now')))
    expect(outcome.failure).toMatchObject([
      { host: 'one', code: expect.stringMatching(/unreachable|unknown/) },
    ])
    const synced = await run(syncSystems())
    expect(synced.failure.length).toBeGreaterThan(0)
    await lab.iron.restart()
    expect((await run(pipe(systems(), snapshot('now')))).failure).toEqual([])
  })
})
