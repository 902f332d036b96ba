import type { Watch } from '../../core/watch.ts'
import { watchesIn } from '../../run/triggers-in.ts'
import { closest } from '../closest.ts'
import { UsageError } from '../usage-error.ts'

/** One watch by its name, or by the name that it is exported by. Throws `UsageError`, which names the one that was probably meant. */
export function findWatch(exported: Readonly<Record<string, unknown>>, name: string): Watch {
  const watches = watchesIn(exported)
  const found = watches.get(name) ?? [...watches.values()].find(watch => exported[name] === watch)
  if (found !== undefined) return found
  const names = [...watches.keys()]
  if (names.length === 0) throw new UsageError('there are no watches; export one from flows/index.ts')
  const meant = closest(name, names)
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
  throw new UsageError(`there is no watch ${JSON.stringify(name)}; ${hint}`)
}
