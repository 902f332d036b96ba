import { expect, test } from 'vitest'
import { explainBroker } from '../../../src/triggers/mqtt/trouble.ts'

test.each([
  [{ code: 5, message: 'Connection refused: Not authorized' }, 'auth', /broker\.username/],
  [{ code: 132, message: 'x' }, 'version', /protocolVersion: 4/],
  [{ code: 142, message: 'x' }, 'lost', /client id/],
  [{ code: 151, message: 'quota exceeded' }, 'unknown', /^quota exceeded$/],
  [{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED ::1:1883' }, 'unreachable', /ECONNREFUSED/],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN', message: 'self-signed' }, 'certificate', /broker\.ca/],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: 'x' }, 'certificate', /as its certificate does/],
  [new Error('connack timeout'), 'unreachable', /connack timeout/],
  [undefined, 'unknown', /undefined/],
] as const)('%j is %s', (error, code, problem) => {
  expect(explainBroker(error)).toEqual({ code, problem: expect.stringMatching(problem) })
})
