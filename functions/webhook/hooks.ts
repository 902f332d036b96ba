import * as z from 'zod'
import { clientOptions } from '../../src/core/aws.ts'
import { InvalidConfig } from '../../src/core/errors.ts'
import { runningIn, runsSchema } from '../../src/core/runs.ts'
import { readFunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { webhooksIn } from '../../src/run/webhooks-in.ts'
import type { AnswerPorts, Hook } from '../../src/triggers/webhook/answer.ts'
import { tellDoubts } from '../../src/triggers/webhook/doubted.ts'
import { log } from '../shared/log.ts'
import { exported } from '../shared/project.ts'
import { secretIn } from './secrets.ts'
import type { Start } from './starts.ts'

/** The webhooks of this function by the paths of requests, and what they are answered with. */
export interface Hooks {
  readonly byPath: ReadonlyMap<string, Hook>
  readonly ports: AnswerPorts
}

const environmentSchema = z.object({ REOPS_MACHINES: z.string().min(1), REOPS_RUNS: runsSchema })

/** Finds the webhooks that AWS takes. No client is loaded before a request needs it. Throws `InvalidConfig`. */
export function openHooks(env: NodeJS.ProcessEnv): Hooks {
  const { aws } = readFunctionEnvironment(env).settings
  const own = environmentSchema.safeParse(env)
  if (!own.success)
    throw new InvalidConfig(
      'the environment of this function says no state machines, or not which webhooks are its: deploy it again, with reops deploy',
    )
  const { REOPS_MACHINES: machines, REOPS_RUNS: runs } = own.data
  const flows = flowsIn(exported)
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  const notice = (message: string) => log({ level: 'warn', message })

  const read = async (parameter: string) => {
    const { readParameter } = await import('../bridge/parameter.ts')
    return readParameter(parameter, clientOptions(aws, 'ssm'))
  }
  const failed = (parameter: string, error: unknown) =>
    log({
      level: 'error',
      message: 'a secret can not be read',
      parameter,
      error: error instanceof Error ? error.name : 'unknown',
    })
  let opened: Promise<Start> | undefined
  const starts = () => {
    opened ??= import('./starts.ts').then(({ openStarts }) =>
      openStarts(machines, clientOptions(aws, 'states')),
    )
    return opened
  }

  const byPath = new Map<string, Hook>()
  const here = runningIn('cloud', webhooksIn(exported, flows, 'flows'), webhook => webhook.runs, { runs })
  for (const [name, webhook] of here) {
    const place = webhook.proof.secret
    // A deployment refuses any other; here it would be one that nobody knows.
    if ('parameter' in place)
      byPath.set(`/hooks/${webhook.path}`, {
        name,
        webhook,
        secret: secretIn(place.parameter, { read, now: Date.now, failed }),
      })
  }
  return {
    byPath,
    ports: {
      now: Date.now,
      startFlow: async (flow, input, { name }) => {
        // Every webhook's flow has a name: webhooksIn has seen to that.
        await (await starts())(names.get(flow)!, input, name)
        log({ message: 'started', flow: names.get(flow), execution: name })
      },
      notice,
      doubted: tellDoubts(notice),
    },
  }
}
