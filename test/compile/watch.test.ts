import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compileWatch } from '../../src/compile/watch.ts'
import type { Json } from '../../src/core/json.ts'
import { watchRequestSchema } from '../../src/core/watches/cloud/request.ts'
import { execute, type StartCall, StartRefused, TaskError } from '../../src/executor/index.ts'
import { flow, sensor, transform, type Watch, watch } from '../../src/index.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import { problemsOf } from './validators.ts'

const input = z.strictObject({})
const stopCloset = flow({ input, steps: transform(() => 'stopped') })
const startCloset = flow({ input, steps: transform(() => 'started') })
const solarPower = flow({
  input: z.strictObject({ roof: z.string().default('south') }),
  steps: transform(() => 1),
})
const flows = new Map<string, any>(Object.entries({ stopCloset, startCloset, solarPower }))

const heat = sensor('closet/temperature', z.number(), { name: 'heat' })
const acts = { when: (value: any) => value > 70, flow: stopCloset, onClear: startCloset }
const tooHot = watch('too-hot', { sensor: heat, ...acts })
const sunny = watch('sunny', { poll: { flow: solarPower, every: '5m', maxAge: '2m' }, ...acts })

const reading: Json = { v: 1, sensor: 'heat', topic: 'closet/temperature', at: 1_900_000_000_000, value: 71 }
const action = { key: 'too-hot-abc-1', kind: 'flow', input: '{"a":1}' }

/** What stands for the ARN of a flow's machine until it is deployed. */
const arnOf = (flow: string) => `\${${flow}Machine}`

const decides = { do: 'decide', watch: 'too-hot', execution: 'one-1' }

interface World {
  readonly input?: Json
  /** What the function answers, call by call; an error is thrown. */
  readonly answers: readonly (Json | TaskError)[]
  /** What StartExecution says, call by call; the last one again and again. */
  readonly starts?: readonly (TaskError | undefined)[]
  /** How many starts of it are refused before. */
  readonly refusals?: number
  readonly poll?: (call: StartCall) => Promise<Json>
}

/** Executes the machine of a watch as it is written, and answers how it ended and what it asked of whom. */
async function keeping(kept: Watch, { input: given = {}, answers, starts = [], refusals = 0, poll }: World) {
  const asked: any[] = []
  const started: any[] = []
  const stopped: any[] = []
  const polled: StartCall[] = []
  const clock = fakeClock()
  const moments: number[] = []
  const execution = execute({
    machine: compileWatch(kept, flows).machine,
    input: given,
    name: 'one-1',
    clock,
    invoke: ({ resource, arguments: args }: any) => {
      if (resource.endsWith(':stopExecution')) {
        stopped.push(args)
        return {}
      }
      if (resource.endsWith(':startExecution')) {
        const refusal = starts[Math.min(started.length, starts.length - 1)]
        started.push(args)
        if (refusal) throw refusal
        return { ExecutionArn: 'arn' }
      }
      const answer = answers[asked.length]
      asked.push(watchRequestSchema.parse(args.Payload))
      moments.push(clock.now())
      if (answer === undefined) throw new TaskError('NotExpected')
      if (answer instanceof TaskError) throw answer
      return { Payload: answer }
    },
    startExecution: async call => {
      polled.push(call)
      if (polled.length <= refusals) throw new StartRefused('ExecutionLimitExceeded', 'too many')
      if (poll === undefined) throw new StartRefused('StateMachineDoesNotExist', 'there is none')
      const result = poll(call).then(
        output => ({ status: 'SUCCEEDED', output }) as const,
        ({ error, cause }) => ({ status: 'FAILED', error, cause }) as const,
      )
      const { stateMachineArn } = call
      const one = { id: 'arn:child', name: 'one-1', stateMachineArn, startedAt: clock.now() }
      return { ...one, result: () => result, cancel: () => {} }
    },
  })
  return { ...(await execution.result()), asked, started, stopped, polled, moments }
}

describe('the machine of a watch', () => {
  test.each([tooHot, sunny])('is one that Step Functions takes', kept => {
    expect(problemsOf(compileWatch(kept, flows).machine)).toEqual([])
  })

  test('is the same each time, and says which machines it starts', () => {
    expect(compileWatch(tooHot, flows)).toEqual(compileWatch(tooHot, flows))
    expect([...compileWatch(tooHot, flows).starts]).toEqual([
      ['stopClosetMachine', 'stopCloset'],
      ['startClosetMachine', 'startCloset'],
    ])
    expect(compileWatch(tooHot, flows).asks).toBeUndefined()
    const { starts, asks } = compileWatch(sunny, flows)
    expect(starts.get(asks!)).toBe('solarPower')
  })

  test('has states that a person knows', () => {
    expect(Object.keys(compileWatch(tooHot, flows).machine.States)).toEqual(
      expect.arrayContaining(['decide', 'start stopCloset', 'start startCloset', 'look again', 'done']),
    )
  })

  test('tells two flows apart whose names are cut, and one from itself', () => {
    const long = { [`a${'b'.repeat(90)}`]: stopCloset, [`a${'b'.repeat(91)}`]: startCloset }
    const cut = compileWatch(tooHot, new Map<string, any>(Object.entries(long))).machine
    expect(problemsOf(cut)).toEqual([])
    const both = watch('both', { sensor: heat, ...acts, onClear: stopCloset })
    expect(problemsOf(compileWatch(both, flows).machine)).toEqual([])
    expect([...compileWatch(both, flows).starts.values()]).toEqual(['stopCloset'])
  })
})

describe('a watch that AWS can not keep', () => {
  const without = (name: string) => new Map([...flows].filter(([one]) => one !== name))
  test.each([
    ['flow', tooHot, 'stopCloset'],
    ['onClear', tooHot, 'startCloset'],
    ['poll.flow', sunny, 'solarPower'],
  ])('is told to export its flow: %s', (field, kept, name) => {
    expect(() => compileWatch(kept, without(name))).toThrow(
      expect.objectContaining({
        name: 'InvalidWatch',
        detail: { watch: kept.name, field },
        message: expect.stringMatching(/not exported.*export it beside the watch/),
      }),
    )
  })

  test.each(['30s', '90s', 61] as const)('is told in which times AWS counts: %s', every => {
    const kept = watch('often', { poll: { flow: solarPower, every }, ...acts })
    expect(() => compileWatch(kept, flows)).toThrow(/poll\.every.*whole minutes.*runs: 'daemon'/)
  })
})

describe('a reading', () => {
  test('is handed to what decides, and that is all where there is nothing to do', async () => {
    const { status, asked, started } = await keeping(tooHot, {
      input: { reading },
      answers: [{ code: 'calm' }],
    })
    expect(status).toBe('SUCCEEDED')
    expect(asked).toEqual([{ ...decides, looks: 0, reading }])
    expect(started).toEqual([])
  })

  test('cannot say what is to be done with it', async () => {
    const { asked } = await keeping(tooHot, {
      input: { reading, do: 'settle', watch: 'other' },
      answers: [{ code: 'calm' }],
    })
    expect(asked[0]).toMatchObject({ do: 'decide', watch: 'too-hot' })
  })

  test('by which something is to be done starts it by the name of the action, and says so', async () => {
    const { status, asked, started } = await keeping(tooHot, {
      input: { reading },
      answers: [{ code: 'act', action }, {}],
    })
    expect(status).toBe('SUCCEEDED')
    expect(started).toEqual([{ StateMachineArn: arnOf('stopCloset'), Name: action.key, Input: action.input }])
    expect(asked[1]).toEqual({ ...decides, do: 'settle', looks: 0, key: action.key, carried: 'started' })
  })

  test('starts the flow of onClear where that is to be done', async () => {
    const { started } = await keeping(tooHot, {
      input: { reading },
      answers: [{ code: 'reverse', action: { ...action, kind: 'onClear' } }, {}],
    })
    expect(started.map(one => one.StateMachineArn)).toEqual([arnOf('startCloset')])
  })

  test('does what was left undone as well, one after the other', async () => {
    const next = { key: 'too-hot-abc-2', kind: 'onClear', input: '{}' }
    const { started, asked } = await keeping(tooHot, {
      input: { reading },
      answers: [{ code: 'reverse', action }, { action: next }, {}],
    })
    expect(started.map(one => one.Name)).toEqual([action.key, next.key])
    expect(asked.map(one => one.do)).toEqual(['decide', 'settle', 'settle'])
  })

  test('is decided again when the function did not answer, and the execution fails aloud in the end', async () => {
    const lost = new TaskError('Lambda.TooManyRequestsException')
    const { status, asked } = await keeping(tooHot, {
      input: { reading },
      answers: [lost, lost, { code: 'calm' }],
    })
    expect(status).toBe('SUCCEEDED')
    expect(asked).toHaveLength(3)
    const never = await keeping(tooHot, { input: { reading }, answers: Array(7).fill(lost) })
    expect(never).toMatchObject({ status: 'FAILED', error: 'Lambda.TooManyRequestsException' })
    const wrong = await keeping(tooHot, { answers: [new TaskError('InvalidConfig', 'say it')] })
    expect(wrong).toMatchObject({ status: 'FAILED', error: 'InvalidConfig', asked: [{}] })
  })
})

describe('a start', () => {
  const acting = [{ code: 'act', action }, {}]

  test('that was made before counts', async () => {
    const { asked, started } = await keeping(tooHot, {
      answers: acting,
      starts: [new TaskError('Sfn.ExecutionAlreadyExistsException', 'taken')],
    })
    expect(started).toHaveLength(1)
    expect(asked[1]).toMatchObject({ carried: 'started', key: action.key })
  })

  test('is tried again while AWS is busy', async () => {
    const busy = new TaskError('Sfn.SfnException', 'Rate exceeded')
    const { asked, started } = await keeping(tooHot, { answers: acting, starts: [busy, busy, undefined] })
    expect(started).toHaveLength(3)
    expect(new Set(started.map(one => one.Name)).size).toBe(1)
    expect(asked[1]).toMatchObject({ carried: 'started' })
  })

  test('that never goes through is written down with its words, and what is pending goes on', async () => {
    const { status, asked, started } = await keeping(tooHot, {
      answers: [{ code: 'act', action }, { look: '2030-01-01T01:00:00Z' }, { code: 'calm' }],
      starts: [new TaskError('Sfn.SfnException', 'x'.repeat(900))],
    })
    expect(status).toBe('SUCCEEDED')
    expect(started).toHaveLength(7)
    expect(asked[1]).toMatchObject({ do: 'settle', key: action.key, carried: 'failed' })
    expect(asked[1].problem).toMatch(/^Sfn\.SfnException: x+$/)
    expect(asked[1].problem).toHaveLength(500)
    expect(asked[2]).toMatchObject({ do: 'decide', looks: 1 })
  })

  test.each(['Sfn.StateMachineDoesNotExistException', 'Sfn.InvalidExecutionInputException'])(
    'that can never go through is not tried again: %s',
    async error => {
      const { asked, started } = await keeping(tooHot, {
        answers: acting,
        starts: [new TaskError(error, 'no')],
      })
      expect(started).toHaveLength(1)
      expect(asked[1]).toMatchObject({ carried: 'failed', problem: `${error}: no` })
    },
  )
})

describe('a look', () => {
  test('is taken at its moment, without the reading, and counted', async () => {
    const at = ['2030-01-01T00:05:00.250Z', '2030-01-01T00:30:00Z']
    const { asked, moments } = await keeping(tooHot, {
      input: { reading },
      answers: [
        { code: 'waiting', look: at[0]! },
        { code: 'act', action },
        { look: at[1]! },
        { code: 'calm' },
      ],
    })
    expect(asked[0]).toEqual({ ...decides, looks: 0, reading })
    expect(asked[1]).toEqual({ ...decides, looks: 1 })
    expect(asked[3]).toEqual({ ...decides, looks: 2 })
    expect(moments[1]).toBeGreaterThanOrEqual(Date.parse(at[0]!))
    expect(moments[3]).toBeGreaterThanOrEqual(Date.parse(at[1]!))
  })
})

describe('a poll', () => {
  const decided = [{ code: 'calm' }]

  test('asks its flow by its own name, and hands over what it said', async () => {
    const { status, asked, polled } = await keeping(sunny, {
      answers: decided,
      poll: async () => ({ watts: 12_000 }),
    })
    expect(status).toBe('SUCCEEDED')
    expect(polled).toMatchObject([
      { stateMachineArn: arnOf('solarPower'), name: 'one-1', input: { roof: 'south' } },
    ])
    expect(asked).toEqual([{ ...decides, watch: 'sunny', looks: 0, asked: { output: { watts: 12_000 } } }])
  })

  test('hands an input over as it is, whatever it looks like', async () => {
    const roof = `{% $states.input %} ${arnOf('stopCloset')}`
    const odd = watch('odd', { poll: { flow: solarPower, every: '5m', input: { roof } }, ...acts })
    const { polled } = await keeping(odd, { answers: decided, poll: async () => 1 })
    expect(polled[0]!.input).toEqual({ roof })
  })

  test('that failed says what by', async () => {
    const { asked, stopped } = await keeping(sunny, {
      answers: decided,
      poll: () => Promise.reject({ error: 'NoSun', cause: 'it is night' }),
    })
    expect(asked[0].asked).toEqual({ failed: 'NoSun: it is night' })
    expect(stopped).toEqual([])
  })

  test('whose machine is not there says so', async () => {
    const { asked } = await keeping(sunny, { answers: decided })
    expect(asked[0].asked.failed).toMatch(/^StepFunctions\.StateMachineDoesNotExistException: there is none/)
  })

  test('that AWS has no room for is started again by the same name, and given up in the end', async () => {
    const found = await keeping(sunny, { answers: decided, refusals: 2, poll: async () => 1 })
    expect(found.asked[0].asked).toEqual({ output: 1 })
    expect(found.polled.map(({ name }) => name)).toEqual(['one-1', 'one-1', 'one-1'])
    const never = await keeping(sunny, { answers: decided, refusals: 9, poll: async () => 1 })
    expect(never.polled).toHaveLength(4)
    expect(never.asked[0].asked.failed).toMatch(/^StepFunctions\.ExecutionLimitExceededException: too many/)
  })

  test('says no more than 500 characters of what it failed by', async () => {
    const { asked } = await keeping(sunny, {
      answers: decided,
      poll: () => Promise.reject({ error: 'NoSun', cause: 'night '.repeat(200) }),
    })
    expect(asked[0].asked.failed).toHaveLength(500)
  })

  test('that takes too long is stopped by its name, before it is due again', async () => {
    const { asked, stopped, moments } = await keeping(sunny, {
      answers: decided,
      poll: () => new Promise(() => {}),
    })
    expect(asked[0].asked.failed).toMatch(/^States\.Timeout: /)
    expect(stopped).toMatchObject([{ ExecutionArn: `${arnOf('solarPower')}:one-1`, Error: 'PollTimeout' }])
    expect(moments[0]! - Date.parse('2030-01-01T00:00:00Z')).toBeLessThan(300_000)
  })

  test('has the time of its maxAge, and of its every at most', () => {
    const { machine } = compileWatch(sunny, flows)
    expect(machine.States['ask solarPower']).toMatchObject({ TimeoutSeconds: 120 })
    const usual = watch('usual', { poll: { flow: solarPower, every: '5m' }, ...acts })
    expect(compileWatch(usual, flows).machine.States['ask solarPower']).toMatchObject({ TimeoutSeconds: 300 })
  })
})
