// Reads lines of `ecswhy can --lines` and prints the decision of the independent engine for each.
// The engine is run from its npm package and is not part of this project.
import { createInterface } from 'node:readline'
import { loadPolicy } from '@cloud-copilot/iam-policy'

const engine = './node_modules/@cloud-copilot/iam-simulate/dist/esm'
const { authorize } = await import(`${engine}/core_engine/CoreSimulatorEngine.js`)
const { AwsRequestImpl } = await import(`${engine}/request/request.js`)
const { RequestContextImpl } = await import(`${engine}/requestContext.js`)
const { DiscoveryContextKeyConstraints } = await import(`${engine}/context_keys/discoveryContextKeyConstraints.js`)

const load = (policy, name) => loadPolicy(policy, { name })
const levels = (list, always) => (list ?? []).map((level, i) => ({
  orgIdentifier: `${i}`,
  policies: [...always, ...(level.policies ?? [level])].map((policy, j) => load(policy, `${i}.${j}`)),
}))
// Attached to every level of an organization that has RCPs, and cannot be detached.
const fullAccess = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
}

function decide(line) {
  const { request, ...policies } = line
  const parts = request.resource.split(':')
  const account = parts[4] || request.resourceAccount || request.principal.split(':')[4]
  const role = request.principal.replace(/:sts::(\d+):assumed-role\/([^/]+)\/.*/, ':iam::$1:role/$2')
  const derived = {
    'aws:PrincipalArn': role,
    'aws:PrincipalAccount': request.principal.split(':')[4],
    'aws:PrincipalType': request.principal.includes(':user/') ? 'User' : 'AssumedRole',
    'aws:ResourceAccount': account,
  }
  const context = new RequestContextImpl({ ...derived, ...request.context })
  return authorize({
    request: new AwsRequestImpl(request.principal, { resource: request.resource, accountId: account }, request.action, context),
    identityPolicies: (policies.identityPolicies ?? []).map((p, i) => load(p, `identity${i}`)),
    permissionBoundaries: policies.permissionBoundary ? [load(policies.permissionBoundary, 'boundary')] : undefined,
    sessionPolicy: policies.sessionPolicy ? load(policies.sessionPolicy, 'session') : undefined,
    resourcePolicy: policies.resourcePolicy ? load(policies.resourcePolicy, 'resource') : undefined,
    vpcEndpointPolicies: policies.endpointPolicies?.map((p, i) => load(p, `endpoint${i}`)),
    serviceControlPolicies: levels(policies.scps, []),
    resourceControlPolicies: levels(policies.rcps, [fullAccess]),
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints() },
  }).result
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(decide(JSON.parse(line)))
  } catch (error) {
    console.log(`error: ${String(error).split('\n')[0]}`)
  }
}
