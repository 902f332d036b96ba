import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WireError } from '../../fakes/aws/wire.ts'
import { bar, foo, never, type Reach, reach, troubleOf } from './reach.ts'

describe('opening an instance', () => {
  let lab: Reach
  beforeAll(async () => {
    lab = await reach({}, 7)
  })
  afterAll(() => lab.close())
  const open = (host: { name: string; address?: string }, options = {}) =>
    lab.another().open(host, { signal: never, ...options })

  test('takes its id from the address, or from the name', async () => {
    await open({ name: 'web', address: foo })
    await open({ name: foo })
    expect(await troubleOf(open({ name: 'web' }))).toMatchObject({ code: 'refused' })
    expect(await troubleOf(open({ name: 'web', address: '10.0.0.1' }))).toMatchObject({ code: 'refused' })
  })

  test('says why it can not be reached', async () => {
    const trouble = await troubleOf(open({ name: 'i-00000000000000000' }))
    expect(trouble).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('AmazonSSMManaged'),
    })
    lab.instance(bar).ping = 'ConnectionLost'
    expect(await troubleOf(open({ name: bar }))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ConnectionLost'),
    })
    lab.instance(bar).ping = 'Online'
    lab.instance(bar).platform = 'Windows'
    expect(await troubleOf(open({ name: bar }))).toMatchObject({ code: 'refused' })
    delete lab.instance(bar).platform
  })

  test('waits for one that comes back, as long as it is told to', async () => {
    lab.instance(bar).ping = 'ConnectionLost'
    const opened = open({ name: bar }, { wait: 60_000 })
    while (!lab.aws.calls.some(({ json }) => json.Filters?.[0]?.Values?.includes(bar)))
      await new Promise(resolve => setTimeout(resolve, 5))
    lab.instance(bar).ping = 'Online'
    await opened
    lab.instance(bar).ping = 'ConnectionLost'
    expect((await troubleOf(open({ name: bar }, { wait: 500 }))).code).toBe('unreachable')
    const cut = AbortSignal.timeout(50)
    expect((await troubleOf(open({ name: bar }, { wait: 600_000, signal: cut }))).code).toBe('cancelled')
    expect((await troubleOf(open({ name: bar }, { wait: 600_000, timeout: 50 }))).code).toBe('timeout')
    delete lab.instance(bar).ping
  })

  test('asks for many at once in one call, over all of its pages', async () => {
    const ids = Array.from({ length: 60 }, (_, at) => `i-${String(at).padStart(17, '0')}`)
    for (const id of ids) lab.ssm.instances.set(id, { folder: lab.folder })
    const transport = lab.another()
    // A question of an earlier test, which was called off, may be on its way still.
    const from = lab.aws.calls.length
    const asked = () =>
      lab.aws.calls.slice(from).filter(({ json }) => ids.includes(json.Filters?.[0]?.Values?.[0])).length
    await Promise.all(ids.map(name => transport.open({ name }, { signal: never })))
    // Fifty in eight pages of seven, and ten in two.
    expect(asked()).toBe(10)
    await Promise.all(ids.map(name => transport.open({ name }, { signal: never })))
    expect(asked()).toBe(10)
  })

  test('takes one that AWS does not know for no reason to miss the others', async () => {
    const unknown = new WireError('InvalidInstanceId', 'no', 400)
    lab.aws.next('ssm DescribeInstanceInformation', unknown, unknown)
    const transport = lab.another()
    const opened = [bar, foo].map(name => transport.open({ name }, { signal: never }))
    expect(await troubleOf(opened[0]!)).toMatchObject({ code: 'unreachable' })
    await opened[1]
  })

  test('tells a refusal of AWS from an instance that is not there', async () => {
    lab.aws.next('ssm DescribeInstanceInformation', new WireError('AccessDeniedException', 'no', 400))
    expect((await troubleOf(open({ name: foo }))).code).toBe('auth')
    const nowhere = lab.another({ endpoint: 'http://127.0.0.1:1' })
    expect((await troubleOf(nowhere.open({ name: foo }, { signal: never }))).code).toBe('unreachable')
  })

  test('can not sync folders, and says what to do instead', async () => {
    const remote = await open({ name: foo })
    const options = { signal: never, delete: false, exclude: [] }
    expect(await troubleOf(remote.sync(lab.folder, 'there', options))).toMatchObject({ code: 'refused' })
  })
})
