/** MQTT's own limit of a topic, in bytes. */
const mostBytes = 65_535

/**
 * What is wrong with a topic, or a filter of topics with `+` and `#` in whole levels; nothing where it is as MQTT wants it.
 *
 * @example
 * topicProblem('closet/+/temperature') // undefined
 * topicProblem('closet/#/temperature') // '# stands for all that follows, so it is the last level'
 */
export function topicProblem(topic: string): string | undefined {
  if (topic === '') return 'it is empty; a topic is written like closet/temperature'
  if (/[\0\uD800-\uDFFF]/u.test(topic)) return 'it has characters that MQTT does not carry'
  if (new TextEncoder().encode(topic).length > mostBytes) return `it is longer than ${mostBytes} bytes`
  const levels = topic.split('/')
  if (levels.some(level => /[+#]/.test(level) && level.length > 1))
    return '+ and # stand for whole levels, such as closet/+/temperature'
  const hash = levels.indexOf('#')
  if (hash >= 0 && hash < levels.length - 1) return '# stands for all that follows, so it is the last level'
  return undefined
}

/** Whether a filter stands for several topics. */
export function isWild(filter: string): boolean {
  return /[+#]/.test(filter)
}

/**
 * Whether a topic is among those of a filter, as MQTT has it: `closet/#` matches `closet` too, and a wildcard at the
 * beginning matches no topic that begins with `$`.
 */
export function matchesTopic(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}
