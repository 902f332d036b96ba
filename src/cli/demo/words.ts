import { paint, type Style } from '../../operations/output/format/index.ts'
import { pasteable } from './command-line.ts'
import { type DemoStep, tryNext } from './steps.ts'

/** What opens the demonstration. */
export function opening(style: Style): string {
  return [
    paint('bold', 'Seven SSH hosts in this process, a closet to try things on.', style),
    'Each executes for real in a folder of its own, on 127.0.0.1. Two are unwell on purpose: dusty is down, and',
    'vault refuses the key.',
    '',
  ].join('\n')
}

/** How the tour went. */
export function verdict(surprises: readonly DemoStep[], config: string, cwd: string, style: Style): string {
  if (surprises.length === 0) {
    return [
      '',
      `${paint('green', 'As expected:', style)} five hosts answered, and the two that could not are accounted for.`,
      'By themselves the first two commands exit 1, because a host failed; the demonstration does not.',
      '',
    ].join('\n')
  }
  const lines = surprises.map(step => `  ${pasteable(step, config, cwd)}`)
  return `\n${paint('red', 'Not as expected:', style)} this did not end as it should:\n${lines.join('\n')}\n`
}

/** What to try while the closet is open. */
export function whileOpen(config: string, cwd: string, style: Style): string {
  const lines = tryNext.map(step => `  ${paint('cyan', pasteable(step, config, cwd), style)}`)
  return `\nThe closet stays open as long as the prompt below. In another terminal:\n${lines.join('\n')}\n\n`
}

/** What to try when it is closed. */
export function whenClosed(): string {
  return [
    '',
    'The closet closes now. What next:',
    '  npm start in a terminal goes on at a prompt, over the same closet',
    '  your own hosts: name them in reops.config.ts, then reops exec all -- uptime (docs/hosts.md)',
    '  your own flows: flows/listing.ts is six lines (docs/language.md)',
    '',
  ].join('\n')
}
