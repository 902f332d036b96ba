/**
 * What a record has under a name, and never what every object has: a node, a key or a word of somebody else's may be called
 * `constructor`.
 *
 * @example
 * ownValue(config.hypervisors, 'constructor') // undefined
 */
export function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
