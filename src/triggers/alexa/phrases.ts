import { languageOf } from '../../core/voice/locale.ts'

/** What the skill itself says. */
export interface Phrases {
  readonly welcome: string
  help(examples: readonly string[]): string
  readonly nothingElse: string
  readonly goodbye: string
  readonly notUnderstood: string
  ask(slot: string): string
  unclear(slot: string, words: readonly string[]): string
  atMost(slot: string, limit: number): string
  atLeast(slot: string, limit: number): string
  unusable(slot: string, heard: string): string
  readonly done: string
  readonly started: string
  failedFor(count: number, all: number): string
  nothingToDo(reason: string): string
  failed(what: string): string
  tookTooLong(what: string): string
  wasStopped(what: string): string
  readonly notDeployed: string
  readonly busy: string
  readonly denied: string
  readonly unreachable: string
  readonly brokeDown: string
  plan(plan: { readonly hosts: number | undefined; readonly changes: readonly string[] }): string
  readonly sayYes: string
  readonly leftAlone: string
  readonly nothingAsked: string
  readonly tooLate: string
  readonly cannotAsk: string
  /** Words for the values of a boolean. */
  readonly yes: readonly string[]
  readonly no: readonly string[]
}

const english: Phrases = {
  welcome: 'What shall I do?',
  help: examples =>
    examples.length === 0 ? 'There is nothing that I could do.' : `You can say: ${list(examples, 'or')}.`,
  nothingElse: 'What shall I do?',
  goodbye: 'Goodbye.',
  notUnderstood: 'I did not understand that.',
  ask: slot => `Which ${slot}?`,
  unclear: (slot, words) => `Which ${slot}? There are ${list(words, 'and')}.`,
  atMost: (slot, limit) => `The ${slot} is ${limit} at most. Which ${slot}?`,
  atLeast: (slot, limit) => `The ${slot} is ${limit} at least. Which ${slot}?`,
  unusable: (slot, heard) => `I heard ${heard}, which can't be the ${slot}. Which ${slot}?`,
  done: 'Done.',
  started: 'I have started it.',
  failedFor: (count, all) => `It is done, but ${count} of ${all} failed.`,
  nothingToDo: reason => `There was nothing to do: ${reason}.`,
  failed: what => `${what} did not work. Its history says why.`,
  tookTooLong: what => `${what} took too long and was given up.`,
  wasStopped: what => `${what} was stopped.`,
  notDeployed: 'That is not deployed.',
  busy: 'Too much is going on just now. Try again in a moment.',
  denied: 'I am not allowed to do that.',
  unreachable: 'I can not reach what would do that. Try again in a moment.',
  brokeDown: 'Something went wrong with me. My log says what.',
  plan: ({ hosts, changes }) =>
    `${hosts === undefined ? 'On machines that are known when it runs' : count(hosts, 'host', 'hosts')}, ${count(changes.length, 'change', 'changes')}${changes.length === 0 ? '' : `: ${list(changes.slice(0, 3), 'then')}`}${changes.length > 3 ? ' and more' : ''}. Shall I?`,
  sayYes: 'Shall I? Say yes or no.',
  leftAlone: 'I left it alone.',
  nothingAsked: 'I did not ask anything. What shall I do?',
  tooLate: 'That was too long ago. Say it again.',
  cannotAsk: 'That needs a yes, and I can not ask for it. Deploy me again.',
  yes: ['yes', 'on', 'true'],
  no: ['no', 'off', 'false'],
}

const german: Phrases = {
  welcome: 'Was soll ich tun?',
  help: examples =>
    examples.length === 0 ? 'Es gibt nichts zu tun.' : `Du kannst sagen: ${list(examples, 'oder')}.`,
  nothingElse: 'Was soll ich tun?',
  goodbye: 'Bis bald.',
  notUnderstood: 'Das habe ich nicht verstanden.',
  ask: slot => `Welchen Wert hat ${slot}?`,
  unclear: (slot, words) => `Welchen Wert hat ${slot}? Es gibt ${list(words, 'und')}.`,
  atMost: (slot, limit) => `Für ${slot} geht höchstens ${limit}. Welcher Wert?`,
  atLeast: (slot, limit) => `Für ${slot} geht mindestens ${limit}. Welcher Wert?`,
  unusable: (slot, heard) => `Ich habe ${heard} gehört, das geht nicht für ${slot}. Welcher Wert?`,
  done: 'Erledigt.',
  started: 'Ich habe es gestartet.',
  failedFor: (count, all) => `Erledigt, aber bei ${count} von ${all} ging es schief.`,
  nothingToDo: reason => `Es war nichts zu tun: ${reason}.`,
  failed: what => `${what} hat nicht geklappt. Der Verlauf sagt, warum.`,
  tookTooLong: what => `${what} hat zu lange gedauert und wurde abgebrochen.`,
  wasStopped: what => `${what} wurde angehalten.`,
  notDeployed: 'Das ist nicht eingerichtet.',
  busy: 'Gerade ist zu viel los. Versuche es gleich noch einmal.',
  denied: 'Das darf ich nicht.',
  unreachable: 'Ich erreiche nicht, was das tun würde. Versuche es gleich noch einmal.',
  brokeDown: 'Bei mir ist etwas schiefgegangen. Mein Log sagt, was.',
  plan: ({ hosts, changes }) =>
    `${hosts === undefined ? 'Auf Rechnern, die sich beim Ausführen ergeben' : count(hosts, 'Rechner', 'Rechner')}, ${count(changes.length, 'Änderung', 'Änderungen')}${changes.length === 0 ? '' : `: ${list(changes.slice(0, 3), 'dann')}`}${changes.length > 3 ? ' und mehr' : ''}. Soll ich?`,
  sayYes: 'Soll ich? Sage ja oder nein.',
  leftAlone: 'Ich habe es gelassen.',
  nothingAsked: 'Ich habe nichts gefragt. Was soll ich tun?',
  tooLate: 'Das ist zu lange her. Sage es noch einmal.',
  cannotAsk: 'Das braucht ein Ja, und ich kann nicht danach fragen. Richte mich neu ein.',
  yes: ['ja', 'an', 'ein'],
  no: ['nein', 'aus'],
}

const known: Readonly<Record<string, Phrases>> = { en: english, de: german }

/** What the skill says in a language; in English where nobody has put it into that language. */
export function phrasesIn(locale: string): Phrases {
  return known[languageOf(locale)] ?? english
}

function list(words: readonly string[], last: string): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
