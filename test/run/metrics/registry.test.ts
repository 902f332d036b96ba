import { expect, test } from 'vitest'
import { bridgeMetrics } from '../../../onprem-bridge/metrics/bridge.ts'
import { createRegistry } from '../../../src/run/metrics/registry.ts'
import fc from '../../support/fast-check.ts'
import { parseExposition } from './parse.ts'

test('counters, gauges and histograms are exposed as they are', () => {
  const registry = createRegistry()
  const refused = registry.counter('refused_total', 'What was refused')
  const depth = registry.gauge('depth', 'How deep')
  const seconds = registry.histogram('seconds', 'How long', [0.1, 1])
  refused.add({ reason: 'busy' })
  refused.add({ reason: 'busy' }, 2)
  refused.add({ reason: 'role' })
  depth.set(3)
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value, { state: 'succeeded' })
  registry.reads('gauge', 'read', 'Read when asked', () => [{ value: Number.POSITIVE_INFINITY }])
  expect(registry.expose()).toBe(`# HELP refused_total What was refused
# TYPE refused_total counter
refused_total{reason="busy"} 3
refused_total{reason="role"} 1
# HELP depth How deep
# TYPE depth gauge
depth 3
# HELP seconds How long
# TYPE seconds histogram
seconds_bucket{state="succeeded",le="0.1"} 2
seconds_bucket{state="succeeded",le="1"} 3
seconds_bucket{state="succeeded",le="+Inf"} 4
seconds_sum{state="succeeded"} 7.65
seconds_count{state="succeeded"} 4
# HELP read Read when asked
# TYPE read gauge
read +Inf
`)
})

test('whatever a label says can be read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const registry = createRegistry()
      registry.counter('said_total', `Said ${text}`).add({ what: text })
      expect(parseExposition(registry.expose()).samples).toEqual([
        { name: 'said_total', labels: { what: text }, value: 1 },
      ])
    }),
  )
})

test('labels that somebody thinks up do not fill the memory', () => {
  const registry = createRegistry()
  const counter = registry.counter('said_total', 'Said')
  for (let index = 0; index < 5_000; index++) counter.add({ what: `thing ${index}` })
  const { samples } = parseExposition(registry.expose())
  expect(samples).toHaveLength(1_001)
  expect(samples.at(-1)).toEqual({ name: 'said_total', labels: { what: 'other' }, value: 4_000 })
})

test('a reading that throws leaves the others as they are', () => {
  const registry = createRegistry()
  registry.reads('gauge', 'bad', 'Throws', () => {
    throw new Error('no')
  })
  registry.reads('gauge', 'good', 'Answers', () => [{ value: 1 }])
  expect(parseExposition(registry.expose()).samples).toEqual([{ name: 'good', labels: {}, value: 1 }])
})

test('a name comes once and is one', () => {
  const registry = createRegistry()
  registry.gauge('depth', 'How deep')
  expect(() => registry.counter('depth', 'Again')).toThrow('already')
  expect(() => registry.counter('no-name', 'Dash')).toThrow('no name')
})

test('the metrics of the bridge can be read, and say what it says', () => {
  const { registry, refused, jobSeconds } = bridgeMetrics({
    jobs: () => ({ queued: 1, running: 2, succeeded: 3, failed: 4, cancelled: 5, unknown: 6 }),
    queue: () => ({ waiting: 1, running: 2 }),
    sessions: () => ({ submit: 1, agent: 7 }),
    agentsConnected: () => 7,
    garbageFrames: () => 8,
    handshakeFailures: () => 9,
    outbox: () => ({ waiting: 10, oldestSeconds: 11.5 }),
    audit: () => ({ seq: 12, trouble: true, waiting: 2 }),
    keyring: () => ({ live: 13, tokens: 14, trouble: false }),
  })
  refused.add({ reason: 'busy' })
  jobSeconds.observe(0.2, { state: 'succeeded' })
  const { samples, types } = parseExposition(registry.expose())
  const value = (name: string, labels = {}) =>
    samples.find(
      sample =>
        sample.name === `reops_bridge_${name}` && JSON.stringify(sample.labels) === JSON.stringify(labels),
    )?.value
  expect(value('jobs', { state: 'unknown' })).toBe(6)
  expect(value('sessions', { role: 'agent' })).toBe(7)
  expect(value('outbox_oldest_seconds')).toBe(11.5)
  expect(value('audit_trouble')).toBe(1)
  expect(value('keyring_trouble')).toBe(0)
  expect(value('refused_total', { reason: 'busy' })).toBe(1)
  expect(value('job_seconds_bucket', { state: 'succeeded', le: '0.5' })).toBe(1)
  for (const [name, type] of types) expect(name.endsWith('_total')).toBe(type === 'counter')
})
