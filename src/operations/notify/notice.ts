import type { Mail } from '../../core/mail.ts'
import { fold, neutraliseLine } from '../output/format/index.ts'
import type { Delivery } from './deliver.ts'

/** What a person has to know of a mail that did not get to everyone; nothing of one that did. */
export function noticeOf({ subject, to }: Mail, { sent, refused, problem }: Delivery): string | undefined {
  if (sent && refused.length === 0) return undefined
  const whole = `the mail "${subject}" was not sent to `
  if (problem !== undefined) return neutraliseLine(`${whole}${fold(to)}: ${problem}`)
  const reasons = Map.groupBy(refused, ({ reply }) => reply)
  const told = [...reasons].map(([reply, who]) => `${who.map(({ address }) => address).join(', ')}: ${reply}`)
  return neutraliseLine(`${whole}${told.join('; ')}`)
}
