/** What rsync says of its work while it runs and at its end. */
export interface RsyncOutput {
  push(chunk: Buffer): void
  /** Files and bytes moved, from the statistics at the end. */
  totals(): { readonly files: number; readonly bytes: number }
}

/** Reads the output of `--info=progress2 --stats --no-human-readable`. `onBytes` gets the bytes moved so far. */
export function readRsyncOutput(onBytes: (bytes: number) => void): RsyncOutput {
  let rest = ''
  let files = 0
  let bytes = 0

  const line = (text: string) => {
    const progress = /^\s*(\d+)\s+\d+%/.exec(text)
    if (progress) return onBytes(Number(progress[1]))
    const moved = /^Number of regular files transferred: (\d+)/.exec(text)
    if (moved) files = Number(moved[1])
    const size = /^Total transferred file size: (\d+)/.exec(text)
    if (size) bytes = Number(size[1])
  }
  return {
    push(chunk) {
      const parts = (rest + chunk.toString('utf8')).split(/[\r\n]/)
      rest = (parts.pop() ?? '').slice(-1_024)
      for (const part of parts) line(part)
    },
    totals: () => ({ files, bytes }),
  }
}
