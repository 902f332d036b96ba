import { merge } from '../../core/combinators/merge.ts'
import { parallel } from '../../core/combinators/parallel.ts'
import { pipe } from '../../core/combinators/pipe.ts'
import type { Hosts } from '../../core/hosts.ts'
import type { Operation } from '../../core/operation/operation.ts'
import { type HostResult, pick } from '../../core/operation/pick.ts'
import type { OnHosts, Outcome } from '../../core/outcome.ts'
import { changesOf } from './resource.ts'

const changed = (result: HostResult<unknown>): boolean => result.ok && changesOf(result.value) > 0
const unchanged = (result: HostResult<unknown>): boolean => result.ok && !changed(result)

/**
 * Does a step only on hosts where a resource before it in the pipe changed something, and keeps the others with what
 * they had answered: a handler, as Ansible calls it. For services, `service(name, { restart: 'when-changed' })` is enough.
 *
 * @example
 * pipe(
 *   file(closet, '/etc/sysctl.d/90-redis.conf', { content: 'vm.overcommit_memory = 1\n' }),
 *   whenChanged(exec(['sysctl', '--system'])),
 * )
 */
export function whenChanged<U>(
  step: Operation<OnHosts, Outcome<Hosts, U>>,
): Operation<Outcome<Hosts, unknown>, Outcome<Hosts, unknown>> {
  return pipe(
    parallel<Outcome<Hosts, unknown>, Outcome<Hosts, unknown>, Outcome<Hosts, unknown>>(
      pick(unchanged),
      // The later branch wins where a check does not know to which of the two a host belongs.
      pipe(pick(changed), step),
    ),
    merge(),
  ) as Operation<Outcome<Hosts, unknown>, Outcome<Hosts, unknown>>
}
