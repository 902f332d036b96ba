import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DemoCloset, openDemoCloset } from '../../../src/cli/demo/closet.ts'
import { start } from '../command.ts'

let closet: DemoCloset
let state: string

beforeAll(async () => {
  closet = await openDemoCloset()
  state = await mkdtemp(path.join(tmpdir(), 'reops-repl-'))
})

afterAll(async () => {
  await closet?.close()
  await rm(state, { recursive: true, force: true })
})

const open = () => start(['repl', '--config', closet.config], { REOPS_STATE: state })

/** What the prompt says to these lines, and how it ends. */
function feed(...lines: string[]) {
  const { child, ended } = open()
  child.stdin.end(lines.map(line => `${line}\n`).join(''))
  return ended
}

describe('lines from stdin', () => {
  test('are TypeScript, keep their names, and may await and go on in the next line', async () => {
    const { stdout, status } = await feed(
      'const n: number = await Promise.resolve(20)',
      'function twice(of: number): number {',
      '  return of * 2',
      '}',
      'twice(n) + 2',
      '{ shelf: n, top: true }',
      '_.shelf',
    )
    expect(stdout).toBe('42\n{ shelf: 20, top: true }\n20\n')
    expect(status).toBe(0)
  })

  test('run the pipeline that they are, and print what came of every host', async () => {
    const { stdout, status } = await feed("exec(closet, 'hostname')")
    expect(stdout).toMatch(/^foo +foo$/m)
    expect(stdout).toMatch(/^big-iron +big-iron$/m)
    expect(stdout).toMatch(/^unreachable \(1\)\n {2}dusty /m)
    expect(stdout).toMatch(/^auth \(1\)\n {2}vault /m)
    expect(stdout).toMatch(/^7 hosts: 5 ok, 1 unreachable, 1 auth \(.+\)\n$/m)
    expect(status).toBe(0)
  })

  test('run a flow with its defaults, and one with input by run', async () => {
    const { stdout } = await feed(
      'listing',
      "await run(listing, { path: 'etc/hostname' })",
      '_.successful.length',
    )
    expect(stdout).toContain('total ')
    expect(stdout).toContain('etc/hostname')
    expect(stdout.match(/^7 hosts: 5 ok/gm)).toHaveLength(2)
    expect(stdout).toMatch(/\n5\n$/)
  })

  test('show what was published once', async () => {
    const { stdout } = await feed("pipe(exec(foo, 'echo once'), pretty())")
    expect(stdout).toMatch(/^foo {2}once\n1 host: 1 ok \(.+\)\n$/)
  })

  test('wait for a run without await, and show an execution as such', async () => {
    const { stdout } = await feed(
      "run(exec(foo, 'echo here'))",
      "submit(exec(foo, 'true'))",
      '(await _.result()).failure',
    )
    expect(stdout).toMatch(/^foo {2}here\n/)
    expect(stdout).toMatch(/^execution adhoc-[0-9a-f]{8} await it.result\(\), or it.cancel\(\)$/m)
    expect(stdout).toMatch(/\[\]\n$/)
  })

  test('keep a pipeline that is assigned and run it when its name is typed', async () => {
    const { stdout } = await feed("greet = exec(foo, 'echo hello')", '1 + 1', 'greet')
    expect(stdout).toMatch(/^pipeline exec echo hello .+\n2\nfoo {2}hello\n/)
  })

  test('know every group, host and the configuration by name', async () => {
    const { stdout } = await feed(
      'all.hosts.length + closet.hosts.length',
      'bigIron.hosts[0].name',
      'Object.keys(config.hosts).length',
      "Object.keys(flows).join(' ')",
      'typeof z.object',
    )
    const flows =
      'batchToKvm batchToSpots listing plexIsOn plexOff plexOn spotNow startCloset startMining stopCloset stopMining'
    expect(stdout).toBe(`14\n'big-iron'\n7\n'${flows}'\n'function'\n`)
  })
})

describe('the commands of the prompt', () => {
  test('list hosts and flows, and plan and compile without running', async () => {
    const { stdout, status } = await feed(
      '.hosts',
      '.flows',
      ".plan rm(closet, 'etc', '-rf')",
      ".compile pipe(ls(foo, 'etc'))",
      "exec(foo, 'ls -d etc')",
    )
    expect(stdout).toMatch(/big-iron/)
    expect(stdout).toMatch(/^listing +list a path/m)
    expect(stdout).toMatch(/rm .*etc/)
    expect(stdout).toContain('on 7 hosts')
    expect(stdout).toContain('"QueryLanguage": "JSONata"')
    expect(stdout).toMatch(/^foo {2}etc$/m)
    expect(status).toBe(0)
  })

  test('say what they take', async () => {
    const { stdout, status } = await feed('.plan 3', '.plan ls(')
    expect(stdout).toMatch(/^InvalidArguments: this takes a pipeline/)
    expect(stdout).toMatch(/^SyntaxError: the expression ends too early$/m)
    expect(status).toBe(1)
  })
})

describe('what goes wrong', () => {
  test('in the use of an operation is one line that says what to do', async () => {
    const { stdout, status } = await feed('ls(closet, 3)', "ls('/')", '1 + 1')
    const [first, second, third] = stdout.split('\n')
    expect(first).toMatch(/^Uncaught InvalidArguments: ls: path: /)
    expect(second).toMatch(/^Uncaught ExecutionFailed: .*UnexpectedData: .*start the pipeline with hosts/)
    expect(third).toBe('2')
    expect(status).toBe(1)
  })

  test('in a function of the author is shown with its place, after what the hosts had answered', async () => {
    const { stdout, status } = await feed("pipe(exec(foo, 'echo kept'), transform(out => out.no.such))")
    expect(stdout).toMatch(/^foo {2}kept\n/)
    expect(stdout).toMatch(/TypeError: Cannot read properties of undefined/)
    expect(stdout).toContain('at REPL1:1:')
    expect(status).toBe(1)
  })

  test('in the syntax shows the place', async () => {
    const { stdout, status } = await feed('const x: = 3', 'enum Shelf { Top }')
    expect(stdout).toMatch(/const x: = 3\n {9}\^/)
    expect(stdout).toContain('TypeScript enum is not supported')
    expect(status).toBe(1)
  })

  test('in the background does not end the prompt', async () => {
    const { stdout } = await feed(
      "void Promise.reject(new Error('nobody waited'))",
      'await new Promise(next => setTimeout(next, 50))',
      '6 * 7',
    )
    expect(stdout).toContain('Error: nobody waited')
    expect(stdout).toMatch(/^42$/m)
  })

  test('is an expression without an end, too', async () => {
    const { stdout, status } = await feed('ls(closet,')
    expect(stdout).toBe('SyntaxError: the input ended in the middle of an expression\n')
    expect(status).toBe(1)
  })

  test('is told before anything runs where the configuration is not there', async () => {
    const { child, ended } = start(['repl', '--config', path.join(state, 'none.ts')])
    child.stdin.end()
    expect(await ended).toMatchObject({ status: 2, stderr: expect.stringContaining('none.ts') })
  })
})

describe('leaving', () => {
  test('by .exit leaves out what follows, and a timer that was made there is no reason to stay', async () => {
    const { stdout, status } = await feed('void setInterval(() => {}, 1000)', '1', '.exit', '2')
    expect(stdout).toBe('1\n')
    expect(status).toBe(0)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s cancels what is under way and exits %i', async (signal, expected) => {
    const { child, said, ended } = open()
    child.stdin.write("'ready'\nexec(foo, 'echo $$ > pid; exec sleep 60')\n")
    await said('ready')
    // The pipeline is under way as soon as the host has written its file.
    const { child: asking, ended: asked } = open()
    asking.stdin.end(
      "poll(exec(foo, 'test -s pid && cat pid; true'), some(v => v.stdout !== ''), '1s', '10s')\n",
    )
    await asked
    child.kill(signal)
    expect((await ended).status).toBe(expected)
    const { stdout } = await feed(
      "exec(foo, 'kill -0 $(cat pid) 2>/dev/null && echo alive || echo gone; rm pid')",
    )
    expect(stdout).toMatch(/^foo {2}gone$/m)
  })
})
