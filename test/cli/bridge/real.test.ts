import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bridge } from '../../../onprem-bridge/bridge.ts'
import { configSchema } from '../../../src/core/config.ts'
import { addKey } from '../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import { keepKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { type BridgeLab, bridgeLab } from '../../lab/bridge/bridge.ts'
import { project } from '../harness.ts'
import { reops, startReops } from '../real.ts'

/** A change that waits until it may end, and writes down that it was begun. */
const flows = `
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { flow, operation, pipe } from 're-ops'
import * as z from 'zod'

const near = name => new URL(name, import.meta.url)
const slow = operation({
  name: 'slow',
  site: 'onprem',
  effect: 'change',
  schema: z.strictObject({}),
  handle: async (_data, _args, { signal }) => {
    appendFileSync(near('deeds'), 'begun\\n')
    while (!existsSync(near('go'))) await sleep(20, undefined, { signal })
    return 'done in the closet'
  },
})
const large = operation({
  name: 'large',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({}),
  handle: given => [given, 'z'.repeat(700_000)],
})
export const largely = flow({ input: z.strictObject({}), steps: pipe(large({}), large({})) })
export const slowly = flow({ input: z.strictObject({}), steps: slow({}) })
`

describe('a bridge over the wire', () => {
  let lab: BridgeLab
  let bridge: Bridge
  beforeAll(async () => {
    lab = await bridgeLab({ flows, hosts: ['foo'] })
    bridge = await lab.open()
  })
  afterAll(async () => {
    await bridge.end(1_000)
    await lab.close()
  })

  /** A project that knows the bridge; whether the bridge knows it is another matter. */
  async function laptop(known = true): Promise<string> {
    const settings = { url: lab.at('jobs'), key: bridge.key }
    const folder = await project({
      'reops.config.ts': `export default ${JSON.stringify({ bridge: settings })}\n`,
      'flows/index.ts': flows,
    })
    const place = bridgePlace({ config: configSchema.parse({}), folder, file: undefined })
    const { publicKey } = keepKeyFile(place.clientKey)
    const name = `laptop-${path.basename(folder)}`.slice(0, 40)
    if (known) await addKey(bridgePlace(lab.loaded).keyring, { key: publicKey, name, role: 'submit' })
    return folder
  }

  test('commands run on hosts that only it reaches', async () => {
    const { status, stdout, stderr } = await reops(['exec', 'foo', '--', 'echo it is $((40 + 2))'], {
      cwd: await laptop(),
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('it is 42')
  })

  test('data that is too large for a message goes there and comes back whole', async () => {
    const { status, stdout } = await reops(['run', 'largely', '--json'], { cwd: await laptop() })
    expect(status).toBe(0)
    const much = 'z'.repeat(700_000)
    expect(JSON.parse(stdout).result).toEqual([[{}, much], much])
  })

  test('a key that it does not know is refused, and told how to be let in', async () => {
    const { status, stderr } = await reops(['list'], { cwd: await laptop(false) })
    expect(status).toBe(1)
    expect(stderr).toMatch(/refuses this.*reops keys show client prints it here.*reops keys new/)
  })

  test('a submitter that is killed gets the answer when it goes on, and the job ran once', async () => {
    const cwd = await laptop()
    const deeds = () => readFile(path.join(lab.folder, 'deeds'), 'utf8').catch(() => '')
    const { child, ended } = startReops(['run', 'slowly', '--name', 'it'], cwd)
    await expect.poll(deeds, { timeout: 20_000 }).toBe('begun\n')
    child.kill('SIGKILL')
    await ended
    await writeFile(path.join(lab.folder, 'go'), '')
    const resumed = await reops(['resume', '--json'], { cwd })
    expect(JSON.parse(resumed.stdout)).toEqual({ executions: [{ name: 'it', status: 'succeeded' }] })
    expect((await reops(['show', 'it'], { cwd })).stdout).toContain('done in the closet')
    expect(await deeds()).toBe('begun\n')
  })
})
