import type { HostsPort } from '../../src/core/context.ts'
import type { Host } from '../../src/core/hosts.ts'
import type {
  CommandOptions,
  CommandResult,
  Remote,
  SyncOptions,
  TransferOptions,
  Transferred,
} from '../../src/core/ports.ts'

/** One call of a connection, as it came. */
export type Call = { readonly host: string } & (
  | { readonly does: 'exec'; readonly command: string | readonly string[]; readonly options: CommandOptions }
  | {
      readonly does: 'upload'
      readonly local: string
      readonly remote: string
      readonly options: TransferOptions
    }
  | {
      readonly does: 'download'
      readonly remote: string
      readonly local: string
      readonly options: TransferOptions
    }
  | { readonly does: 'sync'; readonly local: string; readonly remote: string; readonly options: SyncOptions }
)

/** What a call answers: the parts of a result that matter, or what it throws. */
export type Answer = Partial<CommandResult & Transferred> | Error

export interface FakeHosts extends HostsPort {
  /** Every call so far, in order. */
  readonly calls: readonly Call[]
}

/**
 * Hosts that do nothing but remember what they were asked, and answer as they are told: by default that all went
 * well without a word. A transfer tells of its progress once.
 */
export function fakeHosts(answer: (call: Call) => Answer = () => ({})): FakeHosts {
  const calls: Call[] = []
  const said = async (call: Call): Promise<Partial<CommandResult & Transferred>> => {
    calls.push(call)
    const given = answer(call)
    if (given instanceof Error) throw given
    return given
  }
  const moved = async (call: Extract<Call, { readonly options: TransferOptions }>): Promise<Transferred> => {
    const given = await said(call)
    if (call.does !== 'exec') call.options.onProgress?.({ file: call.remote, bytes: 5, total: 10 })
    return { files: 1, bytes: 10, ...given }
  }
  const connect = ({ name: host }: Host): Remote => ({
    exec: async (command, options) => ({
      stdout: '',
      stderr: '',
      exit: 0,
      ...(await said({ host, does: 'exec', command, options })),
    }),
    upload: (local, remote, options) => moved({ host, does: 'upload', local, remote, options }),
    download: (remote, local, options) => moved({ host, does: 'download', remote, local, options }),
    sync: (local, remote, options) => moved({ host, does: 'sync', local, remote, options }),
  })
  return { calls, concurrency: 8, timeout: 20_000, open: async (_via, host) => connect(host) }
}
