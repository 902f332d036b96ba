import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hosts } from 're-ops'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import type { BridgeStatus } from '../../../src/run/bridge/status.ts'
import { type Timing, usualTiming } from '../../../src/transports/zeromq/session/timing.ts'
import { canSegment } from '../../lab/segment/can-segment.ts'
import { openNamespace } from '../../lab/segment/namespace.ts'
import { faultLab } from './lab.ts'
import { startVictim } from './processes.ts'
import { requestTo } from './requests.ts'
import type { DeskJob, DeskWord } from './victims/desk.ts'

/** Seconds that the cable is cut for while sessions outlive it; by hand, minutes. */
const cutSeconds = Number(process.env.REOPS_CUT_SECONDS ?? 2)
const patience = { timeout: 60_000 + cutSeconds * 3_000 }
const address = '10.78.0.1'

/** A bridge in one network and a desk in the other, with a cable between them. */
async function openScene(timing: Timing = usualTiming) {
  const [closet, desk] = [await openNamespace(), await openNamespace()]
  onTestFinished(async () => {
    await Promise.all([closet.end(), desk.end()])
  })
  const cable = `link add closet0 type veth peer name desk0 netns ${desk.pid}`
  const [program, ...arguments_] = closet.enterNetwork(['ip', ...cable.split(' ')])
  execFileSync(program, arguments_)
  closet.sh(`ip addr add ${address}/24 dev closet0; ip link set closet0 up`)
  desk.sh('ip addr add 10.78.0.2/24 dev desk0; ip link set desk0 up')

  const listen = { jobs: `tcp://${address}:5760`, agents: `tcp://${address}:5761`, metrics: false } as const
  const lab = await faultLab({ bridge: { listen } })
  onTestFinished(() => lab.close())
  const { bridgeKey } = lab
  const data = {
    ...{ jobs: listen.jobs, agents: listen.agents, bridgeKey, timing, host: 'iron' },
    ...{ submitter: await lab.key('laptop'), agent: await lab.key('iron', 'agent'), folder: lab.folder },
  }
  const bridge = await lab.start({ enter: closet.enterNetwork, timing })
  onTestFinished(() => bridge.kill())
  const file = path.join(lab.folder, 'desk.json')
  const near = await startVictim('desk.ts', { file, data }, { enter: desk.enterNetwork })
  onTestFinished(() => near.kill())
  const words: Exclude<DeskWord, 'ready'>[] = []
  near.child.on('message', (word: DeskWord) => {
    if (word !== 'ready') words.push(word)
  })
  await Promise.all([bridge.ready, near.ready])
  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { ...patience, interval: 20 })
  await until(() => expect(words).toContainEqual({ registered: 'iron' }))
  const gate = path.join(lab.folder, 'gate')
  return {
    lab,
    words,
    until,
    session: () => words.findLast(word => 'session' in word),
    submit: (job: DeskJob) => near.child.send(job),
    /** Lets everything that waits for it end. */
    release: () => writeFile(gate, ''),
    /** Which jobs have begun, in their order. */
    begun: () =>
      existsSync(`${gate}.begun`) ? readFileSync(`${gate}.begun`, 'utf8').trim().split('\n').toSorted() : [],
    hold: (id: string) => requestTo('hold', { id, file: gate }),
    /** Nothing ends this but its time. */
    stay: (id: string) => requestTo('hold', { id, file: path.join(lab.folder, 'walled up') }),
    linger: (id: string) =>
      requestTo('linger', { id, file: gate }, hosts({ via: 'agent' }, ['iron']) as unknown as Json),
    link: (state: 'up' | 'down') => closet.sh(`ip link set closet0 ${state}`),
    status: () => bridge.ask<BridgeStatus>('status'),
    answers: (id: string) => words.filter(word => 'id' in word && word.id === id),
  }
}

const lingered = (id: string) => ({
  id,
  output: expect.objectContaining({
    successful: [{ host: 'iron', value: `did ${id}\n`, ms: expect.any(Number) }],
    failure: [],
  }),
})

describe('a cable that is cut', { ...canSegment(), ...patience }, () => {
  test(`for ${cutSeconds} s ends no job, and what ended meanwhile is answered when it is back`, async () => {
    const scene = await openScene()
    scene.submit({ id: 'held', request: scene.hold('held') })
    scene.submit({ id: 'lingering', request: scene.linger('lingering') })
    await scene.until(() => expect(scene.begun()).toEqual(['held', 'lingering']))
    scene.link('down')
    await scene.release()
    scene.submit({ id: 'submitted meanwhile', request: scene.hold('submitted meanwhile') })
    await sleep(cutSeconds * 1_000)
    expect(scene.answers('held')).toEqual([])
    scene.link('up')
    await scene.until(() => expect(scene.answers('lingering')).toEqual([lingered('lingering')]))
    for (const id of ['held', 'submitted meanwhile'])
      await scene.until(() => expect(scene.answers(id)).toEqual([{ id, output: `did ${id}` }]))
    expect(scene.begun()).toEqual(['held', 'lingering', 'submitted meanwhile'])
  })

  test('for longer than anybody waits ends sessions and no job: all are answered on the next', async () => {
    const timing = { beat: 200, silence: 1_000, firstRetry: 100, lastRetry: 1_000 }
    const scene = await openScene(timing)
    scene.submit({ id: 'held', request: scene.hold('held') })
    scene.submit({ id: 'lingering', request: scene.linger('lingering') })
    scene.submit({ id: 'in a hurry', request: scene.stay('in a hurry'), within: 3_000 })
    await scene.until(async () => expect((await scene.status()).jobs.running).toBe(3))
    await scene.until(() => expect(scene.begun()).toHaveLength(2))
    scene.link('down')

    // Nobody says goodbye, so that both ends go by how long they have heard nothing.
    await scene.until(async () => expect((await scene.status()).sessions).toEqual([]))
    await scene.until(() => expect(scene.session()).toEqual({ session: 'connecting' }))
    const unknown = {
      id: 'in a hurry',
      error: 'Unknown',
      cause: expect.stringMatching(/may have done its work.*or it may not have begun/),
    }
    await scene.until(() => expect(scene.answers('in a hurry')).toEqual([unknown]))
    await scene.release()
    await scene.until(async () => expect((await scene.status()).jobs.running).toBeLessThanOrEqual(1))

    scene.link('up')
    await scene.until(() => expect(scene.answers('held')).toEqual([{ id: 'held', output: 'did held' }]))
    await scene.until(() => expect(scene.answers('lingering')).toEqual([lingered('lingering')]))
    await scene.until(async () =>
      expect((await scene.status()).jobs).toMatchObject({ queued: 0, running: 0 }),
    )
    expect((await scene.status()).jobs).toMatchObject({ succeeded: 2, failed: 1 })
    expect(scene.begun()).toEqual(['held', 'lingering'])
  })
})
