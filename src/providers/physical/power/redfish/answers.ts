import * as z from 'zod'

/** A path of the service. Whatever it answers, we stay with it: no other server's address gets through here. */
export const servicePath = z
  .string()
  .max(1_000)
  .regex(/^\/redfish\/[\x21-\x7e]*$/, 'a path of the service starts with /redfish/')

const link = z.object({ '@odata.id': servicePath })

/** What the service says at `/redfish/v1/`, before anybody has logged in. */
export const rootSchema = z.object({
  Systems: link.optional(),
  Links: z.object({ Sessions: link.optional() }).optional(),
})

/** The computers behind one controller; nearly always one. */
export const collectionSchema = z.object({ Members: z.array(link).max(1_000) })

const resetTypes = z.array(z.string().max(100)).max(100)

/** A computer: how its power is, and how it is switched. */
export const computerSchema = z.object({
  PowerState: z.string().max(100).nullish(),
  Actions: z
    .object({
      '#ComputerSystem.Reset': z
        .object({
          target: servicePath,
          'ResetType@Redfish.AllowableValues': resetTypes.optional(),
          '@Redfish.ActionInfo': servicePath.optional(),
        })
        .optional(),
    })
    .optional(),
})

/** Where newer services say what an action takes. */
export const actionInfoSchema = z.object({
  Parameters: z
    .array(z.object({ Name: z.string(), AllowableValues: resetTypes.optional() }))
    .max(100)
    .default([]),
})

/** How a service says what is wrong; the extended information is what people understand. */
export const errorSchema = z.object({
  error: z.object({
    message: z.string().optional(),
    '@Message.ExtendedInfo': z
      .array(z.object({ Message: z.string().optional(), Resolution: z.string().optional() }))
      .optional(),
  }),
})
