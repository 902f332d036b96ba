import { expect, test, vi } from 'vitest'
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
