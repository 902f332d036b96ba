import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { clientOptions, sdkConfig } from '../../core/aws.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk } from './desk.ts'

/** The image that a parameter holds. EC2 reads parameters itself where it launches, and nowhere else. */
export async function readImageParameter(desk: Desk, name: string): Promise<string> {
  const client = new SSMClient(sdkConfig(clientOptions(desk.settings, 'ssm')))
  try {
    const answer = await desk.ask(`reading the parameter ${name}`, (_ec2, options) =>
      client.send(new GetParameterCommand({ Name: name }), options),
    )
    const value = answer.Parameter?.Value ?? ''
    if (/^ami-[0-9a-f]{8,32}$/.test(value)) return value
    throw new SystemTrouble('refused', `the parameter ${name} holds no image`)
  } finally {
    client.destroy()
  }
}
