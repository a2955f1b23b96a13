import assert from "node:assert/strict";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig } from "../../components/core/config/parse";
import { type Plan, plan } from "../../components/core/plan/plan";
import { readerSettings } from "../../components/k8s-audit/cloudwatch/reader-settings";
import type { Manifest } from "../../components/kubernetes/manifest";
import { podSpecOf } from "../../components/kubernetes/pod-spec";
import { signedHeaders, signedUpload } from "../../components/node-program/aws-signature";
import { FEATURES } from "../../components/registry";
import { clusterPlan, eksIssues } from "../support/eks/eks-config";

const features = (eks?: Record<string, unknown>) => [
  { name: "otel_pipeline" },
  { name: "k8s_audit", config: { source: "eks", ...(eks ? { eks } : {}) } },
];

/** On a cluster that the stack did not make. */
function planned(eks: Record<string, unknown> = {}): Plan {
  const values = {
    global: { clusterName: "shop" },
    features: features(eks),
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
  };
  return plan(parseConfig({ values, encrypted: [] }, FEATURES));
}

const manifestsOf = ({ features }: Plan): Manifest[] =>
  features.flatMap(({ contribution }) => contribution.manifests);

function readerOf(made: Plan) {
  const set = manifestsOf(made).find(
    ({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "audit-reader",
  );
  assert.ok(set?.kind === "StatefulSet");
  return { set, pod: podSpecOf(set)! };
}

const IN_REGION = { region: "eu-central-1" };

describe("Kubernetes audit: source eks", () => {
  it("runs one reader with a collector beside it, in the restricted namespace", () => {
    const { set, pod } = readerOf(planned(IN_REGION));
    assert.equal(set.spec?.replicas, 1);
    assert.equal(set.metadata.namespace, "security-pipeline");
    assert.deepEqual(
      pod.containers.map(({ name }) => name),
      ["audit-reader", "collector"],
    );
    assert.equal(pod.securityContext?.runAsNonRoot, true);
    for (const { securityContext } of pod.containers)
      assert.deepEqual(securityContext?.capabilities, { drop: ["ALL"] });
    for (const { hostPath } of pod.volumes ?? []) assert.equal(hostPath, undefined);
    const ports = pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));
    assert.equal(new Set(ports).size, ports.length);
  });

  it("reads the log group of the cluster's name, or the one that is written", () => {
    const groupOf = (eks: Record<string, unknown>) =>
      readerOf(planned(eks)).pod.containers[0]!.env!.find(({ name }) => name === "LOG_GROUP")?.value;
    assert.equal(groupOf(IN_REGION), "/aws/eks/shop/cluster");
    assert.equal(groupOf({ ...IN_REGION, logGroup: "/other" }), "/other");
  });

  it("lets it reach AWS by HTTPS, the agent of Pod Identity and the gateway, and lets it in there", () => {
    const policies = manifestsOf(planned(IN_REGION)).flatMap((one) =>
      one.kind === "NetworkPolicy" ? [one] : [],
    );
    const own = policies.find(({ metadata }) => metadata.name === "audit-reader");
    assert.deepEqual(
      own?.spec?.egress?.map(({ ports }) => ports?.map(({ port }) => port)),
      [[4317], [443], [80]],
    );
    assert.deepEqual(own?.spec?.egress?.[2]?.to, [{ ipBlock: { cidr: "169.254.170.23/32" } }]);
    const gateway = policies.find(({ metadata }) => metadata.name === "gateway");
    assert.match(JSON.stringify(gateway?.spec?.ingress), /"app.kubernetes.io\/name":"audit-reader"/);
    const others = manifestsOf(
      plan(
        parseConfig(
          {
            values: {
              global: { clusterName: "shop" },
              features: [{ name: "otel_pipeline" }, { name: "k8s_audit" }],
              output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
            },
            encrypted: [],
          },
          FEATURES,
        ),
      ),
    );
    assert.doesNotMatch(JSON.stringify(others), /audit-reader/);
  });

  it("says on a cluster of others which role and association it needs", () => {
    assert.match(
      planned(IN_REGION).nextSteps.join(),
      /logs:FilterLogEvents on log-group:\/aws\/eks\/shop\/cluster:\* in eu-central-1 with the ServiceAccount audit-reader of security-pipeline/,
    );
  });

  it("needs the region there", () => {
    assert.throws(
      () => planned(),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.issues.some(
          ({ code, path }) => code === "CFG004" && path === "security-stack:features[1].config.eks.region",
        ),
    );
  });

  it("gets a role with the right on its log group alone, and the association, from a stack that makes its cluster", () => {
    const { resources, usableAfter } = clusterPlan({ features: features() });
    const own = resources.filter(({ name }) => name.startsWith("pod-audit-reader"));
    assert.deepEqual(
      own.map(({ type }) => type),
      ["iam.Role", "iam.RolePolicy", "eks.PodIdentityAssociation"],
    );
    const [role, policy, association] = own;
    assert.deepEqual(JSON.parse(String(role!.args["assumeRolePolicy"])).Statement, [
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
      },
    ]);
    assert.deepEqual(JSON.parse(String(policy!.args["policy"])).Statement, [
      {
        Effect: "Allow",
        Action: ["logs:FilterLogEvents"],
        Resource: ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/eks/shop/cluster:*"],
      },
    ]);
    const { namespace, serviceAccount } = association!.args;
    assert.deepEqual([namespace, serviceAccount], ["security-pipeline", "audit-reader"]);
    // A pod gets credentials when it is made.
    assert.ok(usableAfter.includes(association!.name));
  });

  it("is refused where the audit log of that cluster is off, or another region is written", () => {
    const off = eksIssues({ features: features(), "eks.logs.types": ["api"] });
    assert.deepEqual(
      off.map(({ code, path }) => [code, path]),
      [["CFG003", "security-stack:eks.logs.types"]],
    );
    const [other, ...more] = eksIssues({ features: features({ region: "eu-west-1" }) });
    assert.deepEqual([other?.code, more.length], ["CFG003", 0]);
    assert.match(other!.path, /features\[1\]\.config\.eks\.region/);
  });

  it("is refused beside another source", () => {
    const values = {
      global: { clusterName: "shop" },
      features: [{ name: "otel_pipeline" }, { name: "k8s_audit", config: { eks: IN_REGION } }],
      output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
    };
    assert.throws(() => parseConfig({ values, encrypted: [] }, FEATURES), /nothing beside source: file/);
  });
});

describe("the reader of an EKS cluster's audit log: program", () => {
  it("says what is missing where Pod Identity gave its pod nothing", () => {
    const env = {
      ...{ LOG_GROUP: "g", STREAM_PREFIX: "p", AWS_REGION: "r", LOGS_URL: "u", COLLECTOR_URL: "c" },
      ...{ STATE_FOLDER: "s", HEALTH_PORT: "1", POLL_SECONDS: "60", LATE_MINUTES: "5" },
    };
    assert.throws(() => readerSettings(env), /association with a role.*eks-pod-identity-agent/);
  });

  // Worked out with botocore 1.44 (SigV4Auth) for the same call; test/audit has moto check it too.
  it("signs a call as AWS's own library does", () => {
    const { authorization } = signedHeaders(
      {
        ...{ service: "logs", region: "eu-central-1", host: "logs.eu-central-1.amazonaws.com" },
        ...{ target: "Logs_20140328.FilterLogEvents", body: '{"logGroupName":"g"}' },
        time: new Date("2026-11-29T10:11:12.345Z"),
      },
      { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" },
    );
    assert.equal(
      authorization,
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261129/eu-central-1/logs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=8dd980b1068f0e67d97397863b93716f568a5d138f83dcd1c5c803464b216c6a",
    );
  });

  it("signs an upload to S3 as AWS's own library does", () => {
    const { authorization } = signedUpload(
      {
        ...{ region: "eu-central-1", host: "s3.eu-central-1.amazonaws.com", body: Buffer.from("content") },
        path: "/archive/stack/year%3D2026/documents-a-0-5-1.ndjson.gz",
        headers: { "content-encoding": "gzip", "content-type": "application/x-ndjson" },
        time: new Date("2026-11-29T10:11:12.345Z"),
      },
      { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" },
    );
    assert.equal(
      authorization,
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261129/eu-central-1/s3/aws4_request, SignedHeaders=content-encoding;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=3f340a62f15017fb6ad75db63e59ee411c2aea0dde85c20994d8346bcb7012d7",
    );
  });
});
