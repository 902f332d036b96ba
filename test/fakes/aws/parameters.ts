import { jsonReply, type WireCall, WireError, type WireReply } from './wire.ts'

/** One version of a parameter. */
interface Version {
  readonly Name: string
  readonly Type: string
  readonly Value: string
  readonly Version: number
}

export interface FakeParameters {
  /** What is there now, as it is without encryption. */
  readonly values: () => ReadonlyMap<string, { readonly type: string; readonly value: string }>
  /** Answers a call, or `undefined` where it is none of Parameter Store's. */
  handle(call: WireCall): WireReply | undefined
}

const missing = (name: string) => new WireError('ParameterNotFound', name)

/** Parameter Store: versions, types, paths in pages. A SecureString is only told as it is to whoever asks to decrypt it. */
export function fakeParameters(pageSize = 10): FakeParameters {
  const all = new Map<string, Version[]>()
  const read = (asked: string, decrypt: unknown): Version | undefined => {
    const [name = '', version] = asked.split(/(?<=.):(?=\d+$)/)
    const versions = all.get(name)
    const found =
      version === undefined ? versions?.at(-1) : versions?.find(its => String(its.Version) === version)
    if (found?.Type !== 'SecureString' || decrypt === true) return found
    return { ...found, Value: Buffer.from(`encrypted ${found.Value}`).toString('base64') }
  }
  return {
    values: () =>
      new Map(
        [...all].map(([name, versions]) => {
          const { Type, Value } = versions.at(-1)!
          return [name, { type: Type, value: Value }]
        }),
      ),
    handle({ action, json }) {
      switch (action) {
        case 'GetParameter': {
          const found = read(json.Name, json.WithDecryption)
          if (!found) throw missing(json.Name)
          return jsonReply({ Parameter: found })
        }
        case 'GetParameters': {
          const found = (json.Names as string[]).map(name => [name, read(name, json.WithDecryption)] as const)
          return jsonReply({
            Parameters: found.flatMap(([, one]) => (one ? [one] : [])),
            InvalidParameters: found.flatMap(([name, one]) => (one ? [] : [name])),
          })
        }
        case 'GetParametersByPath': {
          const under = `${String(json.Path).replace(/\/$/, '')}/`
          const names = [...all.keys()]
            .filter(
              name => name.startsWith(under) && (json.Recursive || !name.slice(under.length).includes('/')),
            )
            .sort()
          const start = Number(json.NextToken ?? 0)
          const end = start + Math.min(json.MaxResults ?? pageSize, pageSize)
          return jsonReply({
            Parameters: names.slice(start, end).map(name => read(name, json.WithDecryption)),
            ...(end < names.length ? { NextToken: String(end) } : {}),
          })
        }
        case 'PutParameter': {
          const { Name, Value, Type, Overwrite = false, Tags } = json
          const versions = all.get(Name) ?? []
          if (Overwrite && Tags)
            throw new WireError('ValidationException', 'Tags and overwrite can not be used together.')
          if (versions.length > 0 && !Overwrite)
            throw new WireError('ParameterAlreadyExists', 'The parameter already exists.')
          if (!Value || Buffer.byteLength(Value) > 4_096)
            throw new WireError(
              'ValidationException',
              'Standard tier parameters support a maximum parameter value of 4096 characters.',
            )
          const type = Type ?? versions.at(-1)?.Type
          if (!type)
            throw new WireError(
              'ValidationException',
              'A parameter type is required when you create a parameter.',
            )
          all.set(Name, [...versions, { Name, Type: type, Value, Version: versions.length + 1 }])
          return jsonReply({ Version: versions.length + 1, Tier: 'Standard' })
        }
        case 'DeleteParameter':
          if (!all.delete(json.Name)) throw missing(json.Name)
          return jsonReply({})
        default:
          return undefined
      }
    },
  }
}
