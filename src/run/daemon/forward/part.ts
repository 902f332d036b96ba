import type { Clock } from '../../../core/ports.ts'
import type { Watch } from '../../../core/watch.ts'
import { sourcesOf } from '../../../triggers/watch/board.ts'
import type { LoadedConfig } from '../../config.ts'
import type { Part } from '../part.ts'
import type { WatchParts } from '../watches.ts'
import { type Bus, openBus } from './bus.ts'
import { createChooser } from './choose.ts'
import { type Sender, startSending } from './send.ts'

interface ForwardOptions {
  readonly loaded: LoadedConfig
  /** The watches that AWS keeps. */
  readonly watches: ReadonlyMap<string, Watch>
  /** Where readings are; it is started before. */
  readonly readings: Pick<WatchParts, 'board' | 'now' | 'wallOf'>
  readonly clock: Clock
  say(text: string): void
}

/** By so many milliseconds the clock may differ from AWS's, which believes nothing of a minute ahead of it. */
const mostSkewMs = 30_000

/** The part that tells AWS what the sensors of its watches say; nothing where none looks at a sensor. */
export function createForwardPart(options: ForwardOptions): Part | undefined {
  const { loaded, readings, clock, say } = options
  const watches = [...options.watches.values()].filter(({ source }) => source.kind !== 'poll')
  if (watches.length === 0) return undefined
  const { board } = readings
  const sources = [...new Set(watches.flatMap(sourcesOf))]
  const chooser = createChooser(watches, board)
  let bus: Bus | undefined
  let sender: Sender | undefined
  let unlisten: (() => void) | undefined

  const countsNow = () => {
    const { problem: refused, ...counts } = chooser.counts(readings.now())
    const { forwarded = 0, failed = 0, last, problem = refused } = sender?.state() ?? {}
    return { ...counts, forwarded, failed, last, problem }
  }

  return {
    async start() {
      bus = openBus(loaded.config.aws)
      sender = startSending({ chooser, bus, steady: readings, clock, notice: say })
      unlisten = board.onChange(sources, sender.changed)
    },
    status() {
      const { topics, waiting, leftOut, forwarded, failed, last, problem } = countsNow()
      return {
        bus: loaded.config.aws.stack,
        sensors: sources.length,
        ...{ topics, forwarded, waiting, failed, leftOut },
        ...(last === undefined ? {} : { last: new Date(last).toISOString() }),
        ...(problem === undefined ? {} : { problem }),
      }
    },
    troubles() {
      const { leftOut, problem } = countsNow()
      const skew = bus?.skewMs() ?? 0
      return [
        ...(problem === undefined ? [] : [`readings are not forwarded to EventBridge: ${problem}`]),
        ...(Math.abs(skew) <= mostSkewMs
          ? []
          : [
              `this machine's clock is ${Math.round(Math.abs(skew) / 1_000)} s ${skew > 0 ? 'behind' : 'ahead of'} AWS's, where readings are taken for older than they are, or for none: let it be set by NTP (timedatectl set-ntp true)`,
            ]),
        ...(leftOut === 0
          ? []
          : [
              `${leftOut} topics are not forwarded to EventBridge: of a sensor it is 100, with names of up to 1,024 bytes; narrow its filter`,
            ]),
      ]
    },
    async close() {
      unlisten?.()
      await sender?.close()
      bus?.close()
    },
  }
}
