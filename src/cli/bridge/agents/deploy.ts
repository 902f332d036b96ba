import type { Hosts } from '../../../core/hosts.ts'
import type { Operation } from '../../../core/operation/operation.ts'
import {
  type DeployAgentOptions,
  deployAgent,
  removeAgent,
  upgradeAgent,
} from '../../../operations/agents/index.ts'
import { neutraliseLine } from '../../../operations/output/format/neutralise.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given, text, wholeNumber } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { secondsOf } from '../../session/flags.ts'
import { perform } from '../../session/perform.ts'
import { resolveTargets } from '../../targets/resolve.ts'
import { UsageError } from '../../usage-error.ts'

/** Puts agents on hosts, by the bridge that they are to dial. */
export function deployAgents(context: CommandContext, args: Args): Promise<number> {
  const node = text(args, 'node')
  const supervisor = text(args, 'supervisor')
  if (supervisor !== undefined && supervisor !== 'systemd' && supervisor !== 'plain')
    throw new UsageError('--supervisor is systemd or plain')
  const maxCalls = wholeNumber(args, 'max-calls', 1, 1_000)
  const options: DeployAgentOptions = {
    ...placeOf(args),
    ...withinOf(args),
    replace: given(args, 'replace'),
    confine: given(args, 'confine'),
    ...(node === undefined ? {} : { node }),
    ...(supervisor === undefined ? {} : { supervisor }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
  }
  return onHosts(context, args, 'agents deploy', on => deployAgent(on, options))
}

/** Gives agents the version of their bridge. */
export function upgradeAgents(context: CommandContext, args: Args): Promise<number> {
  const options = { ...placeOf(args), ...withinOf(args) }
  return onHosts(context, args, 'agents upgrade', on => upgradeAgent(on, options))
}

/** Removes agents from their hosts. */
export function removeAgents(context: CommandContext, args: Args): Promise<number> {
  const options = { ...placeOf(args), force: given(args, 'force'), revoke: given(args, 'revoke') }
  return onHosts(context, args, 'agents remove', on => removeAgent(on, options))
}

function onHosts(
  context: CommandContext,
  args: Args,
  command: string,
  operation: (on: Hosts) => Operation<void, unknown>,
): Promise<number> {
  return perform(context, args, { command }, async () => {
    const loaded = await configuration(context, args)
    const { on, hints } = resolveTargets(loaded, args.words[0]!, args)
    for (const hint of hints) context.stderr.write(`reops: ${neutraliseLine(hint)}\n`)
    return { loaded, begin: (runtime, signal) => runtime.submit(operation(on), undefined, { signal }) }
  })
}

function placeOf(args: Args) {
  const folder = text(args, 'folder')
  return { ...(folder === undefined ? {} : { folder }), become: given(args, 'become') }
}

function withinOf(args: Args) {
  const within = secondsOf(args, 'within')
  return within === undefined ? {} : { within }
}
