import { withoutColor } from '../color.ts'
import type { Args, Flags, Usage } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops demo'],
  about: [
    'Opens a closet of SSH hosts on 127.0.0.1 and runs a flow and commands over it. On a terminal it goes on at the',
    'prompt. The exit status is 0 when everything went as expected, though two of the hosts fail by design.',
  ].join('\n'),
  examples: ['reops demo'],
}

export const options: Flags = {}

/** `reops demo`: what `npm start` shows a newcomer. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('demo', args, [])
  const { showDemo } = await import('../demo/index.ts')
  return showDemo(given(args, 'no-color') ? withoutColor(context) : context)
}
