import { unlessAborted } from '../../core/aborted.ts'
import { clientOptions } from '../../core/aws.ts'
import { awsNameOf, explainAws } from '../../core/aws-errors/explain.ts'
import type { Flow } from '../../core/flow.ts'
import { once } from '../../core/once.ts'
import type { Clock } from '../../core/ports.ts'
import type { AwayPorts } from '../../triggers/wemo/index.ts'
import { openAws } from '../aws/clients.ts'
import { NotDeployed } from '../aws/errors.ts'
import { listExecutions } from '../aws/executions.ts'
import { machinePrefix } from '../aws/machine-prefix.ts'
import { openSpoken } from '../aws/spoken.ts'
import { knownAs } from '../aws/start-once.ts'
import type { LoadedConfig } from '../config.ts'

interface CloudOptions {
  readonly loaded: LoadedConfig
  readonly flows: ReadonlyMap<string, Flow>
  readonly clock: Clock
}

/** AWS, as a switch starts flows there. */
export interface WemoCloud extends AwayPorts {
  close(): void
}

/** Among so many of a flow it is looked for those of a word. */
const mostRecent = 50

/**
 * Opens AWS for switches whose flows are started there. Nobody is asked before somebody says a word; what it rejects with says
 * what to do.
 */
export function openWemoCloud({ loaded, flows, clock }: CloudOptions): WemoCloud {
  const settings = loaded.config.aws
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  const nameOf = (flow: Flow) => names.get(flow) ?? ''
  const options = clientOptions(settings, 'states')
  const time = { now: () => clock.now(), sleep: (ms: number, signal: AbortSignal) => clock.sleep(ms, signal) }
  const aws = openAws(settings)
  let spoken: ReturnType<typeof openSpoken> | undefined

  const machines = once(() => machinePrefix(aws))

  return {
    async start({ flow, undoing, known, ...word }, signal) {
      const begin = await unlessAborted(machines(), signal)
      spoken ??= openSpoken(begin, options, time)
      try {
        return await spoken.start(
          {
            ...word,
            flow: nameOf(flow),
            undoing: [{ flow: nameOf(undoing.flow), names: undoing.names }],
            known: new Map(known.map(one => [knownAs(nameOf(one.flow), one.name), one.at])),
          },
          signal,
        )
      } catch (thrown) {
        if (awsNameOf(thrown) === 'StateMachineDoesNotExist')
          throw new NotDeployed(
            `the flow ${nameOf(flow)} is not deployed to ${begin}…: reops deploy brings what flows/index.ts exports now`,
            { cause: thrown },
          )
        if (signal.aborted) throw new Error('AWS did not answer in time', { cause: thrown })
        throw explainAws(thrown, { action: 'states:StartExecution', ...options })
      }
    },
    async recent(flow, prefix, signal) {
      const machine = `${await unlessAborted(machines(), signal)}${nameOf(flow)}`
      const list = listExecutions(
        aws,
        { machines: new Map([[nameOf(flow), machine]]) },
        { limit: mostRecent },
      )
      const all = await unlessAborted(list, signal)
      return all.filter(({ name }) => name.startsWith(prefix))
    },
    close() {
      spoken?.close()
      aws.close()
    },
  }
}
