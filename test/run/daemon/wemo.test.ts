import { expect, onTestFinished, test, vi } from 'vitest'
import { awsEnvironment } from '../../fakes/aws/wire.ts'
import { freePort } from '../../lab/servers.ts'
import { call } from '../../triggers/wemo/scene.ts'
import { closet, soon } from './closet.ts'

test('a daemon serves switches, and starts their flows once a word', { timeout: 30_000 }, async () => {
  const port = await freePort()
  const { up, marks, status } = await closet(
    `import { wemo } from 're-ops'
     export const plex = wemo('plex', { on: { flow: marking, input: { plex: 'on' } }, off: marking, port: ${port} })`,
    { wemo: { address: '127.0.0.1', searchPort: 0 } },
  )
  const daemon = await up()
  const ask = async (action: string, inside?: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/upnp/control/basicevent1`, call(action, inside))
    return /<BinaryState>(.)</.exec(await answer.text())?.[1]
  }
  expect(await ask('GetBinaryState')).toBe('0')
  expect(await ask('SetBinaryState', '<BinaryState>1</BinaryState>')).toBe('1')
  expect(await ask('SetBinaryState', '<BinaryState>1</BinaryState>')).toBe('1')
  await vi.waitFor(async () => expect((await status())?.executor.succeeded).toBe(1), soon)
  expect(await marks()).toEqual([{ plex: 'on' }])
  expect((await status())?.wemo).toMatchObject({ devices: [{ name: 'plex', port, started: 1 }] })
  await daemon.end('SIGTERM')
  const next = await up()
  // It is known from what was written down.
  expect(await ask('GetBinaryState')).toBe('1')
  expect(await next.end('SIGTERM')).toBe(0)
})

const settings = { wemo: { address: '127.0.0.1', searchPort: 0 } }
const alexa = { skillId: 'amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef' }

test('a daemon says which words its skill would hear as well, and is in no trouble for it', {
  timeout: 30_000,
}, async () => {
  const { up, status, command } = await closet(
    `import { voice, wemo } from 're-ops'
     export const plex = wemo('plex', { on: marking, off: marking, port: ${await freePort()} })
     export const plexVoice = voice('plex on', marking)`,
    { ...settings, aws: { alexa } },
  )
  const daemon = await up()
  const notice = expect.stringContaining("runs: 'cloud' in wemo('plex', …) has it act once")
  expect(daemon.said()).toEqual(notice)
  expect(await status()).toMatchObject({ wemo: { notices: [notice] }, troubles: [] })
  expect(await command('status')).toMatchObject({ status: 0, stdout: notice })
  expect(await daemon.end('SIGTERM')).toBe(0)
})

test('a daemon starts in AWS what a switch says is there, and nothing here while AWS is away', {
  timeout: 30_000,
}, async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const port = await freePort()
  const { up, marks, status } = await closet(
    `import { voice, wemo } from 're-ops'
     export const plex = wemo('plex', { on: marking, off: marking, port: ${port} })
     export const plexVoice = voice('plex on', marking)`,
    {
      ...settings,
      runs: 'cloud',
      // Nothing answers there.
      aws: { alexa, region: 'eu-west-1', account: '123456789012', endpoint: 'http://127.0.0.1:9' },
    },
  )
  const daemon = await up()
  const answer = await fetch(
    `http://127.0.0.1:${port}/upnp/control/basicevent1`,
    call('SetBinaryState', '<BinaryState>1</BinaryState>'),
  )
  expect(answer.status).toBe(500)
  expect((await status())?.wemo).toMatchObject({ devices: [{ name: 'plex', started: 0, failed: 1 }] })
  expect((await status())?.wemo?.notices).toBeUndefined()
  expect(daemon.said()).toContain('wemo plex: on could not be started: ')
  expect(await marks()).toEqual([])
  expect(await daemon.end('SIGTERM')).toBe(0)
})
