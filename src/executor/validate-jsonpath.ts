/**
 * What people write in JSONPath, and how JSONata says it. A machine in JSONPath, or one that mixes it in, is refused
 * by the name of what it uses: to run it as JSONata would be to misread it.
 */

type Fields = Readonly<Record<string, unknown>>

/** The JSONata way for each field of JSONPath. */
const ways: Readonly<Record<string, string>> = {
  InputPath: 'name the part as {% $states.input.part %} where it is used, in Arguments or Output',
  OutputPath: 'write "Output": "{% $states.result.part %}"',
  ResultPath: 'write "Output": "{% $merge([$states.input, {\'name\': $states.result}]) %}"',
  ResultSelector: 'write "Output" with {% $states.result.part %} in it',
  Result: 'write "Output"',
  Parameters: 'write "Arguments" with {% $states.input.part %} in it',
  ItemsPath: 'write "Items": "{% $states.input.part %}"',
  Iterator: 'write "ItemProcessor"',
  Variable: 'write "Condition": "{% $states.input.part = \'value\' %}"',
}

/** What is `Parameters` in JSONPath has another name in these. */
const parameters: Readonly<Record<string, string>> = {
  Pass: 'write "Output" with {% $states.input.part %} in it',
  Map: 'write "ItemSelector" with {% $states.context.Map.Item.Value %} in it',
}

const comparisons =
  /^(?:(?:String|Numeric|Timestamp|Boolean)(?:Equals|LessThan|GreaterThan)(?:Equals)?(?:Path)?|StringMatches|Is(?:Null|Present|Numeric|String|Boolean|Timestamp)|And|Or|Not)$/

/** Fields that hold the number, the time or the text that a path would point to. */
const pathFields =
  /^(?:Seconds|Timestamp|TimeoutSeconds|HeartbeatSeconds|Error|Cause|MaxConcurrency|ToleratedFailureCount|ToleratedFailurePercentage|MaxItems|MaxItemsPerBatch|MaxInputBytesPerBatch|RoleArn)Path$/

/** JSONPath's intrinsic functions. */
const intrinsics: Readonly<Record<string, string>> = {
  Format: 'join texts with &',
  StringToJson: 'use $parse',
  JsonToString: 'use $string',
  Array: 'write [a, b]',
  ArrayPartition: 'use $partition',
  ArrayContains: "write 'value' in array",
  ArrayRange: 'use $range',
  ArrayGetItem: 'write array[index]',
  ArrayLength: 'use $count',
  ArrayUnique: 'use $distinct',
  Base64Encode: 'use $base64encode',
  Base64Decode: 'use $base64decode',
  Hash: 'use $hash',
  JsonMerge: 'use $merge',
  MathRandom: 'use $random',
  MathAdd: 'write a + b',
  StringSplit: 'use $split',
  UUID: 'use $uuid',
}

/** What to write instead of a field of JSONPath, or undefined for one that isn't. `type` is that of its state. */
function jsonataFor(field: string, type: unknown): string | undefined {
  if (field === 'Parameters' && typeof type === 'string' && Object.hasOwn(parameters, type))
    return parameters[type]
  if (Object.hasOwn(ways, field)) return ways[field]
  if (comparisons.test(field)) return ways.Variable
  return pathFields.test(field) ? `write "${field.slice(0, -4)}": "{% $states.input.part %}"` : undefined
}

/** Says of a field that it is one of JSONPath, if it is. */
export function refuseField(field: string, type: unknown): string | undefined {
  const way = jsonataFor(field, type)
  return way === undefined ? undefined : `${field} belongs to JSONPath, and only JSONata is executed; ${way}`
}

/** Keys such as `name.$` and functions such as `States.Format`, at any depth of a state's own fields. */
export function* checkPaths(state: Fields): Generator<string> {
  const left: [key: string, value: unknown][] = Object.entries(state).filter(
    ([field]) => field !== 'Branches' && field !== 'ItemProcessor' && field !== 'Comment',
  )
  while (left.length > 0) {
    const [key, value] = left.pop()!
    if (key.endsWith('.$')) {
      yield `the key '${key}' belongs to JSONPath, and only JSONata is executed; write "${key.slice(0, -2)}": "${expressionFor(value)}"`
      if (typeof value === 'string') yield* checkIntrinsics(value)
    } else if (typeof value === 'string' && value.startsWith('{%')) yield* checkIntrinsics(value)
    if (typeof value === 'object' && value !== null) left.push(...Object.entries(value))
  }
}

function* checkIntrinsics(text: string): Generator<string> {
  const code = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '')
  for (const [, name] of code.matchAll(/(?<![\w$.])States\.([A-Z]\w*)\s*\(/g)) {
    const way = Object.hasOwn(intrinsics, name!) ? `; ${intrinsics[name!]}` : ''
    yield `States.${name} belongs to JSONPath, and only JSONata is executed${way}`
  }
}

/** The path that the value of a `.$` key is, in JSONata. */
function expressionFor(value: unknown): string {
  if (typeof value !== 'string' || value.startsWith('States.')) return '{% … %}'
  if (value.startsWith('$$')) return `{% $states.context${value.slice(2)} %}`
  if (value === '$' || value.startsWith('$.') || value.startsWith('$['))
    return `{% $states.input${value.slice(1)} %}`
  return `{% ${value} %}`
}
