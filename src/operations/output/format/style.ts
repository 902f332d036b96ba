import { styleText } from 'node:util'

/** How text is laid out for its reader. */
export interface Style {
  readonly color: boolean
  /** Columns of the terminal; without one, lines are as long as they are. */
  readonly columns?: number | undefined
  /** Lines of one output that are shown, its last ones; without it, all of them. */
  readonly lines?: number | undefined
}

/** For files, pipes and mail: everything, without colours. */
export const plainStyle: Style = { color: false }

type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Colours text where the style wants colours. Text of a host is neutralised before it comes here. */
export function paint(tone: Tone, text: string, { color }: Style): string {
  return color ? styleText(tone, text, { validateStream: false }) : text
}
