import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { askConsent } from '../../../src/cli/session/consent.ts'

function terminal(typed: string, isTTY = true) {
  let said = ''
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      said += String(chunk)
      done()
    },
  })
  const stdin = new PassThrough().end(typed)
  const context = { stdin: Object.assign(stdin, { isTTY }), stderr: Object.assign(stderr, { isTTY }) }
  return { context, said: () => said }
}

test.each(['y\n', 'yes\n', 'Y\r\n', ' YES \nmore\n'])('%j agrees', async typed => {
  const { context, said } = terminal(typed)
  expect(await askConsent(context, 'destroy redis-1\u001b[2J')).toBe(true)
  expect(said()).toBe('Destroy redis-1␛[2J? [y/N] ')
})

test.each(['n\n', '\n', '', 'ye\n', 'yes please\n', 'destroy\n'])('%j does not', async typed => {
  expect(await askConsent(terminal(typed).context, 'destroy redis-1')).toBe(false)
})

test('nobody agrees where there is no terminal', async () => {
  const { context, said } = terminal('yes\n', false)
  await expect(askConsent(context, 'destroy redis-1')).rejects.toThrow(
    'nobody is here to be asked whether to destroy redis-1; --yes does it without asking',
  )
  expect(said()).toBe('')
})
