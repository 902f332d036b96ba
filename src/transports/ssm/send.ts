import { unlessAborted } from '../../core/aborted.ts'
import { HostTrouble } from '../../core/ports.ts'
import { waitAfter } from './backoff.ts'
import type { Clients } from './clients.ts'
import type { Instance } from './instance.ts'
import type { SsmSettings } from './options.ts'
import { isRefusal, isThrottled, notSent, troubleOf } from './trouble.ts'
import type { Sent } from './watch.ts'

/** What is to be run. */
export interface Order {
  readonly script: string
  /** Stands in the command's comment: by it a command is found of which only the answer was lost. */
  readonly mark: string
  /** Milliseconds that it may take. */
  readonly timeout: number
}

/** Throttled sends are tried so often at most, and so slowly. */
const tries = 8
const slowly = { first: 300, factor: 1.8, most: 8_000 }

/** How often a command is looked for whose answer was lost. */
const searches = 5
const pages = 5

/** Seconds that AWS allows for delivery and for a command's time. */
const delivery = { least: 30, most: 600 }
const longest = 172_800

/**
 * Sends a command to one instance, once: SendCommand knows no token, so that the same call twice would run it twice. Only
 * what AWS refused for being asked too often is tried again; where the answer was lost, the command is looked for. An
 * abort is heeded between tries, and rejects with its reason. Throws `HostTrouble`.
 */
export async function send(
  clients: Clients,
  settings: SsmSettings,
  instance: Instance,
  order: Order,
  signal: AbortSignal,
): Promise<Sent> {
  const { aws, once } = clients
  const { clock, output } = settings
  const seconds = Math.ceil(order.timeout / 1_000)
  const call = {
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: [instance.id],
    Comment: order.mark,
    TimeoutSeconds: Math.min(delivery.most, Math.max(delivery.least, seconds)),
    Parameters: {
      commands: [order.script],
      // We end it ourselves in time; this is for when we are not there any more.
      executionTimeout: [String(Math.min(longest, seconds + 30))],
    },
    ...(output ? { OutputS3BucketName: output.bucket, OutputS3KeyPrefix: output.prefix } : {}),
  }
  for (let tried = 1; ; tried++) {
    signal.throwIfAborted()
    const since = clock.now()
    try {
      // Its abort is not the call's: what is under way may have arrived.
      const { Command } = await once.send(new aws.SendCommandCommand(call))
      if (Command?.CommandId) return { commandId: Command.CommandId, instance, since }
      throw new HostTrouble('unknown', `${instance.where}: AWS did not say which command it has made`)
    } catch (error) {
      if (isThrottled(error) && tried < tries) {
        await clock.sleep(waitAfter(tried, slowly), signal)
        continue
      }
      if (error instanceof HostTrouble || notSent(error) || isRefusal(error))
        throw troubleOf(instance.where, 'the command was not sent', error)
      const within = searchTime(signal, settings.endingTimeout)
      const commandId = await find(clients, settings, instance, order.mark, since, within.signal).finally(
        within.end,
      )
      if (commandId !== undefined) return { commandId, instance, since }
      throw new HostTrouble(
        'unknown',
        `${instance.where}: AWS's answer was lost when the command had just been sent; it may have run or not`,
        { cause: error },
      )
    }
  }
}

/** Milliseconds for looking for a command whose answer was lost. */
const searching = 60_000

/** The time for a search: a while, and less of it once nobody waits for the command any more. */
function searchTime(signal: AbortSignal, ms: number): { readonly signal: AbortSignal; end(): void } {
  const over = new AbortController()
  const timers = [setTimeout(() => over.abort(), searching)]
  const hurry = () => void timers.push(setTimeout(() => over.abort(), ms))
  if (signal.aborted) hurry()
  else signal.addEventListener('abort', hurry, { once: true })
  return {
    signal: over.signal,
    end() {
      signal.removeEventListener('abort', hurry)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** Looks for a command by its mark, until it is found, there is nothing more to try, or the time is over. */
async function find(
  { aws, ssm }: Clients,
  { clock }: SsmSettings,
  instance: Instance,
  mark: string,
  since: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const after = new Date(since - 60_000).toISOString().replace(/\.\d+/, '')
  for (let search = 0; search < searches; search++) {
    await clock.sleep(waitAfter(search, slowly), signal).catch(() => undefined)
    if (signal.aborted) return undefined
    let token: string | undefined
    for (let page = 0; page < pages; page++) {
      const asked = new aws.ListCommandInvocationsCommand({
        InstanceId: instance.id,
        Filters: [{ key: 'InvokedAfter', value: after }],
        ...(token === undefined ? {} : { NextToken: token }),
      })
      const found = await unlessAborted(ssm.send(asked, { abortSignal: signal }), signal)
        // Whoever can't be asked now is asked again; that the answer was lost is what is told in the end.
        .catch(() => undefined)
      const its = found?.CommandInvocations?.find(({ Comment }) => Comment === mark)
      if (its?.CommandId) return its.CommandId
      token = found?.NextToken
      if (!token) break
    }
  }
  return undefined
}
