/** One command of the demonstration, as a person would type it behind `reops`. */
export interface DemoStep {
  /** What it shows, in a sentence. */
  readonly says: string
  readonly words: readonly string[]
  /** What follows `--`. */
  readonly rest?: readonly string[]
  /** How it ends when the closet is as it should be: its exit status, and what its output holds. */
  readonly expect: { readonly status: number; readonly output: string }
}

/** Five hosts answer, `dusty` is down and `vault` refuses the key, so that a run over all of them ends with 1. */
const closetSummary = '7 hosts: 5 ok, 1 unreachable, 1 auth'

/** What is shown, one idea a step. */
export const demoSteps: readonly DemoStep[] = [
  {
    says: 'A flow (flows/listing.ts): list a path on every host, keep those that answered, show them.',
    words: ['run', 'listing', '--input', 'path=backup/photos.tar'],
    expect: { status: 1, output: closetSummary },
  },
  {
    says: 'No flow, just a command. Hosts that say the same stand together.',
    words: ['exec', 'closet'],
    rest: ['cat etc/fstab'],
    expect: { status: 1, output: closetSummary },
  },
  {
    says: 'The flow again, not run: what it would do, and where.',
    words: ['plan', 'listing'],
    expect: { status: 0, output: 'on 7 hosts' },
  },
]

/** What to type first at the prompt. */
export const firstLines: readonly string[] = ["exec(closet, 'cat etc/motd')", "run(listing, { path: 'log' })"]

/** What to try next, in the same closet. */
export const tryNext: readonly Pick<DemoStep, 'words' | 'rest'>[] = [
  { words: ['hosts'] },
  { words: ['exec', 'foo,big-iron'], rest: ['df -h .'] },
  { words: ['compile', 'listing'] },
]
