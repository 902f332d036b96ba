const first = 500
const longest = 30_000

/** The pause after so many failures: from half a second to half a minute, less a part by chance. */
export function pauseAfter(failures: number, random: () => number, most = longest): number {
  const pause = Math.min(most, first * 2 ** Math.min(failures - 1, 30))
  return pause * (0.5 + random() / 2)
}
