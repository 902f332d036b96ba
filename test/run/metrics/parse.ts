/** One sample of the text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * Reads Prometheus' text format 0.0.4 as its description says, and throws where a text is none: a sample before its type,
 * a type that comes twice, an escape that there is not.
 */
export function parseExposition(text: string): { samples: Sample[]; types: Map<string, string> } {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const samples: Sample[] = []
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE ([a-z_]\w*) (counter|gauge|histogram)$/.exec(line)
    if (type) {
      if (types.has(type[1]!)) throw new Error(`${type[1]} comes twice`)
      types.set(type[1]!, type[2]!)
    } else if (!/^# HELP [a-z_]\w* (?:[^\\]|\\[\\n])*$/.test(line)) samples.push(parseSample(line, types))
  }
  return { samples, types }
}

function parseSample(line: string, types: ReadonlyMap<string, string>): Sample {
  const [, name, inner, value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`)
  if (!types.has(name) && types.get(name.replace(/_(?:bucket|sum|count)$/, '')) !== 'histogram')
    throw new Error(`${name} has no type`)
  const labels: Record<string, string> = {}
  let rest = inner ?? ''
  while (rest !== '') {
    const [all, label, text] = /^([a-z_]\w*)="((?:[^"\\]|\\[\\n"])*)",?/.exec(rest) ?? []
    if (all === undefined || label === undefined) throw new Error(`no labels: ${line}`)
    labels[label] = text!.replace(/\\(.)/gs, (_all, one) => (one === 'n' ? '\n' : one))
    rest = rest.slice(all.length)
  }
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)
  if (Number.isNaN(number) && value !== 'NaN') throw new Error(`no value: ${line}`)
  return { name, labels, value: number }
}
