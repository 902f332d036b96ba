import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compile } from '../../../src/compile/compile.ts'
import { flowsIn } from '../../../src/run/flows-in.ts'
import { type LambdaAnswer, type LambdaFake, lambdaService } from '../../fakes/aws/lambda.ts'
import { type StatesFake, statesService } from '../../fakes/aws/states.ts'
import { type Aws, awsEnvironment, jsonReply, startAws, WireError } from '../../fakes/aws/wire.ts'
import { environmentOf } from '../../functions/lab.ts'
import * as exported from '../../functions/voices/flows.ts'
import { type Bundles, openBundles } from '../../support/lambda/bundles.ts'
import { openFunction, type RunningFunction } from '../../support/lambda/function.ts'
import { call, makeProject, root } from '../harness.ts'

const skillId = 'amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef'
const file = path.join(root, 'test/functions/voices/flows.ts')

let bundles: Bundles
let skill: RunningFunction
let states: StatesFake
let lambda: LambdaFake
let aws: Aws
let folder: string
/** What the function answers instead of what it would. */
let instead: LambdaAnswer | undefined
const folders: string[] = []

beforeAll(async () => {
  const machines = Object.fromEntries(
    [...flowsIn(exported)].map(([name, flow]) => [`re-ops-${name}`, compile(flow, name).machine]),
  )
  const closures = new Map(
    [...flowsIn(exported)].map(([name, flow]) => [`re-ops-${name}`, compile(flow, name).tasks]),
  )
  states = statesService({
    machines,
    open: machine => async call => {
      const request = (call.arguments as any).Payload
      const closure = closures.get(machine)?.get(request.step)?.closure
      return { StatusCode: 200, Payload: (await closure?.(request.data, {} as never, '')) ?? null }
    },
  })
  lambda = lambdaService({ 're-ops-alexa': async event => instead ?? skill.invoke(event) })
  const parameters = {
    name: 'ssm',
    protocol: 'json',
    handle: () => jsonReply({ Parameter: { Value: 'k'.repeat(40) } }),
  } as const
  aws = await startAws(states, lambda, parameters)
  bundles = await openBundles(file)
  skill = openFunction({
    folder: (await bundles.of('alexa')).folder,
    environment: {
      ...environmentOf(aws, { aws: { alexa: { skillId } } }),
      REOPS_MACHINES: states.arnOf('re-ops-'),
    },
  })
  for (const [name, value] of Object.entries({ ...awsEnvironment, AWS_PROFILE: undefined }))
    vi.stubEnv(name, value)
  folder = await projectOf({ alexa: { skillId } })
}, 30_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await skill?.end()
  await states?.stop()
  await aws?.end()
  await bundles?.remove()
  for (const one of folders) await rm(one, { recursive: true, force: true })
})
beforeEach(() => {
  aws.calm()
  instead = undefined
})

async function projectOf(more: object): Promise<string> {
  const config = { aws: { region: 'eu-central-1', endpoint: aws.endpoint, ...more } }
  const made = await makeProject({
    'reops.config.ts': `export default ${JSON.stringify(config)}\n`,
    'flows/index.ts': await readFile(file, 'utf8'),
  })
  folders.push(made)
  return made
}

const say = (...words: string[]) => call(folder, ['alexa', 'say', '--cloud', ...words])
const spoken = (ssml: string) => ({
  payload: { version: '1.0', response: { outputSpeech: { type: 'SSML', ssml }, shouldEndSession: true } },
})

describe('reops alexa say --cloud', () => {
  test('says what the deployed skill answers, with slots, in every language', async () => {
    expect(await say('plex on')).toMatchObject({ status: 0, stdout: 'ok\n' })
    expect(await say('count to 3 on the server')).toMatchObject({
      status: 0,
      stdout: '3 < 6 & on big-iron\n',
    })
    expect((await say('plex an', '--locale', 'de-DE')).stdout).toBe('gut\n')
    expect(states.executions.size).toBeGreaterThan(0)
  })

  test('sends what Alexa would: its own skill, now, each request once', async () => {
    await say('count', '--slot', 'machine=the server')
    await say('count', '--slot', 'machine=the server')
    const [one, other] = lambda.events.slice(-2).map(({ event }) => event as any)
    const application = { applicationId: skillId }
    expect(one).toMatchObject({
      version: '1.0',
      session: { new: true, application, attributes: {}, user: { userId: expect.any(String) } },
      context: { System: { application } },
      request: {
        type: 'IntentRequest',
        locale: 'en-US',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        intent: {
          name: 'CountToOn',
          slots: {
            machine: {
              value: 'the server',
              resolutions: { resolutionsPerAuthority: [{ status: { code: 'ER_SUCCESS_MATCH' } }] },
            },
          },
        },
      },
    })
    expect(one.request.requestId).not.toBe(other.request.requestId)
    expect(one.session.sessionId).not.toBe(other.session.sessionId)
  })

  test('answers 1 where more is asked, or it did not work', async () => {
    expect(await say('count')).toMatchObject({ status: 1, stdout: 'Which count?\n' })
    expect(await say('break it')).toMatchObject({
      status: 1,
      stdout: 'break it did not work. Its history says why.\n',
    })
    instead = spoken('<speak>It is done, but 2 of 13 failed.</speak>')
    expect((await say('plex on')).status).toBe(1)
  })

  test('follows the conversation to its yes, and starts nothing where nobody can be asked', async () => {
    const before = states.executions.size
    const { status, stderr } = await say('go away')
    expect([status, stderr]).toEqual([2, expect.stringContaining('--yes does it without asking')])
    expect(states.executions.size).toBe(before)
    expect(await say('go away', '--yes')).toMatchObject({
      status: 0,
      stdout: 'Everything goes. Shall I?\nDone.\n',
    })
    expect(states.executions.size).toBe(before + 1)
    const no = await call(folder, ['alexa', 'say', '--cloud', 'go away'], { typed: 'n\n', columns: 80 })
    expect([no.status, no.stdout]).toEqual([1, expect.stringContaining('I left it alone.')])
    expect(states.executions.size).toBe(before + 1)
  })

  test('prints one document, and no control characters of whoever answers', async () => {
    const { status, stdout } = await say('go away', '--yes', '--json')
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      {
        utterance: 'go away',
        intent: 'GoAway',
        locale: 'en-US',
        answers: [
          { speech: 'Everything goes. Shall I?', reprompt: 'Shall I? Say yes or no.', over: false },
          { speech: 'Done.', over: true },
        ],
        done: true,
      },
    ])
    instead = spoken('<speak>\u001b[31mred &amp; dead</speak>')
    expect((await say('plex on')).stdout).toBe('␛[31mred & dead\n')
  })
})

describe('reops alexa say --cloud says what is wrong', () => {
  test('where the configuration names no skill, or it is not deployed', async () => {
    const none = await projectOf({})
    const unnamed = await call(none, ['alexa', 'say', '--cloud', 'plex on'])
    expect([unnamed.status, unnamed.stderr]).toEqual([2, expect.stringContaining('set aws.alexa.skillId')])
    const other = await projectOf({ stack: 'attic', alexa: { skillId } })
    const absent = await call(other, ['alexa', 'say', '--cloud', 'plex on'])
    expect([absent.status, absent.stderr]).toEqual([
      1,
      expect.stringContaining(
        'there is no function attic-alexa in region eu-central-1: reops deploy makes it',
      ),
    ])
  })

  test('where it may not be called', async () => {
    aws.next('lambda', new WireError('AccessDeniedException', 'User: arn:… is not authorized', 403))
    expect(await say('plex on')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('may not do lambda:InvokeFunction'),
    })
  })

  test('where it fails, by the name of what it threw, and where it answers nonsense', async () => {
    const elsewhere = await projectOf({ alexa: { skillId: skillId.replace('0', '1') } })
    const refused = await call(elsewhere, ['alexa', 'say', '--cloud', 'plex on'])
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /the function re-ops-alexa failed by RequestRefused: the request is for another skill/,
      ),
    ])
    instead = { payload: { hello: 'world' } }
    expect((await say('plex on')).stderr).toContain('answers what Alexa would not take')
  })

  test('where a flag belongs to another', async () => {
    expect((await call(folder, ['alexa', 'say', 'plex on', '--json'])).stderr).toContain('--cloud alone')
    expect((await call(folder, ['alexa', 'model', '--cloud'])).stderr).toContain('belong to reops alexa say')
    expect((await say('plex on', '--locale', 'xx-XX')).stderr).toContain('Alexa speaks no "xx-XX"')
  })
})
