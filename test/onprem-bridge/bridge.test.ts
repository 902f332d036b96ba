import { randomUUID } from 'node:crypto'
import { exec, hosts } from 're-ops'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Bridge } from '../../onprem-bridge/bridge.ts'
import { compile } from '../../src/compile/compile.ts'
import type { BridgeCall } from '../../src/core/bridge.ts'
import type { Progress } from '../../src/core/context.ts'
import type { Json } from '../../src/core/json.ts'
import type { Operation } from '../../src/core/operation/operation.ts'
import type { TaskRequest } from '../../src/core/task.ts'
import { revokeKeys } from '../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../src/run/bridge/place.ts'
import { verifyAudit } from '../../src/state/audit/verify.ts'
import type { BridgeClient } from '../../src/transports/zeromq/client/index.ts'
import { type BridgeLab, type BridgeLabOptions, bridgeLab } from '../lab/bridge/bridge.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(options: BridgeLabOptions = {}): Promise<{ lab: BridgeLab; bridge: Bridge }> {
  const lab = await bridgeLab(options)
  open.push(() => lab.close())
  const bridge = await lab.open()
  open.push(() => bridge.end(0))
  return { lab, bridge }
}

/** The one task of a pipeline, as its state would send it. */
function requestOf(operation: Operation<any, unknown>, data: Json): TaskRequest {
  const { tasks, version } = compile(operation, 'adhoc')
  const [step, { definition, args }] = [...tasks][0]!
  return {
    operation: definition.name,
    args,
    flow: 'adhoc',
    step,
    version,
    execution: { id: 'arn:one', name: 'one', startedAt: new Date().toISOString() },
    data,
  }
}

function callOf(overrides: Partial<BridgeCall> = {}): BridgeCall {
  return {
    id: randomUUID(),
    signal: new AbortController().signal,
    progress() {},
    heartbeat() {},
    ...overrides,
  }
}

const on = (names: readonly string[]) => hosts(names) as unknown as Json
const ask = (client: BridgeClient, command: string, names: readonly string[], call = callOf()) =>
  client.answer(requestOf(exec(command), on(names)), call)

describe('a bridge', () => {
  test('executes what is submitted over SSH, tells of it meanwhile, and answers as in process', async () => {
    const { lab } = await start({ hosts: ['foo', 'bar'] })
    const client = lab.client(await lab.key('laptop'))
    const heard: Progress[] = []
    const answer = await ask(
      client,
      'echo $HOME; echo oops >&2; exit 3',
      ['foo', 'bar', 'nowhere'],
      callOf({ progress: event => heard.push(event) }),
    )
    expect(answer).toMatchObject({
      successful: [],
      failure: [
        {
          host: 'foo',
          code: 'exit',
          detail: { exit: 3, stdout: expect.stringMatching(/foo\n$/), stderr: 'oops\n' },
        },
        { host: 'bar', code: 'exit' },
        { host: 'nowhere', code: 'unreachable' },
      ],
    })
    expect(heard.map(({ kind }) => kind)).toContain('host-ended')
  })

  test('does a job once, however often and by whomever it is asked, also after it has ended and was opened again', async () => {
    const { lab, bridge } = await start({ hosts: ['foo'] })
    const clients = [lab.client(await lab.key('one')), lab.client(await lab.key('two'))]
    const call = callOf({ id: 'the same' })
    const request = requestOf(exec('echo x >> ~/once; cat ~/once'), on(['foo']))
    const answers = await Promise.all([...clients, ...clients].map(client => client.answer(request, call)))
    expect(new Set(answers.map(answer => JSON.stringify(answer)))).toHaveProperty('size', 1)
    await bridge.end(1_000)
    const again = await lab.open()
    open.push(() => again.end(0))
    expect(await clients[0]!.answer(request, call)).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ failure: [], successful: [{ value: { stdout: 'x\n' } }] })
  })

  test('brings data over that is too large for a message, both ways', async () => {
    const { lab } = await start({ hosts: ['foo'] })
    const client = lab.client(await lab.key('laptop'))
    const answer = await ask(client, 'head -c 60000 /dev/zero | tr "\\0" x', ['foo'])
    expect(JSON.stringify(answer)).toContain('x'.repeat(60_000))
    const large = 'y'.repeat(700_000)
    const stdin = await client.answer(
      requestOf(exec('wc -c', { stdin: large.slice(0, 200_000) }), on(['foo'])),
      callOf(),
    )
    expect(stdin).toMatchObject({
      successful: [{ value: { stdout: expect.stringMatching(/^\s*200000\s*$/) } }],
    })
  })

  test('cancels what is cancelled, on the host too, and hands over what there was', async () => {
    const { lab } = await start({ hosts: ['foo', 'bar'] })
    const client = lab.client(await lab.key('laptop'))
    const stop = new AbortController()
    const progress = (event: Progress) => {
      if (event.kind === 'host-ended') stop.abort(new Error('enough'))
    }
    const command = 'case $PWD in *foo) echo done;; *) sleep 60;; esac'
    const answer = await ask(client, command, ['foo', 'bar'], callOf({ signal: stop.signal, progress }))
    expect(answer).toMatchObject({
      successful: [{ host: 'foo', value: { stdout: 'done\n' } }],
      failure: [{ host: 'bar', code: 'cancelled' }],
    })
  })

  test('lets readers look and not work, and revoked keys do neither', async () => {
    const { lab, bridge } = await start()
    const reader = lab.client(await lab.key('tablet', 'read'))
    expect(await reader.status()).toMatchObject({
      sessions: [{ name: 'tablet', role: 'read' }],
      troubles: [],
    })
    await expect(ask(reader, 'true', [])).rejects.toMatchObject({ name: 'BridgeRefused' })
    await revokeKeys(bridgePlace(lab.loaded).keyring, 'tablet', 'client')
    await vi.waitFor(() => expect(bridge.status().sessions).toEqual([]), { timeout: 5_000 })
    await expect(reader.status()).rejects.toMatchObject({ name: 'BridgeRefused' })
  })

  test('is the only one of its state folder, and ends without a trace', async () => {
    const { lab, bridge } = await start()
    await expect(lab.open()).rejects.toMatchObject({
      name: 'BridgeRuns',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    await bridge.end(0)
    const again = await lab.open()
    await again.end(0)
    expect(lab.said.filter(text => text.startsWith('while ending'))).toEqual([])
  })

  test('serves metrics and health, and an audit log that can be verified', async () => {
    const { lab, bridge } = await start({ hosts: ['foo'] })
    await ask(lab.client(await lab.key('laptop')), 'true', ['foo'])
    const text = await (await fetch(`http://${bridge.metrics}/metrics`)).text()
    expect(text).toMatch(/^reops_bridge_jobs\{state="succeeded"\} 1$/m)
    expect(text).toMatch(/^reops_bridge_sessions\{role="submit"\} 1$/m)
    expect(await (await fetch(`http://${bridge.metrics}/healthz`)).text()).toBe('ok\n')
    await bridge.end(1_000)
    const audit = await verifyAudit(bridgePlace(lab.loaded).audit)
    expect(audit).toMatchObject({ broken: undefined, entries: 6 })
  })
})
