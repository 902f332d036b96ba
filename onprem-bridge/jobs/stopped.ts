/** Why a job is to end before it has answered. `left` is for the next process to go on with. */
export class JobStopped extends Error {
  override readonly name: 'Cancelled' | 'States.Timeout' | 'Left'

  constructor(name: 'Cancelled' | 'States.Timeout' | 'Left', message: string) {
    super(message)
    this.name = name
  }
}
