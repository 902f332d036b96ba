import { expect, test } from 'vitest'
import { call, project } from '../harness.ts'
import { namesIn, type Scene, scene } from './scene.ts'

const closet = async (): Promise<Scene> => {
  const made = await scene()
  await made.have('redis-1', { type: 'redis', cpu: 2, ram: 2_048, tags: ['web', 'live'] })
  await made.have('redis-2', { type: 'redis', cpu: 2, ram: 1_536, state: 'stopped', domain: 'closet.lan' })
  await made.have('gate', { node: 'small', description: 'the way out', tags: ['web'] })
  await made.have('old', { state: 'broken', stage: 'starting', problem: 'no \u001b[31maddress\nyet' })
  return made
}

test('list prints a table of all systems, without the columns that nobody fills', async () => {
  const { reops } = await closet()
  const { status, stdout, stderr } = await reops(['list'])
  expect(stdout).toBe(
    [
      'name     state    type   on        cpu  ram      address   tags',
      'gate     running         small                   10.1.0.3  web       the way out',
      'old      broken          big-iron                                    starting: no ␛[31maddress↵yet',
      'redis-1  running  redis  big-iron  2    2 GiB    10.1.0.1  web live',
      'redis-2  stopped  redis  big-iron  2    1.5 GiB',
      '',
    ].join('\n'),
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('list fits a terminal, and --wide cuts nothing', async () => {
  const { reops } = await closet()
  const narrow = await reops(['list', '--no-color'], { columns: 40 })
  for (const line of narrow.stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(40)
  expect(narrow.stdout).toContain('…')
  const wide = await reops(['list', '--wide', '--no-color'], { columns: 40 })
  expect(wide.stdout).toContain('sys-00000000000000000004')
  expect(wide.stdout).toContain('closet.lan')
  expect(wide.stdout).not.toContain('…')
})

test.each([
  [['running'], ['gate', 'redis-1']],
  [['typed:redis', 'stopped'], ['redis-2']],
  [['on:small'], ['gate']],
  [
    ['on:kvm', 'not:typed:redis'],
    ['gate', 'old'],
  ],
  [['tagged:web,live'], ['redis-1']],
  [['state:broken,stopped'], ['old', 'redis-2']],
  [['with-ip', 'not:gate'], ['redis-1']],
  [['matching:way out'], ['gate']],
  [['redis-[1-2]'], ['redis-1', 'redis-2']],
  [
    ['redis-2.closet.lan', 'gate'],
    ['redis-2', 'gate'],
  ],
  [['redis-1,redis-2', 'running'], ['redis-1']],
  [['sys-00000000000000000003'], ['gate']],
  [['id:sys-00000000000000000003'], ['gate']],
  [['name:gate,old'], ['gate', 'old']],
  [['closet'], ['redis-1']],
  [['all'], ['gate', 'old', 'redis-1', 'redis-2']],
])('list %j finds them', async (words, found) => {
  const { reops } = await closet()
  expect(namesIn((await reops(['list', ...words])).stdout)).toEqual(found)
})

test.each([
  [['runing'], 'there is no system "runing"; did you mean running?'],
  [['redis-3'], 'there is no system "redis-3"; did you mean redis-1?'],
  [['nothing-like-it'], 'there is no system "nothing-like-it"; reops list names those that there are'],
  [['foo'], 'foo is a host of the configuration and no system that is known here; reops sync finds'],
  [['typd:redis'], 'there is no condition "typd:redis"; did you mean typed:…?'],
  [['zzzzz:redis'], 'there is no condition "zzzzz:redis"; there are all, running, stopped'],
  [['state:brocken'], 'state:brocken: there is no state "brocken"; did you mean broken?'],
  [['tagged:'], 'tagged: has no value; write tagged:<value>'],
  [['tagged:,'], 'tagged:, has no value'],
])('list %j is refused with status 2', async (words, said) => {
  const { reops } = await closet()
  const { status, stdout, stderr } = await reops(['list', ...words])
  expect(stderr).toContain(`reops: ${said}`)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})

test('list --json prints one document', async () => {
  const { reops, store } = await closet()
  const { stdout } = await reops(['list', 'typed:redis', '--json'])
  expect(JSON.parse(stdout)).toEqual({ systems: await store.list({ where: 'type', types: ['redis'] }) })
})

test('list says what somebody is at, and who with --wide and --json', async () => {
  const { reops, store } = await closet()
  const { id } = (await store.find('redis-1'))!
  const now = Date.now()
  await store.acquire(id, 'rack:12:ab', 'stop in execution x', 60_000, now)
  await store.acquire((await store.find('gate'))!.id, 'somebody', 'start', 1_000, now - 2_000)
  // The first list goes by way of the configuration, as does one by a group.
  for (const words of [['list'], ['list'], ['list', 'closet']])
    expect((await reops(words)).stdout).toMatch(/^redis-1 {2}running {2}stop in execution x {2}redis /m)
  const { stdout } = await reops(['list', '--wide'])
  expect(stdout).toMatch(/^name .* busy .* held by$/m)
  expect(stdout).toMatch(/^redis-1 .* rack:12:ab since [-\d]+ [:\d]+$/m)
  const { systems } = JSON.parse((await reops(['list', '--json'])).stdout)
  const holders = Object.fromEntries(
    systems.map((one: Record<string, unknown>) => [one.hostname, one.holder]),
  )
  expect(holders).toEqual({
    'redis-1': {
      ...{ owner: 'rack:12:ab', purpose: 'stop in execution x', since: now, until: now + 60_000 },
      fence: expect.any(Number),
    },
  })
})

test('list where nothing fits says so, and where there is nothing leaves nothing behind', async () => {
  const { reops } = await closet()
  expect(await reops(['list', 'tagged:gone'])).toEqual({ status: 0, stdout: 'no such systems\n', stderr: '' })
  const empty = await project()
  const { status, stdout } = await call(empty, ['list'])
  expect(stdout).toMatch(/^no systems yet; reops create makes one/)
  expect(status).toBe(0)
  expect((await call(empty, ['list', '--json'])).stdout).toBe('{\n  "systems": []\n}\n')
})

test('list --refresh asks the providers first, and says whom it could not ask', async () => {
  const { reops, provider } = await closet()
  provider.machines.get('sys-00000000000000000001')!.state = 'stopped'
  expect((await reops(['list', 'redis-1'])).stdout).toContain('running')
  const { status, stdout } = await reops(['list', 'redis-1', '--refresh'])
  expect(stdout).toMatch(/^redis-1 {2}stopped/m)
  expect(status).toBe(0)
  provider.disturb('list', new Error('no way there'))
  provider.disturb('list small', new Error('no way there'))
  const refused = await reops(['list', '--refresh'])
  expect(refused.stderr).toContain('no way there')
  expect(refused.stdout).toContain('redis-1')
  expect(refused.status).toBe(1)
})
