import type { Voice, VoiceWords } from '../../core/voice.ts'

/** How the skill calls what was said: its first words, without slots. */
export function spokenOf(voice: Voice, words: VoiceWords | undefined): string {
  return (words?.samples[0] ?? voice.utterance).replaceAll(/\s*\{\w+\}/g, '')
}
