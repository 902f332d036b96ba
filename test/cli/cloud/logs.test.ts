import { describe, expect, test } from 'vitest'
import { type CloudScene, type CloudSceneOptions, openCloud } from './scene.ts'

/** A scene whose functions have logged, half an hour ago and just now. */
async function logged(options: CloudSceneOptions = {}): Promise<CloudScene> {
  const scene = await openCloud(options)
  const now = Date.now()
  const at = (ago: number) => now - ago * 1000
  scene.logs.write(
    '/aws/lambda/re-ops-code',
    { timestamp: at(1_800), message: 'long ago' },
    { timestamp: at(30), message: '{"level":"info","execution":"greet-1"}\n' },
    { timestamp: at(10), message: 'third\u001b[2J' },
  )
  scene.logs.write('/aws/lambda/re-ops-bridge', { timestamp: at(20), message: 'second' })
  scene.logs.write('/aws/lambda/re-ops-other-stack', { timestamp: at(20), message: 'of a function' })
  scene.logs.write('/aws/lambda/somebody-elses', { timestamp: at(20), message: 'foreign' })
  scene.logs.write('/aws/vendedlogs/states/re-ops', {
    timestamp: at(25),
    message: '{"execution_arn":"arn:aws:states:eu-central-1:123456789012:execution:re-ops-greet:greet-1"}',
  })
  return scene
}

const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .filter(line => line !== '')
const ofWhom = (stdout: string) => linesOf(stdout).map(line => JSON.parse(line).of)

describe('logs', () => {
  test.each([{}, { logs: { pageSize: 1, emptyPages: true } }])(
    'are told of all functions and machines in the order of time, and made safe: %j',
    async options => {
      const scene = await logged(options)
      const { stdout, status } = await scene.reops(['logs'])
      expect(linesOf(stdout).map(line => line.split('  ')[1])).toEqual([
        'code',
        'states',
        'bridge',
        'other-stack',
        'code',
      ])
      expect(stdout).toContain('third␛[2J')
      expect(stdout).not.toContain('foreign')
      expect(status).toBe(0)
    },
  )

  test('are those of a function, of a flow, of an execution, and since a time', async () => {
    const scene = await logged()
    const of = async (...words: string[]) => ofWhom((await scene.reops(['logs', '--json', ...words])).stdout)
    expect(await of('code')).toEqual(['code', 'code'])
    expect(await of('code', '--since', '2h')).toEqual(['code', 'code', 'code'])
    expect(await of('greet')).toEqual(['states'])
    expect(await of('--execution', 'greet-1')).toEqual(['code', 'states'])
    const { stdout } = await scene.reops(['logs', 'code', '--json'])
    expect(JSON.parse(linesOf(stdout)[0]!).message).toEqual({ level: 'info', execution: 'greet-1' })
  })

  test('of what there is not are refused, with what there is', async () => {
    const scene = await logged()
    const { stderr, status } = await scene.reops(['logs', 'cod'])
    expect(stderr).toContain('did you mean code?')
    expect(status).toBe(2)
  })

  test('--follow tells what comes, once each, also what comes late, until Ctrl-C', async () => {
    const scene = await logged()
    const following = scene.start(['logs', 'code', '--follow', '--json'])
    const looks = () => scene.aws.callsOf('logs').filter(action => action === 'FilterLogEvents').length
    await expect.poll(looks).toBeGreaterThan(0)
    scene.aws.next('logs FilterLogEvents', 'throttle')
    const before = looks()
    scene.logs.write('/aws/lambda/re-ops-code', { timestamp: Date.now(), message: 'new' })
    scene.logs.write('/aws/lambda/re-ops-code', { timestamp: Date.now() - 12_000, message: 'late' })
    await expect.poll(looks, { timeout: 10_000 }).toBeGreaterThan(before + 3)
    following.interrupt('SIGINT')
    const { stdout, status } = await following.done
    expect(linesOf(stdout).map(line => JSON.parse(line).message)).toEqual([
      { level: 'info', execution: 'greet-1' },
      'third\u001b[2J',
      'late',
      'new',
    ])
    expect(status).toBe(130)
  })
})
