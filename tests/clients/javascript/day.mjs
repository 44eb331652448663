// A day with the AWS SDK for JavaScript: every call by the client of npm's @aws-sdk/client-ecs, as
// a program would use it. Prints one JSON object; any surprise ends it with a stack.
import {
  ClusterNotFoundException,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  paginateListTaskDefinitions,
  waitUntilServicesInactive,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";

const cluster = process.argv[2];
const ecs = new ECSClient({});
const quickly = { client: ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
const told = {};

const made = await ecs.send(new CreateClusterCommand({ clusterName: "from-javascript" }));
told.cluster = made.cluster.status;

for (const memory of [64, 80, 96]) {
  const definition = await ecs.send(new RegisterTaskDefinitionCommand({
    family: "javascript",
    containerDefinitions: [{
      name: "app",
      image: "nginx",
      memory,
      portMappings: [{ containerPort: 80 }],
    }],
  }));
  told.registeredAt = definition.taskDefinition.registeredAt instanceof Date;
}

const pages = paginateListTaskDefinitions(
  { client: ecs, pageSize: 2 }, { familyPrefix: "javascript", sort: "DESC" });
told.revisions = [];
for await (const page of pages) {
  told.revisions.push(page.taskDefinitionArns.map((arn) => arn.split(":").pop()));
}

const started = await ecs.send(new RunTaskCommand({ cluster, taskDefinition: "javascript:1" }));
const tasks = started.tasks.map((task) => task.taskArn);
told.running = (await waitUntilTasksRunning(quickly, { cluster, tasks })).state;
const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks }));
const [task] = described.tasks;
told.binding = task.containers[0].networkBindings[0].containerPort;
told.startedAfterCreated = task.startedAt > task.createdAt;
await ecs.send(new StopTaskCommand({ cluster, task: tasks[0], reason: "done" }));
told.stopped = (await waitUntilTasksStopped(quickly, { cluster, tasks })).state;

const service = { cluster, service: "javascript" };
const services = [service.service];
await ecs.send(new CreateServiceCommand({
  cluster, serviceName: service.service, taskDefinition: "javascript:2", desiredCount: 2,
}));
told.stable = (await waitUntilServicesStable(quickly, { cluster, services })).state;
await ecs.send(new UpdateServiceCommand({ ...service, taskDefinition: "javascript:3" }));
await waitUntilServicesStable(quickly, { cluster, services });
const after = await ecs.send(new DescribeServicesCommand({ cluster, services }));
told.deployed = after.services[0].taskDefinition.split("/").pop();
told.tasks = (await ecs.send(new ListTasksCommand({ cluster, serviceName: services[0] })))
  .taskArns.length;

const listed = await ecs.send(new ListContainerInstancesCommand({ cluster }));
const machines = await ecs.send(new DescribeContainerInstancesCommand({
  cluster, containerInstances: listed.containerInstanceArns,
}));
told.memory = machines.containerInstances.map(
  (each) => each.registeredResources.find((one) => one.name === "MEMORY").integerValue > 0);

try {
  await ecs.send(new ListTasksCommand({ cluster: "nowhere" }));
} catch (error) {
  told.error = [error instanceof ClusterNotFoundException, error.message];
}
try {
  const credentials = { accessKeyId: "somebody", secretAccessKey: "else" };
  await new ECSClient({ credentials, maxAttempts: 1 }).send(new ListTasksCommand({ cluster }));
} catch (error) {
  told.stranger = error.name;
}

await ecs.send(new DeleteServiceCommand({ ...service, force: true }));
told.inactive = (await waitUntilServicesInactive(quickly, { cluster, services })).state;
await ecs.send(new DeleteClusterCommand({ cluster: "from-javascript" }));
console.log(JSON.stringify(told));
