import { clientOptions } from '../../src/core/aws.ts'
import { InvalidConfig } from '../../src/core/errors.ts'
import { readFunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { planInWords } from '../../src/run/voice/plan-words.ts'
import { undoingFlows } from '../../src/run/voice/undoing.ts'
import { voicesIn } from '../../src/run/voices-in.ts'
import type { SkillPorts } from '../../src/triggers/alexa/index.ts'
import { refuseRuns } from '../shared/no-runtime.ts'
import { exported } from '../shared/project.ts'
import { serve } from '../shared/serve.ts'
import type { Executions } from './executions.ts'
import { freshness } from './fresh.ts'
import { readRequest } from './request.ts'
import { sessionKey } from './session-key.ts'
import { answerBySkill } from './skill.ts'

/** Milliseconds after which an answer is on its way, whatever goes on; Alexa gives up after 8 seconds. */
const patience = 6_000

/** Of these, for a start that does not come through. */
const startMs = 5_500

let opened: ReturnType<typeof open> | undefined

/**
 * Answers Alexa: starts the flows of voices and says how they ended, within the time that she gives. Throws
 * `RequestRefused` for what is not hers, too old, or was answered before.
 */
export const handler = serve(async event => {
  const until = Date.now() + patience
  opened ??= open()
  const { skillId, check, answer, portsOf } = opened
  const envelope = readRequest(event, skillId)
  check(envelope)
  return answer(event, { envelope, ports: portsOf(until) })
})

function open() {
  refuseRuns()
  const environment = readFunctionEnvironment(process.env)
  const { aws } = environment.settings
  const { skillId } = aws.alexa ?? {}
  const prefix = process.env.REOPS_MACHINES
  if (skillId === undefined || prefix === undefined)
    throw new InvalidConfig(
      'the environment of this function names no skill or no state machines: set aws.alexa.skillId and deploy it again, with reops deploy',
    )
  const flows = flowsIn(exported)
  const voices = voicesIn(exported, flows)
  const key = sessionKey(environment)
  let executions: Promise<Executions> | undefined
  const reach = () => {
    executions ??= import('./executions.ts').then(({ openExecutions }) =>
      openExecutions(prefix, clientOptions(aws, 'states')),
    )
    return executions
  }
  const portsOf = (until: number): SkillPorts => ({
    voices,
    key,
    now: Date.now,
    plan: planInWords,
    undoing: word => undoingFlows(word, exported, flows, voices.values()),
    start: async start => (await reach()).start(start, until - (patience - startMs)),
    ended: async id => (await reach()).ended(id, until),
  })
  return { skillId, check: freshness(Date.now), answer: answerBySkill(skillId), portsOf }
}
