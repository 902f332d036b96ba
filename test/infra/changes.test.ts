import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { allowed, roleOf, type Synthesised, type SynthOptions, synthesise } from './synth.ts'

// Loading the CDK takes seconds, and more beside other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const flows = (left: string, right: string) => `
  import * as z from 'zod'
  import { flow, ls, hosts, pipe, transform } from 're-ops'
  const closet = hosts({ user: 'ops' }, ['attic'])
  const input = z.strictObject({})
  export const left = flow({ input, steps: pipe(ls(closet, ${JSON.stringify(left)})) })
  export const right = flow({ input, steps: pipe(transform(() => ${JSON.stringify(right)})) })
`

const made: Synthesised[] = []
afterEach(() => Promise.all(made.splice(0).map(one => one.end())))

async function synth(text: string, options?: SynthOptions, config?: string): Promise<Synthesised> {
  const files = { 'flows/index.ts': text, ...(config ? { 'reops.config.ts': config } : {}) }
  const one = await synthesise(files, options)
  made.push(one)
  return one
}

/** The logical ids of what was published, without what is named like them. */
function published({ of }: Synthesised): { left: string; right: string; code: string; bridge: string } {
  const machine = (name: string) =>
    Object.keys(of('AWS::StepFunctions::StateMachineVersion')).find(id => id.startsWith(`Flow${name}`))!
  const code = (name: string) => Object.keys(of('AWS::Lambda::Version')).find(id => id.startsWith(name))!
  return { left: machine('Left'), right: machine('Right'), code: code('Code'), bridge: code('Bridge') }
}

describe('what is published', () => {
  /** What others are compared with. */
  let first: Synthesised
  beforeAll(async () => {
    first = await synthesise({ 'flows/index.ts': flows('/', 'a') })
  })
  afterAll(() => first?.end())

  test('stays as it is while nothing changes, wherever the project is', async () => {
    const second = await synth(flows('/', 'a'))
    expect(published(second)).toEqual(published(first))
    expect(second.text).toBe(first.text)
  })

  test('is another version of a flow that changed, and of no other', async () => {
    const before = published(first)
    const after = published(await synth(flows('/srv', 'a')))
    expect(after.left).not.toBe(before.left)
    expect({ ...after, left: '' }).toEqual({ ...before, left: '' })
  })

  test('is another version of functions whose code changed, and of the flows that call them', async () => {
    const before = published(first)
    const changed = (capability: string) => (capability === 'code' ? '// another' : '"bridge"')
    const after = published(
      await synth(flows('/', 'a'), {
        code: capability =>
          capability === 'code' ? changed('code') : 'export const handler = () => "bridge"',
      }),
    )
    expect(after.code).not.toBe(before.code)
    expect(after.right).not.toBe(before.right)
    expect([after.left, after.bridge]).toEqual([before.left, before.bridge])
  })
})

describe('data', () => {
  test('goes with the stack where that is asked for', async () => {
    const { template, of } = await synth(flows('/', 'a'), { context: { removeData: 'true' } })
    expect(template.Resources.StateTable).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    })
    expect(template.Resources.DataBucket!.DeletionPolicy).toBe('Delete')
    expect(Object.keys(of('Custom::S3AutoDeleteObjects'))).toHaveLength(1)
  })
})

describe('where Run Command leaves what is large', () => {
  test('is where its functions may look, when the configuration names another place', async () => {
    const asking = `
      import * as z from 'zod'
      import { exec, flow, hosts } from 're-ops'
      const there = hosts({ via: 'ssm' }, ['i-0123456789abcdef0'])
      export const load = flow({ input: z.strictObject({}), steps: exec(there, 'uptime') })
    `
    const config = `export default { aws: { ssm: { bucket: 'logs-of-mine', prefix: 'commands' } } }`
    const made = await synth(asking, {}, config)
    const ssm = made.one('AWS::Lambda::Function', 'FunctionName', 're-ops-ssm')
    expect(allowed(made, roleOf(ssm, 'Role'))).toContainEqual({
      Effect: 'Allow',
      Action: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      Resource: expect.arrayContaining(['arn:<AWS::Partition>:s3:::logs-of-mine/commands/*']),
    })
  })
})

describe('webhooks', () => {
  const hooked = (options: string) => `
    import * as z from 'zod'
    import { flow, transform, webhook } from 're-ops'
    export const one = flow({ input: z.strictObject({}), steps: transform(() => 1) })
    export const pushed = webhook('git/push', one, ${options})
  `
  const parameter = `{ secret: { parameter: '/closet/hooks/git' }, runs: 'cloud' }`

  test('are given as much at once as the configuration says, or nothing of their own', async () => {
    const concurrency = async (said: string) => {
      const { one } = await synth(
        hooked(parameter),
        {},
        `export default { aws: { webhooks: { concurrency: ${said} } } }`,
      )
      return one('AWS::Lambda::Function', 'FunctionName', 're-ops-webhook').Properties
        .ReservedConcurrentExecutions
    }
    expect(await concurrency('20')).toBe(20)
    expect(await concurrency('false')).toBeUndefined()
  })

  test('of the daemon have neither an address nor a function', async () => {
    const { of } = await synth(hooked(`{ secret: { env: 'GIT_SECRET' } }`))
    expect(of('AWS::Lambda::Url')).toEqual({})
    expect(Object.keys(of('AWS::Lambda::Function'))).toHaveLength(1)
  })

  test('whose secret no function can read are told where to put it', async () => {
    await expect(synth(hooked(`{ secret: { env: 'GIT_SECRET' }, runs: 'cloud' }`))).rejects.toThrow(
      /the webhook pushed .* the variable GIT_SECRET: write .*'\/re-ops\/hooks\/git\/push'/,
    )
    // So does one that says nothing, where the configuration leaves all to AWS.
    const all = `export default { runs: 'cloud' }`
    await expect(synth(hooked(`{ bearer: { file: 'word' } }`), {}, all)).rejects.toThrow(
      /the file word: write/,
    )
  })
})

describe('what is not used', () => {
  test('is not there', async () => {
    const { of } = await synth(`
      import * as z from 'zod'
      import { flow, transform } from 're-ops'
      export const one = flow({ input: z.strictObject({}), steps: transform(() => 1) })
    `)
    const names = Object.values(of('AWS::Lambda::Function')).map(one => one.Properties.FunctionName)
    expect(names).toEqual(['re-ops-code'])
    for (const type of [
      'AWS::Scheduler::Schedule',
      'AWS::Scheduler::ScheduleGroup',
      'AWS::Events::Rule',
      'AWS::Events::EventBus',
      'AWS::EC2::SecurityGroup',
      'AWS::IAM::ManagedPolicy',
      'AWS::SNS::Subscription',
      'AWS::Logs::MetricFilter',
    ])
      expect(of(type)).toEqual({})
  })
})

describe('names', () => {
  test('of exports are never in the way of those that the stack itself has', async () => {
    const names = [
      'logs',
      'starts',
      'oneByOne',
      'startScheduled',
      'group',
      'machine',
      'role',
      'code',
      'topic',
    ]
    const { project, of } = await synth(`
      import * as z from 'zod'
      import { every, flow, schedule, transform } from 're-ops'
      const one = (n: number) => flow({ input: z.strictObject({}), steps: transform(() => n) })
      ${names.map((name, index) => `export const ${name} = one(${index})`).join('\n')}
      ${names.map(name => `const of_${name} = schedule(${name}, every.hours(1), {}, { overlap: true, runs: 'cloud' })`).join('\n')}
      const single = schedule(logs, every.hours(2), {}, { runs: 'cloud' })
      export { ${names.map(name => `of_${name} as ${name}Hourly`).join(', ')}, single as oneByOneRole }
    `)
    expect([...project.machines.keys()]).toEqual(expect.arrayContaining(names))
    expect(Object.keys(of('AWS::Scheduler::Schedule'))).toHaveLength(names.length + 1)
  })
})

describe('a project that cannot be deployed', () => {
  const refused = (text: string, config?: string) => expect(synth(text, {}, config)).rejects
  const one = (name: string) =>
    `import * as z from 'zod'
     import { flow, transform } from 're-ops'
     const it = flow({ input: z.strictObject({}), steps: transform(() => 1) })
     export { it as ${name} }`

  test('by the name of a flow is told which names AWS takes', async () => {
    await refused(one('größe')).toThrow(/größe can't be deployed by this name/)
  })

  test('by two names that are one in a template is told both', async () => {
    await refused(`${one('some_flow')}\n export { it as someFlow }`).toThrow(
      /some_flow and someFlow|someFlow and some_flow/,
    )
  })

  test('by a schedule of a flow without a name is told to export it', async () => {
    await refused(`
      import * as z from 'zod'
      import { every, flow, schedule, transform } from 're-ops'
      const hidden = flow({ input: z.strictObject({}), steps: transform(() => 1) })
      export const hourly = schedule(hidden, every.hours(1), {}, { runs: 'cloud' })
    `).toThrow(/the schedule hourly starts a flow that is not exported/)
  })

  const watching = (name: string, more = '', source = "sensor: sensor('a', z.number())") => `
    import * as z from 'zod'
    import { flow, operation, sensor, transform, watch } from 're-ops'
    const hidden = flow({ input: z.strictObject({}), steps: transform(() => 1) })
    export const shown = flow({ input: z.strictObject({}), steps: transform(() => 1) })
    export const kept = watch('${name}', { ${source}, when: () => true, flow: shown, runs: 'cloud' })
    ${more}`
  const long = `export default { aws: { stack: '${'s'.repeat(40)}' } }`

  test('by a watch whose flow has no name is told to export it', async () => {
    await refused(watching('too-hot', '', "poll: { flow: hidden, every: '1m' }")).toThrow(
      /too-hot.*poll\.flow.*not exported/,
    )
  })

  test('by a watch that is to be asked every 30 seconds is told in what AWS counts', async () => {
    await refused(watching('too-hot', '', "poll: { flow: shown, every: '30s' }")).toThrow(
      /too-hot.*poll\.every.*whole minutes/,
    )
  })

  test('by the name of a watch is told how long it may be, and what else is called so', async () => {
    await refused(watching('w'.repeat(34)), long).toThrow(/the watch w+ can't be deployed.*80 characters/)
    await refused(watching('hot', "export { hidden as 'watch-hot' }")).toThrow(
      /the watch hot and the flow watch-hot/,
    )
    await refused(
      watching(
        'too-hot',
        "export const more = watch('too_hot', { sensor: sensor('a', z.number(), { name: 'b' }), when: () => true, flow: shown, runs: 'cloud' })",
      ),
    ).toThrow(/too-hot and too_hot|too_hot and too-hot/)
    await refused(watching('hot'), `export default { aws: { stack: 'default' } }`).toThrow(
      /can't be called default/,
    )
  })

  test('by an operation with the capability of watches is told that it is theirs', async () => {
    const theirs = `export const odd = flow({ input: z.strictObject({}), steps: operation({
      name: 'odd', site: 'cloud', capability: 'watch', effect: 'read', schema: z.strictObject({}), handle: () => 1,
    })({}) })`
    await refused(watching('hot', theirs)).toThrow(/the capability 'watch'/)
  })

  test('by a VPC without a bridge is told what a VPC is for', async () => {
    await refused(
      flows('/', 'a'),
      `export default { aws: { vpc: { id: 'vpc-1', zones: ['eu-central-1a'], subnets: ['subnet-1'] } } }`,
    ).toThrow(/no bridge is configured/)
  })
})
