import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import type { StateMachine } from '../../src/core/asl.ts'
import { isRecord, type Json } from '../../src/core/json.ts'
import { utteranceKeys, utteranceMs } from '../../src/core/utterance.ts'
import { type Execution, type InvokeCall, TaskError } from '../../src/executor/index.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { type Alexa, fakeAlexa } from '../fakes/alexa.ts'
import { type Answering, type StatesFake, statesService } from '../fakes/aws/states.ts'
import { type Aws, jsonReply, startAws, WireError } from '../fakes/aws/wire.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import type { RunningFunction } from '../support/lambda/function.ts'
import { openSkill, skillId } from './skill.ts'
import * as exported from './voices/flows.ts'

const file = path.join(import.meta.dirname, 'voices/flows.ts')

let bundles: Bundles
let states: StatesFake
let aws: Aws
let skill: RunningFunction
let alexa: Alexa
let key: string | undefined

const parameters = {
  name: 'ssm',
  protocol: 'json',
  handle: ({ json }: { json: { Name?: string } }) => {
    if (json.Name !== '/re-ops/alexa/session-key' || key === undefined)
      throw new WireError('ParameterNotFound', '')
    return jsonReply({ Parameter: { Name: json.Name, Type: 'SecureString', Value: key } })
  },
} as const

/** Answers a task by its closure, as the function `code` would; on premises one of the hosts fails. */
function answering(name: string): Answering {
  const { tasks } = compile(flowsIn(exported).get(name)!, name)
  let served: Execution | undefined
  const invoke = async ({ arguments: sent, token }: InvokeCall): Promise<Json> => {
    const request = isRecord(sent) && isRecord(sent.Payload) ? sent.Payload : {}
    if (token !== undefined) setImmediate(() => served?.sendTaskSuccess(token, outcome))
    try {
      const output = await tasks.get(String(request.step))?.closure?.(request.data, {} as never, '')
      return { ExecutedVersion: '$LATEST', StatusCode: 200, Payload: (output ?? null) as Json }
    } catch (error) {
      throw new TaskError((error as Error).name, (error as Error).message)
    }
  }
  const serve = (execution: Execution) => {
    served = execution
  }
  return Object.assign(invoke, { serve })
}

const outcome = {
  on: { hosts: [] },
  successful: [{ host: 'foo', value: null, ms: 1 }],
  failure: [{ host: 'bar', code: 'timeout', step: 'exec', message: 'no word', detail: {} }],
  left: [],
}

beforeAll(async () => {
  const machines: Record<string, StateMachine> = {}
  for (const [name, flow] of flowsIn(exported))
    if (name !== 'away') machines[`re-ops-${name}`] = compile(flow, name).machine
  states = statesService({ machines, open: name => answering(name.replace('re-ops-', '')), unknownFor: 1 })
  aws = await startAws(states, parameters)
  bundles = await openBundles(file)
  skill = await openSkill(bundles, aws, states)
}, 30_000)
afterAll(async () => {
  await skill?.end()
  await states?.stop()
  await aws?.end()
  await bundles?.remove()
})
beforeEach(() => {
  key = 'k'.repeat(40)
  aws.calm()
  alexa = echo()
})

function echo(locale = 'en-US'): Alexa {
  return fakeAlexa({
    skillId,
    locale,
    invoke: async event => {
      const { payload, error } = await skill.invoke(event)
      if (error !== undefined) throw Object.assign(new Error(error.errorMessage), { name: error.errorType })
      return payload
    },
  })
}

const starts = () => aws.calls.filter(({ action }) => action === 'StartExecution')
const refused = (event: unknown) =>
  expect(alexa.send(event)).rejects.toMatchObject({ name: 'RequestRefused' })

describe('who speaks to the skill', () => {
  test('is welcomed, helped, and let go', async () => {
    expect(await alexa.launch()).toMatchObject({ speech: 'What shall I do?', over: false })
    expect((await alexa.say('AMAZON.HelpIntent')).speech).toContain('plex on')
    expect((await alexa.say('AMAZON.FallbackIntent')).speech).toMatch(
      /^I did not understand that\. You can say/,
    )
    expect(await alexa.say('AMAZON.StopIntent')).toMatchObject({ speech: 'Goodbye.', over: true })
    expect((await alexa.say('AMAZON.CancelIntent')).over).toBe(true)
    expect(await alexa.leave()).toMatchObject({ speech: undefined })
    expect(starts()).toEqual([])
  })

  test('hears the declared reply of a flow that ended in time, in their language', async () => {
    expect(await alexa.say('PlexOn')).toMatchObject({ speech: 'ok', over: true })
    expect(await echo('de-DE').say('PlexOn')).toMatchObject({ speech: 'gut', over: true })
  })

  test('starts a flow under the name that a switch would start it under, once', async () => {
    // The test before may have begun an execution in the same moment.
    const { name, input } = starts().at(-1)!.json
    expect(input).toBe('{}')
    const at = Date.now()
    const names = [0, 1].flatMap(back => utteranceKeys('plex', 'on', at - back * utteranceMs))
    expect(names).toContain(name)
    const before = states.executions.size
    await alexa.say('PlexOn')
    await echo().say('PlexOn')
    expect(states.executions.size).toBeLessThanOrEqual(before + 1)
  })

  test('hears what the pipeline says, with slots in it', async () => {
    const slots = { count: '3', machine: { said: 'the server', ids: ['big-iron'] } }
    expect((await alexa.say('CountToOn', slots)).speech).toBe('3 < 6 & on big-iron')
    expect(JSON.parse(starts().at(-1)?.json.input)).toEqual({ count: 3, machine: 'big-iron' })
  })

  test('is asked for what is missing, unclear or out of range', async () => {
    const before = starts().length
    expect(await alexa.say('CountToOn', { count: '', machine: '' })).toMatchObject({
      slot: 'count',
      speech: 'Which count?',
      over: false,
    })
    expect(await alexa.say('CountToOn', { count: '3' })).toMatchObject({
      slot: 'machine',
      speech: 'On which machine?',
    })
    expect(await alexa.say('CountToOn', { count: '?' })).toMatchObject({ slot: 'count' })
    const machine = { said: 'foo', ids: ['foo'] }
    expect(await alexa.say('CountToOn', { count: '7', machine })).toMatchObject({
      slot: 'count',
      speech: 'The count is 5 at most. Which count?',
    })
    const unclear = { said: 'toaster', ids: [] }
    expect(await alexa.say('CountToOn', { count: '2', machine: unclear })).toMatchObject({
      slot: 'machine',
      speech: 'Which machine? There are foo and big iron.',
    })
    expect(starts().length).toBe(before)
  })

  test('hears that it did not work, and no word of why', async () => {
    expect(await alexa.say('BreakIt')).toMatchObject({
      speech: 'break it did not work. Its history says why.',
      over: true,
    })
  })

  test('hears of an intent that is not there that it was not understood', async () => {
    expect(await alexa.say('SomethingOlder')).toMatchObject({
      speech: 'I did not understand that.',
      over: false,
    })
  })
})

describe('a dangerous flow', () => {
  test('is asked about with its plan, and starts at yes', async () => {
    const before = starts().length
    expect(await alexa.say('RebootEverything')).toMatchObject({
      speech: '3 hosts, 1 change: exec systemctl reboot. Shall I?',
      reprompt: 'Shall I? Say yes or no.',
      over: false,
    })
    expect(starts().length).toBe(before)
    expect(await alexa.say('AMAZON.YesIntent')).toMatchObject({
      speech: 'It is done, but 1 of 2 failed.',
      over: true,
    })
    expect(
      starts()
        .slice(before)
        .map(({ json }) => json.stateMachineArn),
    ).toEqual([states.arnOf('re-ops-reboot')])
    // The same yes once more, in a request of its own, is the same execution.
    const event = structuredClone(alexa.last)
    event.request.requestId = 'another'
    await alexa.send(event)
    expect(
      new Set(
        starts()
          .slice(before)
          .map(({ json }) => json.name),
      ).size,
    ).toBe(1)
  })

  test('is left alone at no, and nothing is left to say yes to', async () => {
    const before = starts().length
    await alexa.say('RebootEverything')
    expect(await alexa.say('AMAZON.NoIntent')).toMatchObject({ speech: 'I left it alone.', over: true })
    expect((await alexa.say('AMAZON.YesIntent')).speech).toMatch(/^I did not ask anything/)
    expect(starts().length).toBe(before)
  })

  test('starts at no question that was made up, changed, or asked of somebody else', async () => {
    const before = starts().length
    await alexa.say('RebootEverything')
    await alexa.say('AMAZON.HelpIntent')
    const question = alexa.last.session.attributes.question as string
    expect(question).toMatch(/^[\w-]+\.[\w-]+$/)
    const [text = '', mac = ''] = question.split('.')
    const other = Buffer.from(text, 'base64url').toString().replace('RebootEverything', 'BreakIt')
    for (const forged of [
      'x.y',
      '',
      `${text}.${mac}.`,
      `${Buffer.from(other).toString('base64url')}.${mac}`,
      // As it was sealed, in a session of its own.
      question,
    ]) {
      const elsewhere = echo()
      await elsewhere.launch()
      const event = structuredClone(elsewhere.last)
      event.request = {
        ...event.request,
        type: 'IntentRequest',
        requestId: `forged ${forged}`,
        intent: { name: 'AMAZON.YesIntent' },
      }
      event.session.attributes = { question: forged }
      expect((await alexa.send(event)).speech).toMatch(/^Something went wrong with me/)
    }
    expect(starts().length).toBe(before)
  })

  test('may have a question of its own, and is not started where it is not deployed', async () => {
    expect((await alexa.say('GoAway')).speech).toBe('Everything goes. Shall I?')
    expect((await alexa.say('AMAZON.YesIntent')).speech).toBe('That is not deployed.')
  })
})

describe('a request', () => {
  test('for another skill, or of no shape, is refused', async () => {
    await alexa.launch()
    const event = structuredClone(alexa.last)
    event.request.requestId = 'fresh'
    event.session.application.applicationId = skillId.replace('0', '1')
    await refused(event)
    const context = structuredClone(alexa.last)
    context.request.requestId = 'fresh'
    context.context.System.application.applicationId = 'amzn1.ask.skill.other'
    await refused(context)
    for (const nonsense of [null, {}, [], 'x', { request: { type: 'LaunchRequest' } }])
      await refused(nonsense)
  })

  test('that was answered before, or is older than 150 seconds, or of the future, is refused', async () => {
    const before = starts().length
    await alexa.launch()
    await refused(alexa.last)
    for (const [id, seconds] of [
      ['old', -160],
      ['future', 160],
      ['never', Number.NaN],
    ] as const) {
      const event = structuredClone(alexa.last)
      event.request.requestId = id
      event.request.timestamp = Number.isNaN(seconds)
        ? 'soon'
        : new Date(Date.now() + seconds * 1_000).toISOString()
      await refused(event)
    }
    expect(starts().length).toBe(before)
  })
})

describe('when AWS is not itself', () => {
  test('who speaks is told so in plain words', async () => {
    aws.next(
      'states StartExecution',
      new WireError('AccessDeniedException', 'User: arn:aws:… is not authorized'),
    )
    aws.next('states DescribeExecution', new WireError('ExecutionDoesNotExist', ''))
    expect((await alexa.say('TakeYourTime')).speech).toBe('I am not allowed to do that.')
    aws.next('states DescribeExecution', new WireError('ExecutionDoesNotExist', ''))
    aws.next('states StartExecution', ...Array(6).fill('throttle'))
    expect((await alexa.say('TakeYourTime')).speech).toMatch(/^Too much is going on/)
  })

  test('a flow that goes on is said to be started, before Alexa gives up', async () => {
    expect(await alexa.say('TakeYourTime')).toMatchObject({ speech: 'I have started it.', over: true })
  }, 15_000)
})

test('no log line holds what was said or thrown', () => {
  expect(JSON.stringify(skill.logs)).not.toMatch(/hunter2|the server|kkkk/)
  expect(skill.logs).toContainEqual(
    expect.objectContaining({ message: expect.objectContaining({ message: 'said' }) }),
  )
})
