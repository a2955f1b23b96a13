/** Where a block of shell commands on a page is run to its end, or why nowhere. */
export interface DocumentedBlock {
  page: string;
  /** Text of the block that no other of the page has. */
  part: string;
  /** File below test/ that runs it. */
  test?: string;
  /** Why none does, and what runs instead. */
  not?: string;
}

const KIND = "needs Docker; the rung `node` runs the same stack on a real node";
const AWS = "needs an AWS account; the rung `eks` runs the commands against stand-ins of its APIs";
const EKS_STORE = "needs the cluster of an AWS account; the scenarios run in the rungs cluster and pipeline";
const FRAGMENT = "no commands: arguments of a kube-apiserver, with which the rung `audit` starts one";
const PODS = "asks pods of a cluster of the reader's, the sensors' among them, which can't run in the tests";
const QUESTIONS = "pipeline/documented.test.ts";

/** Every block of the pages that people write. */
export const BLOCKS: readonly DocumentedBlock[] = [
  { page: "README.md", part: "npm start", test: "cluster/documented.all.test.ts" },
  { page: "README.md", part: "npm run up -- --stack prod", test: "cluster/documented.all.test.ts" },
  { page: "README.md", part: "pulumi config set --secret", test: "cluster/documented.all.test.ts" },
  { page: "docs/eks.md", part: "pulumi stack init eks", not: AWS },
  { page: "docs/eks.md", part: "npm run scenarios", not: EKS_STORE },
  { page: "docs/eks.md", part: "npm run cluster:adopt", not: AWS },
  { page: "docs/eks.md", part: "npm run destroy", not: AWS },
  { page: "docs/kind.md", part: "uname -r", not: KIND },
  { page: "docs/kind.md", part: "kind create cluster", not: KIND },
  { page: "docs/kind.md", part: "npm run scenarios", not: KIND },
  { page: "docs/kind.md", part: "kind delete cluster", not: KIND },
  {
    page: "docs/ocsf.md",
    part: "npm run --silent ocsf",
    not: "the rung `ocsf` and the pipeline's convert the same by options",
  },
  {
    page: "docs/kafka.md",
    part: "kafka-topics.sh",
    not: "needs brokers and their own program; the rung `kafka` makes the same topic by Kafka's protocol",
  },
  {
    page: "docs/sinks.md",
    part: "kafka-consumer-groups.sh",
    not: "needs brokers and their own program; the rung `kafka` sets offsets by Kafka's protocol",
  },
  ...["es() {", "get events", "get daemonsets", "tail -n 1", "tracingpolicy list"].map((part) => ({
    page: "docs/troubleshooting.md",
    part,
    not: PODS,
  })),
  {
    page: "docs/troubleshooting.md",
    part: "kafka-consumer-groups.sh",
    not: "needs brokers and their own program; the rung `kafka` reads the same lag by Kafka's protocol",
  },
  ...[
    "/security-events/_count",
    "/security-dead-letter/",
    "/_index_template/",
    "/_cluster/health",
    '"aggs"',
    "_slm/policy?",
    "_restore?",
  ].map((part) => ({ page: "docs/troubleshooting.md", part, test: QUESTIONS })),
  { page: "docs/troubleshooting.md", part: "get elasticsearch,kibana", not: PODS },
  {
    page: "docs/zero-trust.md",
    part: "get constraints",
    not: "the rung `mesh` reads the same status by the API",
  },
  { page: "docs/zero-trust.md", part: "cilium-ipsec-keys", not: PODS },
  { page: "components/k8s-audit/README.md", part: "--audit-log-path", not: FRAGMENT },
  { page: "components/k8s-audit/README.md", part: "--audit-webhook-config-file", not: FRAGMENT },
  { page: "components/k8s-audit/README.md", part: "aws iam create-role", not: AWS },
  { page: "components/notifications/README.md", part: "silence add", not: PODS },
  {
    page: "components/response/README.md",
    part: "delete networkpolicy",
    not: "needs a pod in quarantine; `cluster/response.test.ts` lets one go by hand through the API",
  },
  {
    page: "components/trivy/README.md",
    part: "_security/api_key",
    not: "needs an Elasticsearch of the reader's; the rigs make the same key by the API",
  },
  {
    page: "components/trivy/README.md",
    part: "npm run trivy:ship",
    test: "pipeline/trivy-reporter-program.test.ts",
  },
];
