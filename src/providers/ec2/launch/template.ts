import {
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
} from '@aws-sdk/client-ec2'
import { ownTag } from '../../../core/aws.ts'
import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { Desk } from '../desk.ts'
import { codeOf } from '../errors.ts'
import { tagsOf } from '../tags.ts'
import type { LaunchData } from './data.ts'

const nameOf = ({ id }: Pick<System, 'id'>) => `re-ops-${id}`

/** EC2 says both of one that is not there. */
const notThere = /^InvalidLaunchTemplate(?:Name|Id)\.NotFound(?:Exception)?$/

/**
 * Makes the launch template that a fleet needs, which is there only for the time of its launch, and answers its id. One that
 * is there already belongs to an attempt that was interrupted, which goes on by this.
 */
export async function makeTemplate(desk: Desk, system: System, data: LaunchData): Promise<string> {
  const LaunchTemplateName = nameOf(system)
  try {
    const { LaunchTemplate } = await desk.ask('making the launch template', (client, options) =>
      client.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName,
          LaunchTemplateData: data,
          TagSpecifications: [{ ResourceType: 'launch-template', Tags: tagsOf(system, desk.settings.stack) }],
        }),
        options,
      ),
    )
    const id = LaunchTemplate?.LaunchTemplateId
    if (id !== undefined) return id
  } catch (error) {
    if (codeOf(error) !== 'InvalidLaunchTemplateName.AlreadyExistsException') throw error
  }
  const found = await findTemplate(desk, system)
  if (found !== undefined) return found
  throw new SystemTrouble(
    'refused',
    `there is a launch template ${LaunchTemplateName} that is not this stack's; delete it`,
  )
}

/** The id of a system's launch template, if there is one and it is ours. */
async function findTemplate(desk: Desk, system: System): Promise<string | undefined> {
  try {
    const { LaunchTemplates = [] } = await desk.ask('looking at the launch template', (client, options) =>
      client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [nameOf(system)] }), options),
    )
    const [found] = LaunchTemplates
    const isOurs = found?.Tags?.some(({ Key, Value }) => Key === ownTag && Value === desk.settings.stack)
    return isOurs ? found?.LaunchTemplateId : undefined
  } catch (error) {
    if (notThere.test(codeOf(error))) return undefined
    throw error
  }
}

/** Takes it away, where it is there and ours to take. */
export async function removeTemplate(desk: Desk, system: System): Promise<void> {
  const id = await findTemplate(desk, system)
  if (id === undefined) return
  try {
    await desk.ask('deleting the launch template', (client, options) =>
      client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }), options),
    )
  } catch (error) {
    if (!notThere.test(codeOf(error))) throw error
  }
}
