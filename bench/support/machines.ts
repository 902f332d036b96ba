/** Tasks of a long machine, and items of a wide Map. */
export const steps = 100
export const items = 10_000

const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:next'

type Fields = Record<string, unknown>

/** A chain of Tasks, each of which hands its answer to the next. */
function chain(task: Fields): Fields {
  const states = Array.from({ length: steps }, (_, index) => [
    `Step ${index + 1}`,
    {
      Type: 'Task',
      Resource: lambda,
      ...task,
      ...(index + 1 < steps ? { Next: `Step ${index + 2}` } : { End: true }),
    },
  ])
  return { StartAt: 'Step 1', States: Object.fromEntries(states) }
}

/**
 * One Task for each item. The Map is a distributed one, as the compiler makes it for so many items: an inline one would
 * end at AWS's limit of 25,000 events.
 */
function each(map: Fields, task: Fields): Fields {
  const processor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Item',
    States: { Item: { Type: 'Task', Resource: lambda, ...task, End: true } },
  }
  return { StartAt: 'Each', States: { Each: { Type: 'Map', ...map, ItemProcessor: processor, End: true } } }
}

const inJsonata = (machine: Fields): Fields => ({ QueryLanguage: 'JSONata', ...machine })

/** Paths alone: what JSONPath can say. */
export const jsonPath = {
  chain: chain({ Parameters: { 'v.$': '$.v', 'all.$': '$' } }),
  each: each({ ItemsPath: '$.items' }, {}),
}

/** The same in JSONata, where it is paths too. */
export const jsonataPaths = {
  chain: inJsonata(
    chain({
      Arguments: { v: '{% $states.input.v %}', all: '{% $states.input %}' },
      Output: '{% $states.result %}',
    }),
  ),
  each: inJsonata(each({ Items: '{% $states.input.items %}' }, {})),
}

/** Expressions that have to be evaluated, two a Task. JSONPath has nothing of the kind. */
export const jsonataComputed = {
  chain: inJsonata(
    chain({
      Arguments: { v: '{% $states.input.v + 0 %}', all: '{% $merge([$states.input, {"a": 1}]) %}' },
      Output: '{% $states.result %}',
    }),
  ),
  each: inJsonata(
    each(
      {
        Items: '{% $states.input.items %}',
        ItemSelector: { v: '{% $states.context.Map.Item.Value.v + 0 %}' },
      },
      {},
    ),
  ),
}
