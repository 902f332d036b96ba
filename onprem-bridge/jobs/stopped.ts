/** Why a job is to end before it has answered. `left` is for the next process to go on with. */
export class JobStopped extends Error {
  override readonly name: 'Cancelled' | 'States.Timeout' | 'Left'

  constructor(name: 'Cancelled' | 'States.Timeout' | 'Left', message: string) {
    super(message)
    this.name = name
  }
}

/** Why what belongs to a job is switched off once it has ended: an abort that has no reason makes an error with a stack. */
export const ended = new Error('the job has ended')
