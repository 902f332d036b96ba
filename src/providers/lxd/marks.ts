/** Keys of an instance's or a volume's configuration that are ours. */
export const marks = {
  /** Whose it is: a system's id. */
  id: 'user.reops.id',
  /** What it is, as JSON. */
  told: 'user.reops',
  /** Which attempt makes it. On an instance it stands only until that is whole: what still has it was left half made. */
  making: 'user.reops.making',
  /** On a volume: that it outlives its system. */
  keep: 'user.reops.keep',
} as const
