import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Hosts } from '../../../src/core/hosts.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { OnHosts, Outcome } from '../../../src/core/outcome.ts'
import {
  checkOnly,
  exec,
  file,
  map,
  pipe,
  provision,
  retry,
  scriptOnce,
  source,
  type Type,
  template,
  type,
  types,
  whenChanged,
} from '../../../src/index.ts'
import { needs } from '../../support/needs.ts'
import { type Closet, openCloset } from './closet.ts'
import { fingerprint } from './host.ts'

describe('provision', needs('sshd'), () => {
  let closet: Closet
  let work: string
  let known: Record<string, Type>
  const at = (name: string) => path.join(work, name)

  beforeAll(async () => {
    closet = await openCloset(['redis-1', 'redis-2', 'web', 'bare'])
  })
  beforeEach(async () => {
    for (const system of await closet.store.list())
      await closet.store.remove(system.id, system.revision, { by: 'test', at: 0 })
    work = await closet.work()
    await closet.add('redis-1', { type: 'redis', args: { port: 6379, who: work } })
    await closet.add('redis-2', { type: 'redis', args: { who: work, port: 6379 } })
    await closet.add('web', { type: 'web' })
    await closet.add('bare')
    const base = type({
      description: 'what all have',
      plan: () => file(at('base'), { content: 'base\n' }),
    })
    // All hosts of the lab share one file system, so that a file of each is called by its name.
    known = {
      base,
      redis: type({
        args: z.strictObject({ port: z.int(), who: z.string() }),
        needs: [base],
        plan: args =>
          pipe(
            template(at('redis.conf'), {
              text: 'port {{ port }} in {{ who }}\n',
              vars: { port: args.port, who: args.who },
            }),
            whenChanged(exec(`echo restarted >> ${at('restarts')}`)),
            map(() => 'the author does what he likes'),
            file(at('last'), { content: 'x' }),
          ),
        exposes: [{ name: 'redis', port: 6379, protocol: 'tcp' }],
      }),
      web: type({ plan: () => scriptOnce('make it', `echo yes > ${at('made')}`, { creates: at('made') }) }),
    }
  })
  afterAll(() => closet?.close())

  const run = async <O>(operation: Operation<any, O>, input?: unknown, name?: string): Promise<O> => {
    const execution = await closet.runtime(known).submit(operation, input, { name })
    return execution.result()
  }
  const on = async (...names: string[]) => source(await closet.hosts(...names)) as Operation<void, OnHosts>
  const answerOf = (outcome: Outcome<Hosts, any>, host: string) =>
    outcome.successful.find(one => one.host === host)?.value

  it('goes through the plans of all types, and finds all done the second time', async () => {
    const operation = pipe(await on('web', 'redis-1'), provision())
    const first = await run(operation)
    expect(first.failure).toEqual([])
    expect(answerOf(first, 'redis-1')).toEqual({
      type: 'redis',
      changed: 3,
      steps: [
        { step: expect.stringContaining('base'), changed: true, what: ['created'] },
        { step: `template ${at('redis.conf')}`, changed: true, what: ['created'] },
        { step: expect.stringContaining('exec'), changed: null },
        { step: expect.stringContaining('last'), changed: true, what: ['created'] },
      ],
    })
    expect(answerOf(first, 'web')).toMatchObject({ type: 'web', changed: 1 })
    expect(await readFile(at('redis.conf'), 'utf8')).toBe(`port 6379 in ${work}\n`)
    expect(await readFile(at('made'), 'utf8')).toBe('yes\n')

    const second = await run(operation)
    expect(answerOf(second, 'redis-1')).toMatchObject({ changed: 0 })
    expect(answerOf(second, 'web')).toMatchObject({ changed: 0 })
    expect(await readFile(at('restarts'), 'utf8')).toBe('restarted\n')
  })

  it('writes down that a system was provisioned, by what, and when', async () => {
    await run(pipe(await on('web'), provision()))
    const system = await closet.get('web')
    expect(system).toMatchObject({
      state: 'running',
      provisioned: { type: 'web', version: expect.stringMatching(/^[0-9a-f]{12}$/), at: expect.any(Number) },
    })
    expect(system.stage).toBeUndefined()
    const states = (await closet.store.history(system.id)).map(({ after }) => after.state)
    expect(states.filter(state => state !== undefined)).toEqual(['running', 'provisioning', 'running'])
    expect(await closet.store.holder(system.id, Date.now())).toBeUndefined()
  })

  it('takes systems of one type with equal arguments together, in one execution', async () => {
    const before = closet.executions.list({}).length
    await run(pipe(await on('redis-1', 'redis-2', 'web'), provision()), undefined, `together-${before}`)
    const nested = closet.executions.list({}).filter(({ name }) => name.startsWith(`together-${before}-`))
    expect(nested.map(({ flow }) => flow).sort()).toEqual(['provision-redis', 'provision-web'])
    expect(new Set(nested.map(({ parent }) => parent)).size).toBe(1)
    expect(nested.every(({ status }) => status === 'SUCCEEDED')).toBe(true)
  })

  it.each([
    ['provision with plan', () => provision({ plan: true })],
    ['a checked provision', () => checkOnly(provision())],
  ])('%s tells what would be changed, and changes nothing', async (_, make) => {
    await writeFile(at('redis.conf'), 'port 1\n')
    const before = await fingerprint(work)
    const revision = (await closet.get('redis-1')).revision
    const told = await run(pipe(await on('redis-1', 'web'), make()))
    expect(told.failure).toEqual([])
    expect(answerOf(told, 'redis-1')).toEqual({
      type: 'redis',
      changed: 3,
      steps: [
        {
          step: expect.any(String),
          changed: true,
          what: ['created'],
          diff: expect.stringContaining('+base\n'),
        },
        {
          step: `template ${at('redis.conf')}`,
          changed: true,
          what: ['content'],
          diff: expect.stringContaining('-port 1\n+port 6379'),
        },
        { step: expect.any(String), changed: null, would: `exec echo restarted >> ${at('restarts')}` },
        expect.objectContaining({ changed: true, what: ['created'] }),
      ],
    })
    expect(await fingerprint(work)).toBe(before)
    expect((await closet.get('redis-1')).revision).toBe(revision)
  })

  it('accounts for every host, and touches none that can not be provisioned', async () => {
    const { id, revision } = await closet.get('redis-2')
    await closet.store.change(id, revision, { args: { port: 'none', who: work } }, { by: 'test', at: 0 })
    const web = await closet.get('web')
    await closet.store.change(web.id, web.revision, { state: 'stopped' }, { by: 'test', at: 0 })
    const outcome = await run(pipe(await on('redis-1', 'redis-2', 'web', 'bare'), provision()))
    expect(outcome.successful.map(({ host }) => host)).toEqual(['redis-1'])
    expect(outcome.failure.map(({ host, code, message }) => [host, code, message])).toEqual([
      ['redis-2', 'refused', expect.stringMatching(/type redis .* arguments: port: /)],
      ['web', 'refused', 'web is stopped; it is provisioned when it runs: start it before'],
      ['bare', 'refused', expect.stringContaining('bare has no type')],
    ])
    expect(existsSync(at('made'))).toBe(false)
  })

  it('names a type that there is not', async () => {
    await closet.store.remove((await closet.get('bare')).id, 1, { by: 'test', at: 0 })
    await closet.add('bare', { type: 'mail' })
    const { failure } = await run(pipe(await on('bare'), provision()))
    expect(failure).toMatchObject([
      { code: 'refused', message: 'bare: there is no type "mail"; there are base, redis, web' },
    ])
  })

  it('leaves a system running where its plan failed, and says at which step and why', async () => {
    known.web = type({ plan: () => pipe(file(at('ok'), { content: 'x' }), exec('echo no room >&2; exit 3')) })
    const outcome = await run(pipe(await on('web', 'redis-1'), provision()))
    expect(outcome.successful.map(({ host }) => host)).toEqual(['redis-1'])
    expect(outcome.failure).toMatchObject([
      { host: 'web', code: 'exit', message: expect.stringMatching(/^exec .*: exit status 3: no room$/) },
    ])
    const { state, stage, problem, provisioned } = await closet.get('web')
    expect({ state, provisioned }).toEqual({ state: 'running', provisioned: undefined })
    expect(stage).toMatch(/^provision: exec /)
    expect(problem).toContain('no room')

    delete known.web
    known.web = type({ plan: () => file(at('ok'), { content: 'x' }) })
    await run(pipe(await on('web'), provision()))
    expect(await closet.get('web')).toMatchObject({ state: 'running', provisioned: { type: 'web' } })
    expect((await closet.get('web')).problem).toBeUndefined()
  })

  it('waits for nobody longer than told, and goes on with the others', async () => {
    const { id } = await closet.get('redis-1')
    const { lease } = await closet.store.acquire(id, 'somebody', 'stop in execution x', 60_000, Date.now())
    const outcome = await run(pipe(await on('redis-1', 'redis-2'), provision({ wait: 0 })))
    expect(outcome.failure).toMatchObject([{ host: 'redis-1', code: 'busy' }])
    expect(outcome.failure[0]?.message).toContain('somebody')
    expect(outcome.successful.map(({ host }) => host)).toEqual(['redis-2'])
    await closet.store.release(id, lease.fence)
  })

  it('works on a plan again where it is asked for again within one execution', async () => {
    known.web = type({ plan: () => exec(`echo run >> ${at('tries')}; [ $(wc -l < ${at('tries')}) -gt 1 ]`) })
    const operation = pipe(
      await on('web'),
      retry(provision(), { attempts: 3, every: '1s', jitter: false }),
    ) as Operation<void, Outcome<Hosts, unknown>>
    const outcome = await run(operation)
    expect(outcome.successful.map(({ host }) => host)).toEqual(['web'])
    expect(await readFile(at('tries'), 'utf8')).toBe('run\nrun\n')
  })

  it('stops when it is cancelled, and gives the systems back', async () => {
    known.web = type({ plan: () => exec(`touch ${at('began')}; sleep 30`) })
    const execution = await closet.runtime(known).submit(pipe(await on('web'), provision()), undefined, {})
    await expect.poll(() => existsSync(at('began')), { timeout: 10_000 }).toBe(true)
    execution.cancel('enough')
    await expect(execution.result()).rejects.toThrow('enough')
    await expect.poll(async () => (await closet.get('web')).state, { timeout: 10_000 }).toBe('running')
    const { id, problem } = await closet.get('web')
    expect(problem).toMatch(/cancelled/)
    await expect.poll(() => closet.store.holder(id, Date.now()), { timeout: 5_000 }).toBeUndefined()
  })

  it('lists types with what they need and take', async () => {
    expect(await run(types('redis'))).toEqual([
      {
        id: 'redis',
        description: '',
        exposes: [{ name: 'redis', port: 6379, protocol: 'tcp' }],
        needs: ['base'],
        args: expect.objectContaining({ type: 'object', required: ['port', 'who'] }),
      },
    ])
    expect((await run(types())).map(({ id }) => id)).toEqual(['base', 'redis', 'web'])
  })
})
