import { nameStep } from './operation/named.ts'
import { isOperation, type Operation } from './operation/operation.ts'
import { type Label, label } from './systems/labels.ts'

/**
 * Gives a step a name of its own, by which its state, its failures and its line in a history are called. Up to 80
 * characters, as AWS allows.
 *
 * @example
 * pipe(named('who is full', pick(r => r.ok && r.value.stdout.includes('100%'))), pretty())
 */
export function named<I, O>(name: string, operation: Operation<I, O>): Operation<I, O>
/**
 * In a `create`: the hostname; of several, what stands before their numbers. In a selection: those of these names.
 *
 * @example
 * create(kvm('big-iron'), medium, named('redis'), 3)
 * systems(named('redis-1', 'redis-2'))
 */
export function named(...names: string[]): Label
export function named(
  name: string,
  ...rest: readonly (string | Operation<any, unknown>)[]
): Operation<any, unknown> | Label {
  const [operation] = rest
  if (isOperation(operation)) return nameStep(name, operation)
  const names = [name, ...(rest as readonly string[])]
  return label('named', { where: 'name', names }, names.length === 1 ? { name } : {}, names)
}
