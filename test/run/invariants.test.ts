import { type Hosts, isSkipped, type Operation, type Outcome, pipe, source, when } from 're-ops'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { problemsOf } from '../compile/validators.ts'
import fc from '../support/fast-check.ts'
import { closet, say, stage } from './harness.ts'
import { script, steps } from './random-pipelines.ts'

type Step = Operation<any, any>
const joined = pipe as (...all: Step[]) => Step
const runs = Number(process.env.REOPS_PROPERTY_RUNS ?? 60)

/** What a fake transport's clock makes the same in every run, and what a test has no interest in. */
function plain(outcome: unknown): unknown {
  return JSON.parse(
    JSON.stringify(outcome, (key, value) => (key === 'stack' || key === 'ms' ? undefined : value)),
  )
}

function accounted(outcome: Outcome<Hosts, unknown>): string[] {
  const all = [...outcome.successful, ...outcome.failure, ...outcome.left].map(result => result.host)
  return [...new Set(all)].sort()
}

describe('whatever the pipeline and whatever its hosts do', () => {
  test('the last outcome accounts for every host of the first', async () => {
    await fc.assert(
      fc.asyncProperty(script, steps, async (played, rest) => {
        const out = await stage(played).run(joined(say(closet, 'first'), ...rest))
        expect(accounted(out)).toEqual(['a', 'b', 'c'])
        const names = out.on.hosts.map((host: { name: string }) => host.name)
        expect(new Set(names).size).toBe(names.length)
        for (const { host } of out.successful) expect(names).toContain(host)
      }),
      { numRuns: runs },
    )
  })

  test('a gate that ends it keeps the account', async () => {
    await fc.assert(
      fc.asyncProperty(script, steps, steps, async (played, before, after) => {
        const gate = when<any>(() => false)
        const out = await stage(played).run(joined(say(closet), ...before, gate, ...after))
        expect(isSkipped(out)).toBe(true)
        expect(accounted(out.data)).toEqual(['a', 'b', 'c'])
      }),
      { numRuns: runs },
    )
  })

  test('a pipe taken apart by hand answers the same', async () => {
    await fc.assert(
      fc.asyncProperty(script, steps, async (played, rest) => {
        const whole = await stage(played).run(joined(say(closet), ...rest))
        const apart = stage(played)
        let data: unknown = await apart.run(say(closet))
        for (const one of rest) data = await apart.run(one, data)
        expect(tellTime(data)).toEqual(tellTime(whole))
      }),
      { numRuns: runs },
    )
  })

  test('it compiles to the same machine however it is nested, each time, and every validator takes it', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (rest, at) => {
        const all = [say(closet) as Step, ...rest]
        const cut = at % all.length
        const flat = compile(joined(...all), 'f')
        const nested = compile(
          cut === 0
            ? joined(joined(...all))
            : joined(joined(...all.slice(0, cut)), joined(...all.slice(cut))),
          'f',
        )
        expect(JSON.stringify(nested.machine)).toBe(JSON.stringify(flat.machine))
        expect(nested.version).toBe(flat.version)
        expect([...nested.tasks.keys()]).toEqual([...flat.tasks.keys()])
        expect(JSON.stringify(compile(joined(...all), 'f').machine)).toBe(JSON.stringify(flat.machine))
        expect(problemsOf(flat.machine)).toEqual([])
      }),
      { numRuns: Math.ceil(runs / 3) },
    )
  })
})

/** State names count up in a whole machine and begin again in a part of it; everything else is the same. */
function tellTime(outcome: unknown): unknown {
  return JSON.parse(
    JSON.stringify(plain(outcome))
      .replaceAll(/"(step)":"([^"]*?)(?: \d+)?"/g, '"$1":"$2"')
      .replaceAll(/\b(say (?:one|two|hello)|map|pick(?: \w+)?) \d+\b/g, '$1'),
  )
}

const codeLike = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        '{%',
        '%}',
        '$' + '{',
        '}',
        '$',
        '{',
        '"',
        '\\',
        '`',
        ' ',
        '$states.input',
        '$eval(',
        'x',
        '\n',
        '/*',
        '\ud83d\ude00',
      ),
      {
        maxLength: 12,
      },
    )
    .map(parts => parts.join('')),
)
const codeLikeJson = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    codeLike,
    fc.constantFrom(null, true, false, 0, -1, 1e300, 5e-324, 0.1, 123456789012345680000),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(
      codeLike.filter(key => key !== '__proto__'),
      tie('any'),
      { maxKeys: 3 },
    ),
  ),
})).any

describe('data never turns into code', () => {
  test('a value arrives unchanged at the next step', async () => {
    await fc.assert(
      fc.asyncProperty(codeLikeJson, async value => {
        expect(await stage().run(source(value))).toEqual(value)
      }),
      { numRuns: runs * 5 },
    )
  })

  test('an argument arrives unchanged at its host, whatever it makes of the names of states', async () => {
    await fc.assert(
      fc.asyncProperty(codeLike, async word => {
        const at = stage()
        await at.run(say(closet, word))
        expect(at.calls.map(call => call.command)).toEqual([word, word, word])
      }),
      { numRuns: runs * 2 },
    )
  })

  test('no deployment finds a substitution but those of functions', () => {
    fc.assert(
      fc.property(codeLikeJson, codeLike, (value, word) => {
        const { machine } = compile(pipe(source(value), say(closet, word) as never), 'f')
        const found = JSON.stringify(machine).match(/\$\{[^}]*\}?/g) ?? []
        expect(found.filter(text => text !== '$' + '{BridgeFunction}')).toEqual([])
      }),
      { numRuns: runs * 2 },
    )
  })
})
