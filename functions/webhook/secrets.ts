import { unlessAborted } from '../../src/core/aborted.ts'
import type { HookSecret } from '../../src/triggers/webhook/request.ts'

/** Milliseconds for which a secret is used before it is read again: so long an old one is good after it was changed. */
const freshMs = 5 * 60_000

/**
 * Milliseconds between two reads of one secret where strangers make us read: by proofs that it does not fit, or while it can't
 * be read. Parameter Store answers some tens of reads a second, for a whole account and region.
 */
const pauseMs = 10_000

/** Milliseconds for a read, however often it is tried. */
const patience = 3_500

interface SecretPorts {
  /** Reads a parameter; nothing where it holds nothing. */
  readonly read: (parameter: string) => Promise<string | undefined>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Hears of a secret that could not be read, and why. */
  readonly failed: (parameter: string, error: unknown) => void
}

/** The secret in a parameter, as it was a few minutes ago at most; and as it is now where a proof does not fit. */
export function secretIn(parameter: string, { read, now, failed }: SecretPorts): HookSecret {
  let known: { readonly value: string; readonly at: number } | undefined
  let failure: { readonly error: unknown; readonly at: number } | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  const since = (at: number) => Math.abs(now() - at)

  const ask = async (): Promise<string> => {
    const at = now()
    askedAt = at
    try {
      const value = await unlessAborted(read(parameter), AbortSignal.timeout(patience))
      if (!value) throw Object.assign(new Error('the parameter is empty'), { name: 'ParameterEmpty' })
      known = { value, at }
      failure = undefined
      return value
    } catch (error) {
      failure = { error, at }
      failed(parameter, error)
      throw error
    }
  }

  return {
    async read() {
      if (known !== undefined && since(known.at) < freshMs) return known.value
      if (failure !== undefined && since(failure.at) < pauseMs) throw failure.error
      return ask()
    },
    async changed(than) {
      if (since(askedAt) < pauseMs) return undefined
      // Whoever forges something must not take from others what is known.
      const value = await ask().catch(() => than)
      return value === than ? undefined : value
    },
  }
}
