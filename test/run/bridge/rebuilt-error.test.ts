import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ReopsError } from '../../../src/core/errors.ts'
import { SystemHeld } from '../../../src/core/systems/store.ts'
import { describeError } from '../../../src/core/task.ts'
import { known, rebuiltError } from '../../../src/run/bridge/rebuilt-error.ts'

/** What the classes of the sources say of themselves. */
function classes(): Map<string, { slug: string; retryable?: true }> {
  const root = path.join(import.meta.dirname, '../../../src')
  const all = globSync('**/*.ts', { cwd: root }).flatMap(file => {
    const text = readFileSync(path.join(root, file), 'utf8')
    return [...text.matchAll(/class \w+ extends ReopsError \{[\s\S]*?\n\}/g)].flatMap(([body]) => {
      const name = /override readonly name = '(\w+)'/.exec(body)?.[1]
      const slug = /override readonly slug = '([\w-]+)'/.exec(body)?.[1]
      if (name === undefined || slug === undefined) return []
      return [
        [name, body.includes('retryable = true') ? { slug, retryable: true as const } : { slug }] as const,
      ]
    })
  })
  return new Map(all)
}

test('what is known of errors is what their classes say', () => {
  const found = classes()
  for (const [name, said] of Object.entries(known))
    expect({ name, ...said }).toEqual({ name, ...found.get(name) })
})

test('every error that may come out of an operation is known', () => {
  // These are of processes, of connections, of deployments and of declarations: an operation never throws them.
  const elsewhere =
    /^(?:Bridge|CannotListen|Job|Key|Token|InvalidKey|UnknownJob|Audit|Agent|Relay|Daemon|CdkFailed|Not(?:Bootstrapped|Deployed)|WrongAccount|FunctionFailed|Invalid(?:Webhook|Wemo|Watch|Voice|Sensor|Schedule)$)/
  const missing = [...classes().keys()].filter(name => !Object.hasOwn(known, name) && !elsewhere.test(name))
  expect(missing).toEqual([])
})

test('an error is as it was', () => {
  const thrown = new SystemHeld('redis-1 is held', { detail: { system: 'redis-1' } })
  const { error, cause } = describeError(thrown)
  const rebuilt = rebuiltError(error, cause)
  expect(rebuilt).toBeInstanceOf(ReopsError)
  expect({ ...rebuilt, name: rebuilt.name, message: rebuilt.message }).toEqual({
    ...thrown,
    name: thrown.name,
    message: thrown.message,
  })
})

test.each(['', 'null', '{}', '[1]', '{"errorMessage":5}', '{"errorMessage":'])(
  'a cause that is %j is told as it is',
  cause => {
    expect(rebuiltError('constructor', cause)).toMatchObject({ name: 'constructor', message: cause })
  },
)
