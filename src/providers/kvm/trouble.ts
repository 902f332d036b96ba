import { HostTrouble } from '../../core/ports.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import {
  isLibvirtError,
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtTimeout,
} from './rpc/index.ts'

/**
 * What an error of libvirt or of the way there means for a system: `unreachable` where nothing can have been done,
 * `unknown` where it may have been, `exception` where libvirt said no. Other errors are a wrong program's and stay.
 */
export function asTrouble(node: string, doing: string, error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof SystemTrouble) return error
  if (signal?.aborted)
    return new SystemTrouble('cancelled', `${node}: cancelled while ${doing}`, { cause: error })
  if (error instanceof LibvirtConnectionLost || error instanceof LibvirtTimeout) {
    const [code, words] =
      error.carriedOut === 'no'
        ? (['unreachable', ''] as const)
        : (['unknown', '; it may have been done or not'] as const)
    return new SystemTrouble(code, `${node}: ${doing}: ${error.message}${words}`, { cause: error })
  }
  if (error instanceof LibvirtError) {
    const detail = { libvirt: error.code, domain: error.domain, procedure: error.procedure }
    return new SystemTrouble('exception', `${node}: ${doing}: ${error.message}`, { detail, cause: error })
  }
  if (error instanceof HostTrouble)
    return new SystemTrouble(error.code, `${node}: ${doing}: ${error.message}`, { cause: error })
  if (error instanceof LibvirtProtocolError)
    return new SystemTrouble('unknown', `${node}: ${doing}: ${error.message}`, { cause: error })
  return error
}

/** The answer, or `undefined` where libvirt has no such thing. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (
      isLibvirtError(
        error,
        'VIR_ERR_NO_DOMAIN',
        'VIR_ERR_NO_STORAGE_VOL',
        'VIR_ERR_NO_STORAGE_POOL',
        'VIR_ERR_NO_NETWORK',
        'VIR_ERR_NO_DOMAIN_SNAPSHOT',
        'VIR_ERR_NO_DOMAIN_METADATA',
      )
    )
      return undefined
    throw error
  }
}
