import { awsNameOf } from '../../core/aws-errors/explain.ts'
import { ReopsError } from '../../core/errors.ts'
import type { Aws } from './clients.ts'

/** Parameter Store has no parameter of this name, in this account and region. */
export class ParameterMissing extends ReopsError {
  override readonly name = 'ParameterMissing'
  override readonly slug = 'parameter-missing'
}

/** There is one already, and it was not to be replaced. */
export class ParameterTaken extends ReopsError {
  override readonly name = 'ParameterTaken'
}

/** A secret of the standard tier has no more bytes than this. */
const mostBytes = 4_096

/** Milliseconds for which a value that was read is not read again. */
const fresh = 5 * 60_000

/** How a secret is put. */
export interface PutOptions {
  /** Replaces the one that is there; otherwise that throws `ParameterTaken`. */
  readonly overwrite?: boolean | undefined
  readonly description?: string | undefined
  /** Tags of a new one. One that is replaced keeps its own. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** Secrets in Parameter Store, encrypted there as SecureStrings. */
export interface Parameters {
  /** The value. Rejects with `ParameterMissing`, and with what `Aws.ask` does. */
  read(name: string): Promise<string>
  /** Puts one, and answers its version, from 1 on. Rejects with `ParameterTaken`, and with what `Aws.ask` does. */
  put(name: string, value: string, options?: PutOptions): Promise<number>
}

/**
 * Reads and puts secrets of Parameter Store. What was read is remembered for five minutes, and who asks at once for the
 * same is answered by one call.
 *
 * @example
 * const parameters = openParameters(aws)
 * await parameters.put('/re-ops/ipmi', password, { overwrite: true })
 * await parameters.read('/re-ops/ipmi')
 */
export function openParameters(aws: Pick<Aws, 'ask'>, now: () => number = Date.now): Parameters {
  const known = new Map<string, { readonly value: Promise<string>; readonly until: number }>()
  const ask = async (name: string): Promise<string> => {
    try {
      const { Parameter } = await aws.ask('ssm', 'ssm:GetParameter', ssm =>
        ssm.getParameter({ Name: name, WithDecryption: true }),
      )
      if (Parameter?.Value !== undefined) return Parameter.Value
    } catch (error) {
      if (awsNameOf(error) !== 'ParameterNotFound') throw error
    }
    throw new ParameterMissing(
      `Parameter Store has no ${name} in this account and region: aws ssm put-parameter --type SecureString --name ${name} makes it`,
    )
  }
  return {
    read(name) {
      const there = known.get(name)
      if (there && there.until > now()) return there.value
      const value = ask(name)
      const entry = { value, until: now() + fresh }
      known.set(name, entry)
      // What could not be read may be there the next time.
      value.catch(() => known.get(name) === entry && known.delete(name))
      return value
    },
    async put(name, value, { overwrite = false, description, tags = {} } = {}) {
      const bytes = Buffer.byteLength(value)
      if (bytes === 0 || bytes > mostBytes)
        throw new ReopsError(
          `${name} is to hold ${bytes} bytes, and Parameter Store keeps from 1 to ${mostBytes}`,
        )
      const write = (replace: boolean) =>
        aws.ask('ssm', 'ssm:PutParameter', ssm =>
          ssm.putParameter({
            Name: name,
            Value: value,
            Type: 'SecureString',
            Overwrite: replace,
            ...(description === undefined ? {} : { Description: description }),
            // AWS takes tags with new ones alone.
            ...(replace ? {} : { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
          }),
        )
      try {
        const { Version = 1 } = await write(false).catch(error => {
          if (overwrite && awsNameOf(error) === 'ParameterAlreadyExists') return write(true)
          throw error
        })
        return Version
      } catch (error) {
        if (awsNameOf(error) !== 'ParameterAlreadyExists') throw error
        throw new ParameterTaken(
          `there is a ${name} in Parameter Store already; overwrite it where that is meant`,
          { cause: error },
        )
      } finally {
        known.delete(name)
      }
    },
  }
}
