import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import { RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

/**
 * The table in which systems and their leases are. It costs what is used of it, any second of the last 35 days can be
 * brought back, and it outlives its stack: its name is fixed, so that the next deployment imports it. That is why it
 * is kept after a first deployment that failed as well; to remove it needs `removeData`.
 */
export function addTable(scope: Construct, stack: string, removeData: boolean): dynamodb.Table {
  const table = new dynamodb.Table(scope, 'StateTable', {
    tableName: `${stack}-state`,
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: 'expires',
    encryption: dynamodb.TableEncryption.DEFAULT,
    deletionProtection: !removeData,
    removalPolicy: removeData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  })
  keepName(table, 'StateTable')
  return table
}

/** What holds data keeps its logical id however this code is arranged: under another one it would be made anew. */
function keepName({ node }: dynamodb.Table, id: string): void {
  ;(node.defaultChild as dynamodb.CfnTable).overrideLogicalId(id)
}
