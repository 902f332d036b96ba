import path from 'node:path'
import { Context } from 'zeromq'
import { clientOptions } from '../src/core/aws.ts'
import type { Config } from '../src/core/config.ts'
import { defined } from '../src/core/defined.ts'
import type { Json } from '../src/core/json.ts'
import { systemClock } from '../src/executor/index.ts'
import { formatData } from '../src/operations/output/format/index.ts'
import { type Keyring, watchKeyring } from '../src/run/bridge/keyring/watch.ts'
import { beTheOnlyBridge } from '../src/run/bridge/only-one.ts'
import { bridgePlace } from '../src/run/bridge/place.ts'
import type { BridgeStatus } from '../src/run/bridge/status.ts'
import { type LoadedConfig, stateFolder } from '../src/run/config.ts'
import { loadFlows } from '../src/run/flows.ts'
import { serveMetrics } from '../src/run/metrics/serve.ts'
import { openJobStoreOf } from '../src/run/open-jobs.ts'
import type { BridgePart } from '../src/run/root.ts'
import { wireLocal } from '../src/run/wire.ts'
import { openAuditLog } from '../src/state/audit/log.ts'
import { openS3Spill } from '../src/state/s3/index.ts'
import { openSpillFolder } from '../src/state/spill-folder.ts'
import type { Reception } from '../src/transports/zeromq/channel.ts'
import { keepKeyFile } from '../src/transports/zeromq/key-file.ts'
import { type Listener, listen } from '../src/transports/zeromq/listen.ts'
import type { Timing } from '../src/transports/zeromq/session/timing.ts'
import { openZap } from '../src/transports/zeromq/socket/zap.ts'
import { openDoors } from './admission.ts'
import { openHub } from './agents/hub.ts'
import { agentTransport } from './agents/transport.ts'
import { auditOfAgent, auditOfJob } from './audited.ts'
import { confinedFiles } from './confined-files.ts'
import { openAgentsPort } from './deploy/port.ts'
import { answersInBucket } from './jobs/answers-in-bucket.ts'
import { openJobs, openOperations, openTaskTokens } from './jobs/index.ts'
import { bridgeMetrics } from './metrics/bridge.ts'
import { openPile } from './pile.ts'
import { liveKeys, oldestAnswerAt, type Place, statusOf, troublesOf } from './status.ts'
import { whileAuditable } from './while-auditable.ts'

/** A bridge that is open. */
export interface Bridge extends BridgePart {
  /** Where it listens, with its ports. */
  readonly endpoints: BridgeStatus['endpoints']
  /** Its public key. */
  readonly key: string
  /** Where metrics are served, if they are. */
  readonly metrics: string | undefined
}

export interface BridgeOptions {
  readonly loaded: LoadedConfig
  say(text: string): void
  /** Of its sessions; the usual one when it is left out. */
  readonly timing?: Timing | undefined
}

const dayMs = 86_400_000

/**
 * Opens a bridge on a state folder: takes up what the one before left, and lets in whom the keyring names. What was opened
 * is closed again when something can't be. Throws `BridgeRuns`, `CannotListen`, `InvalidConfig`, `KeyFileTrouble`,
 * `KeyringTrouble` and what the database throws.
 */
export async function openBridge({ loaded, say, timing }: BridgeOptions): Promise<Bridge> {
  const settings = loaded.config.bridge
  const place = bridgePlace(loaded)
  const state = stateFolder(loaded)
  const startedAt = Date.now()
  const pile = openPile()
  try {
    const alone = beTheOnlyBridge(place)
    pile.add(() => alone.release())
    const keys = keepKeyFile(place.bridgeKey)
    const audit = openAuditLog({ folder: place.audit, say })
    pile.add(() => audit.close())

    let onKeys: (revoked: readonly { readonly name: string; readonly role: string }[]) => void = () => {}
    const keyring: Keyring = watchKeyring(place.keyring, {
      onRevoked(entries) {
        for (const { name, role } of entries) audit.note({ who: name, role, what: 'revoked' })
        onKeys(entries)
      },
      onAdded: entries => {
        for (const { name, role } of entries) audit.note({ who: name, role, what: 'let in' })
      },
      onTrouble: trouble => say(trouble?.message ?? 'the keyring can be read again'),
    })
    pile.add(() => keyring.close())
    const doors = openDoors(keyring)

    const hub = openHub({
      enrolment: {
        enrol: async (host, token, key) => {
          try {
            await keyring.redeem({ token, key, host })
            return 'enrolled'
          } catch (error) {
            // What keeps the keyring from being written is nothing for a stranger.
            if (error instanceof Error && error.name === 'TokenRefused') return { refused: error.message }
            say(`${host} can't be enrolled: ${String(error)}`)
            return { refused: 'this bridge can enrol nobody at present; try again later' }
          }
        },
      },
      onEvent: event => {
        audit.note(auditOfAgent(event))
        agents.heard(event)
      },
    })
    pile.add(() => hub.close())
    const places: Place[] = []
    const agents = openAgentsPort({
      loaded,
      hub,
      keyring,
      key: keys.publicKey,
      endpoint: () => places.find(place => place.for === 'agents')?.listener.endpoint,
    })

    const byAgents = () => agentTransport(hub, { stateFolder: state })
    const flows = await loadFlows(loaded)
    const runtime = wireLocal({
      loaded,
      flows,
      out: { publish: ({ step }, data: Json) => say(`${step}: ${formatData(data, { color: false })}`) },
      notice: say,
      follow: true,
      agents,
      transports: { agent: byAgents },
    })
    pile.add(() => runtime.close())
    const store = await openJobStoreOf(loaded, say)
    pile.add(() => store.close())

    const metrics = bridgeMetrics({
      jobs: () => store.counts(),
      queue: () => {
        const { queued: waiting, running } = store.counts()
        return { waiting, running }
      },
      sessions: () =>
        countBy(
          places.flatMap(({ listener }) => listener.peers.map(peer => peer.identity?.role ?? 'stranger')),
        ),
      agentsConnected: () => hub.agents().filter(agent => agent.state === 'connected').length,
      garbageFrames: () =>
        sum(places, ({ listener }) => listener.counts.garbage) +
        jobs.status().garbage +
        hub.counts().nonsense,
      handshakeFailures: () => zap.counts.refused + sum(places, ({ listener }) => listener.counts.refused),
      outbox: () => {
        const now = Date.now()
        const oldestSeconds = Math.max(0, (now - (oldestAnswerAt(store) ?? now)) / 1_000)
        return { waiting: store.waiting(), oldestSeconds }
      },
      audit: () => ({ seq: audit.head.seq, trouble: audit.trouble !== undefined, waiting: audit.waiting }),
      keyring: () => ({
        live: liveKeys(keyring),
        tokens: keyring.outstandingTokens(),
        trouble: keyring.trouble !== undefined,
      }),
    })
    const { limits, stepFunctions } = settings
    const spilled = openSpillFolder(`${state}/spilled`)
    const jobs = await openJobs({
      store,
      desk: {
        ...runtime.desk,
        store: spilled,
        files: confinedFiles({
          project: loaded.folder,
          read: settings.files.read.map(folder => path.resolve(loaded.folder, folder)),
          write: settings.files.write.map(folder => path.resolve(loaded.folder, folder)),
          state,
        }),
      },
      operations: openOperations({ flows }),
      clock: systemClock,
      tokens:
        stepFunctions &&
        answersInBucket(openTaskTokens(stepFunctions), {
          here: spilled,
          bucket: bucketOf(loaded.config, pile),
        }),
      limits: {
        running: limits.running,
        waiting: limits.waiting,
        waitingEach: limits.waitingEach,
        keepMs: limits.keepDays * dayMs,
      },
      onEvent(event) {
        audit.note(auditOfJob(event))
        if (event.kind === 'end') metrics.jobSeconds.observe(event.ms / 1_000, { state: event.state })
        if (event.kind === 'refuse') metrics.refused.add({ reason: event.error })
      },
      // Nobody can ask before places are open.
      answerStatus: () => statusOf(parts) as unknown as Json,
      onTrouble: error => say(error instanceof Error ? error.message : String(error)),
    })
    pile.add(() => jobs.close())

    const context = new Context()
    const zap = await openZap(context, doors.isLetIn)
    pile.add(() => zap.close())
    const open = async (
      what: string,
      options: Parameters<typeof listen>[0],
      reception: Reception,
    ): Promise<void> => {
      const listener: Listener = await listen(options, reception)
      places.push({ for: what, listener })
      pile.add(() => listener.close('the bridge ends'))
    }
    const common = { context, keys, timing }
    const forJobs = { ...common, purpose: 'jobs', admit: (key: string) => doors.admit('jobs', key) } as const
    const reception = whileAuditable(audit, jobs)
    await open('jobs', { ...forJobs, endpoint: settings.listen.jobs }, reception)
    const { url, key } = settings.relay
    if (url !== undefined && key !== undefined)
      await open('jobs through a relay', { ...forJobs, relay: url, relayKey: key }, reception)
    await open(
      'agents',
      {
        ...common,
        purpose: 'agents',
        admit: k => doors.admit('agents', k),
        endpoint: settings.listen.agents,
      },
      hub.reception,
    )
    onKeys = revoked => {
      for (const { name, role } of revoked) if (role === 'agent') hub.forget(name)
      const all = places.map(({ listener }) => listener.recheck())
      Promise.all(all).catch(error =>
        say(`connections of a revoked key could not be ended: ${String(error)}`),
      )
    }

    const parts = { key: keys.publicKey, startedAt, places, jobs, hub, keyring, audit, store }
    const server =
      settings.listen.metrics === false
        ? undefined
        : await serveMetrics({
            listen: settings.listen.metrics,
            expose: () => metrics.registry.expose(),
            health: () => {
              const troubles = troublesOf(parts)
              return { ok: troubles.length === 0, troubles }
            },
          })
    if (server) pile.add(() => server.close())
    audit.note({ who: 'bridge', what: 'started' })
    let drained: Promise<void> | undefined
    const drain = (ms: number) => {
      drained ??= jobs.drain(ms)
      return drained
    }

    return {
      key: keys.publicKey,
      metrics: server?.address,
      get endpoints() {
        return statusOf(parts).endpoints
      },
      status: () => statusOf(parts),
      agents,
      agentTransport: byAgents,
      drain,
      async end(ms) {
        await drain(ms)
        audit.note({ who: 'bridge', what: 'ended' })
        await pile.close(say)
      },
    }
  } catch (error) {
    await pile.close(say)
    throw error
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** The bucket of the stack whose tasks are answered; AWS's client is loaded with the first data that goes there. */
function bucketOf({ aws, bridge }: Config, pile: ReturnType<typeof openPile>) {
  const { bucket, region } = bridge.stepFunctions ?? {}
  if (bucket === undefined) return undefined
  const spill = openS3Spill({ ...clientOptions(aws, 's3'), ...defined({ region }), bucket })
  pile.add(() => spill.close())
  return spill
}
