import { describe, expect, test } from 'vitest'
import { secretIn } from '../../functions/webhook/secrets.ts'

const parameter = '/re-ops/hooks/git'

/** A secret whose parameter and clock are moved by the test. */
function scene() {
  const failures: unknown[] = []
  let value: string | undefined | Error = 'old'
  let now = Date.parse('2030-01-01T00:00:00Z')
  let reads = 0
  const secret = secretIn(parameter, {
    now: () => now,
    failed: (_parameter, error) => void failures.push((error as Error).name),
    read: async name => {
      expect(name).toBe(parameter)
      reads++
      if (value instanceof Error) throw value
      return value
    },
  })
  return {
    secret,
    failures,
    reads: () => reads,
    pass: (ms: number) => {
      now += ms
    },
    put: (next: string | undefined | Error) => {
      value = next
    },
  }
}

describe('a secret of a webhook', () => {
  test('is read again after five minutes, so that an old one is good no longer', async () => {
    const { secret, put, pass, reads } = scene()
    expect(await secret.read()).toBe('old')
    put('new')
    pass(299_000)
    expect(await secret.read()).toBe('old')
    pass(2_000)
    expect(await secret.read()).toBe('new')
    expect(reads()).toBe(2)
  })

  test('is looked at again for a proof that does not fit, once in ten seconds', async () => {
    const { secret, put, pass, reads } = scene()
    await secret.read()
    put('new')
    expect(await secret.changed?.('old')).toBeUndefined()
    pass(10_000)
    expect(await secret.changed?.('old')).toBe('new')
    expect(await secret.read()).toBe('new')
    for (let index = 0; index < 100; index++) {
      pass(1_000)
      expect(await secret.changed?.('new')).toBeUndefined()
    }
    expect(reads()).toBe(2 + 10)
  })

  test('stays what it was where somebody forges a proof and it can not be read then', async () => {
    const { secret, put, pass, failures } = scene()
    await secret.read()
    put(Object.assign(new Error('slower'), { name: 'ThrottlingException' }))
    pass(20_000)
    expect(await secret.changed?.('old')).toBeUndefined()
    expect(await secret.read()).toBe('old')
    expect(failures).toEqual(['ThrottlingException'])
  })

  test('is good no longer where it can not be read again, and is asked for once in ten seconds', async () => {
    const { secret, put, pass, reads, failures } = scene()
    await secret.read()
    put(Object.assign(new Error('gone'), { name: 'ParameterNotFound' }))
    pass(301_000)
    for (let index = 0; index < 20; index++) {
      await expect(secret.read()).rejects.toThrow('gone')
      pass(1_000)
    }
    expect(reads()).toBe(1 + 2)
    expect(failures).toEqual(['ParameterNotFound', 'ParameterNotFound'])
    put('new')
    expect(await secret.read()).toBe('new')
  })

  test('that is empty is none', async () => {
    const { secret, put, failures } = scene()
    put('')
    await expect(secret.read()).rejects.toThrow('empty')
    expect(failures).toEqual(['ParameterEmpty'])
  })
})
