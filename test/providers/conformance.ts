import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureCodes } from '../../src/core/outcome.ts'
import type { Ability, FirstLogin, Job, Provider } from '../../src/core/systems/provider.ts'
import type { SystemSpec } from '../../src/core/systems/spec.ts'
import type { System } from '../../src/core/systems/system.ts'
import { SystemTrouble } from '../../src/core/systems/trouble.ts'
import { type TestJob, type TestJobOptions, testJob } from '../support/job.ts'

/** A provider with a place to work in, where nobody else makes anything. */
export interface Subject {
  readonly provider: Provider
  /** What it can make, and a system of that which is not there yet. */
  readonly spec: SystemSpec
  newSystem(hostname: string): System
  readonly login: FirstLogin
  /** Everything that is there, machines and disks, as whoever owns the place sees it. */
  inventory(): Promise<readonly string[]>
  close(): Promise<void>
}

const off = { graceMs: 0, force: true }
const cut = { graceMs: 0 }

/** Every method that does something, by the ability that it takes. */
const calls = {
  create: ({ provider, login }, system, job) => provider.create(system, login, job),
  start: ({ provider }, system, job) => provider.start(system, job),
  stop: ({ provider }, system, job) => provider.stop(system, off, job),
  restart: ({ provider }, system, job) => provider.restart(system, off, job),
  destroy: ({ provider }, system, job) => provider.destroy(system, cut, job),
  clone: ({ provider, login }, system, job) =>
    provider.clone(
      system,
      { ...system, id: 'sys-00000000000000000c0e', hostname: `${system.hostname}-copy` },
      login,
      job,
    ),
  snapshot: ({ provider }, system, job) => provider.snapshot(system, 'one', job),
  revert: ({ provider }, system, job) => provider.revert(system, 'one', job),
  resize: ({ provider }, system, job) => provider.resize(system, { ram: 128 }, job),
  console: ({ provider }, system, job) => provider.console(system, job),
} satisfies Record<
  Ability,
  (subject: Pick<Subject, 'provider' | 'login'>, system: System, job: Job) => Promise<unknown>
>

const names = Object.keys(calls) as Ability[]

async function troubleOf(work: Promise<unknown>, doing: string): Promise<SystemTrouble> {
  const error = await work.then(
    () => new Error(`${doing} was done`),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SystemTrouble)) throw error
  expect(failureCodes).toContain(error.code)
  expect(error.message).not.toMatch(/[\p{Cc}]/u)
  return error
}

/** What a provider says that it can't do it refuses, in words of its own. */
export async function refusesWhatItCannot(
  subject: Pick<Subject, 'provider' | 'login'>,
  system: System,
): Promise<void> {
  for (const name of names.filter(name => !subject.provider.abilities.has(name)))
    expect(await troubleOf(calls[name](subject, system, testJob()), name)).toMatchObject({ code: 'refused' })
}

/** What all providers promise, tried on one where it is for real. */
export function conformance(name: string, needed: { readonly skip?: boolean }, open: () => Promise<Subject>) {
  describe(`${name}, as every provider,`, needed, () => {
    let subject: Subject
    beforeAll(async () => {
      subject = await open()
    }, 60_000)
    afterAll(() => subject?.close())

    const jobs: TestJob[] = []
    const job = (options?: TestJobOptions) => {
      const made = testJob(options)
      jobs.push(made)
      return made
    }

    test('says what is wrong with what is asked for, and touches nothing', async () => {
      const { provider, spec, inventory } = subject
      const before = await inventory()
      expect(provider.check(spec)).toEqual([])
      expect(provider.check({ ...spec, node: 'constructor' }).join()).toContain('constructor')
      expect(await inventory()).toEqual(before)
    })

    test('makes, moves, changes and takes away, each once however often it is asked', async () => {
      const { provider, login, inventory, newSystem } = subject
      const before = await inventory()
      const system = newSystem('conform')
      const made = await provider.create(system, login, job())
      expect(made.state).toBe('stopped')
      expect(await provider.create(system, login, job())).toMatchObject({ ref: made.ref })
      const known = { ...system, ref: made.ref }
      expect(await provider.list(undefined, job())).toContainEqual(
        expect.objectContaining({
          ref: made.ref,
          state: 'stopped',
          told: expect.objectContaining({ id: system.id, hostname: 'conform' }),
        }),
      )
      await provider.snapshot(known, 'one', job())
      await provider.snapshot(known, 'one', job())
      expect((await provider.snapshots(known, job())).map(({ name }) => name)).toEqual(['one'])
      await provider.start(known, job())
      await provider.start(known, job())
      expect(await provider.status(known, job())).toMatchObject({ state: 'running' })
      await provider.restart(known, off, job())
      expect(await provider.status(known, job())).toMatchObject({ state: 'running' })
      await provider.stop(known, off, job())
      await provider.stop(known, off, job())
      expect(await provider.status(known, job())).toMatchObject({ state: 'stopped' })
      await provider.revert(known, 'one', job())
      expect(await provider.resize(known, { ram: 128 }, job())).toMatchObject({ ram: 128 })
      const copy = newSystem('conform-too')
      const cloned = await provider.clone(known, copy, login, job())
      expect(await provider.clone(known, copy, login, job())).toMatchObject({ ref: cloned.ref })
      for (const one of [known, { ...copy, ref: cloned.ref }]) {
        expect(await provider.destroy(one, cut, job())).toEqual({ kept: [] })
        expect(await provider.destroy(one, cut, job())).toEqual({ kept: [] })
        expect(await provider.status(one, job())).toMatchObject({ state: 'missing' })
      }
      expect(await inventory()).toEqual(before)
    })

    test('tells what can not be done to one that is not there, or on no node, as its trouble', async () => {
      const { provider, newSystem } = subject
      const nobody = newSystem('nobody')
      for (const name of names.filter(name => name !== 'create' && name !== 'destroy'))
        await troubleOf(calls[name](subject, nobody, job()), name)
      const nowhere = { ...nobody, node: 'nowhere' }
      for (const name of names)
        expect(await troubleOf(calls[name](subject, nowhere, job()), name)).toMatchObject({ code: 'refused' })
      expect(await troubleOf(provider.status(nowhere, job()), 'status')).toMatchObject({ code: 'refused' })
      await refusesWhatItCannot(subject, nobody)
    })

    test('does nothing for a job that is over, cancelled or out of time', async () => {
      const { inventory, newSystem } = subject
      const before = await inventory()
      const system = newSystem('never')
      for (const name of names) {
        const cancelled = job()
        cancelled.cancel()
        expect(await troubleOf(calls[name](subject, system, cancelled), name)).toMatchObject({
          code: 'cancelled',
        })
        await calls[name](subject, system, job({ withinMs: 0 })).catch(error => {
          expect(error).toBeInstanceOf(SystemTrouble)
        })
      }
      expect(await inventory()).toEqual(before)
    })

    test('leaves nothing of a create that is cancelled at any stage', async () => {
      const { provider, login, inventory, newSystem } = subject
      const before = await inventory()
      const whole = job()
      await provider.create(newSystem('whole'), login, whole)
      await provider.destroy(newSystem('whole'), cut, job())
      for (const [index, stage] of [...new Set(whole.stages)].entries()) {
        const system = newSystem(`half-${index}`)
        const stopped = job({
          onStage: said => {
            if (said === stage) stopped.cancel()
          },
        })
        // The last stage may be over before anybody looks.
        const done = await provider.create(system, login, stopped).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ name: 'SystemTrouble', code: 'cancelled', left: [] })
            return false
          },
        )
        if (done) await provider.destroy(system, cut, job())
        expect([stage, await inventory()]).toEqual([stage, before])
      }
    })

    test('listens to no job that is over', () => {
      for (const { signal } of jobs) expect(getEventListeners(signal, 'abort')).toEqual([])
    })
  })
}
