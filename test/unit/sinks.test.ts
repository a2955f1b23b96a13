import assert from "node:assert/strict";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parse } from "yaml";
import { planCluster } from "../../components/cluster/cluster-plan";
import { envelopeSchema } from "../../components/core/config/envelope-schema";
import { plan } from "../../components/core/plan/plan";
import type { Manifest } from "../../components/kubernetes/manifest";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { EKS } from "../support/eks/eks-config";
import { judge } from "../support/policy/assertions";
import { issuesOf, settingsOf } from "../support/stack/config";

const USER = "{saslSecretRef: {name: kafka-user, username: stack}}";
const KAFKA = `kafka: {brokers: ["kafka.example:9093"], partitions: 4, gateway: ${USER}, indexer: ${USER}}`;
const READER = "kafka: {saslSecretRef: {name: kafka-sink, username: sink}}";
const OTLP = `otlp: [{name: loki, endpoint: "https://loki.logging.svc:3100/otlp", podPort: 3100, headers: {X-Scope-OrgID: security}, auth: {secretRef: {name: loki}}, caSecretRef: {name: loki-ca}, ${READER}}]`;
const CLOUDWATCH = `cloudwatch: {logGroup: /security/events, region: eu-central-1, retentionDays: 90, ${READER}}`;
const S3 = `s3: {bucket: archive, prefix: stack/dev, region: eu-west-1, ${READER}}`;
const ALL = `${KAFKA}, ${OTLP}, ${CLOUDWATCH}, ${S3}`;
/** The same sinks, reading from Elasticsearch. */
const STORED = [OTLP, CLOUDWATCH, S3].join(", ").replaceAll(`, ${READER}`, "");

function config(output: string, global = "clusterName: dev") {
  const elasticsearch = 'elasticsearch: {endpoints: ["https://es.example:9200"]}';
  return `global: {${global}}\noutput: {${elasticsearch}${output && `, ${output}`}}\nfeatures: [{name: otel_pipeline}, {name: falco}]`;
}

function pipelineOf(output: string) {
  const found = plan(settingsOf(config(output), FEATURES));
  return found.features.find(({ name }) => name === "otel_pipeline")!.contribution;
}

function find<Kind extends Manifest["kind"]>(manifests: readonly Manifest[], kind: Kind, name: string) {
  const found = manifests.find((m) => m.kind === kind && m.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found as Extract<Manifest, { kind: Kind }>;
}

function collectorOf(output: string, name: string): CollectorConfig {
  const { data } = find(pipelineOf(output).manifests, "ConfigMap", `${name}-config`);
  return parse(data!["config.yaml"]!) as CollectorConfig;
}

const named = (manifests: readonly Manifest[]) => manifests.map((m) => `${m.kind} ${m.metadata.name}`);

describe("sinks beside Elasticsearch", () => {
  it("have a key of `output` each, which nothing else has", () => {
    const keys = FEATURES.flatMap(({ sinks = [] }) => sinks.map(({ name }) => name));
    const all = [...Object.keys(envelopeSchema.shape.output.shape), ...keys];
    assert.deepEqual(all, [...new Set(all)]);
  });

  it("are collectors of their own, and leave all others as they are", () => {
    const before = pipelineOf(KAFKA).manifests;
    const after = pipelineOf(ALL).manifests;
    assert.deepEqual(
      after.filter((one) => !named(after).some((name) => name.includes("sink-") && name === named([one])[0])),
      before,
    );
    assert.deepEqual(
      named(after).filter((name) => !named(before).includes(name)),
      [
        ...["otlp-loki", "cloudwatch", "s3"].flatMap((id) =>
          ["ServiceAccount sink-", "ConfigMap sink-", "Deployment sink-"].map(
            (kind) => `${kind}${id}${kind.startsWith("ConfigMap") ? "-config" : ""}`,
          ),
        ),
        ...["otlp-loki", "cloudwatch", "s3"].map((id) => `NetworkPolicy sink-${id}`),
      ],
    );
  });

  it("read the topic in groups of their own, and commit once their destination has answered", () => {
    for (const [name, exporter] of [
      ["sink-otlp-loki", "otlp_http"],
      ["sink-cloudwatch", "awscloudwatchlogs"],
      ["sink-s3", "awss3"],
    ] as const) {
      const { receivers, exporters } = collectorOf(ALL, name);
      const [receiver] = Object.values(receivers);
      assert.equal(receiver?.["group_id"], name.replace("sink-", "security-"));
      assert.equal(receiver?.["initial_offset"], "earliest");
      assert.deepEqual(receiver?.["message_marking"], {
        after: true,
        on_error: false,
        on_permanent_error: true,
      });
      assert.deepEqual(Object.keys(exporters), [exporter]);
      const { sending_queue: queue, retry_on_failure: retry } = exporters[exporter] as {
        sending_queue: Record<string, unknown>;
        retry_on_failure: Record<string, unknown>;
      };
      assert.equal(queue["wait_for_result"], true);
      assert.equal("storage" in queue, false);
      assert.equal(retry["max_elapsed_time"], "0s");
    }
  });

  it("make the documents that the indexers make", () => {
    const indexer = collectorOf(ALL, "indexer");
    const { processors, connectors, service } = collectorOf(ALL, "sink-otlp-loki");
    const { "transform/record": record, ...same } = processors;
    assert.ok(record);
    assert.deepEqual(same, indexer.processors);
    assert.deepEqual(connectors, indexer.connectors);
    for (const [id, pipeline] of Object.entries(indexer.service.pipelines)) {
      if (id === "logs/in") continue;
      assert.deepEqual(service.pipelines[id]!.processors, [...pipeline.processors, "transform/record"]);
      assert.deepEqual(service.pipelines[id]!.exporters, ["otlp_http"]);
    }
  });

  it("checks the receiver's certificate, and reads its token from a file", () => {
    const { exporters, extensions } = collectorOf(ALL, "sink-otlp-loki");
    const { endpoint, tls, auth, headers } = exporters["otlp_http"]!;
    assert.equal(endpoint, "https://loki.logging.svc:3100/otlp");
    assert.deepEqual(tls, { ca_file: "/etc/sink-ca/ca.crt", min_version: "1.2", reload_interval: "1m" });
    assert.deepEqual(auth, { authenticator: "bearertokenauth/sink" });
    assert.deepEqual(headers, { "X-Scope-OrgID": "security" });
    assert.deepEqual(extensions["bearertokenauth/sink"], {
      filename: "/etc/sink-auth/token",
      header: "Authorization",
      scheme: "Bearer",
    });
  });

  it("takes no log group from a document", () => {
    const { exporters } = collectorOf(ALL, "sink-cloudwatch");
    assert.equal("raw_log" in exporters["awscloudwatchlogs"]!, false);
    assert.equal(exporters["awscloudwatchlogs"]!["log_retention"], 90);
  });

  it("mounts what each needs and nothing of others, and takes no credential of the node", () => {
    const { manifests } = pipelineOf(ALL);
    const pod = (name: string) => (find(manifests, "Deployment", name) as Deployment).spec!.template.spec!;
    const secrets = (name: string) => pod(name).volumes!.flatMap(({ secret }) => secret?.secretName ?? []);
    assert.deepEqual(secrets("sink-otlp-loki"), ["loki", "loki-ca"]);
    assert.deepEqual([secrets("sink-cloudwatch"), secrets("sink-s3")], [[], []]);
    for (const name of ["sink-cloudwatch", "sink-s3"]) {
      const { env } = pod(name).containers[0]!;
      assert.equal(env!.find((one) => one.name === "AWS_EC2_METADATA_DISABLED")?.value, "true");
    }
  });

  it("may reach the brokers and their own destination", () => {
    const { manifests } = pipelineOf(ALL);
    const ports = (name: string) =>
      (find(manifests, "NetworkPolicy", name) as NetworkPolicy).spec!.egress!.map((rule) =>
        rule.ports!.map(({ port }) => port),
      );
    assert.deepEqual(ports("sink-otlp-loki"), [[3100], [9093]]);
    assert.deepEqual(ports("sink-s3"), [[443], [80], [9093]]);
    const policy = find(manifests, "NetworkPolicy", "sink-s3") as NetworkPolicy;
    const { labels } = (find(manifests, "Deployment", "sink-s3") as Deployment).spec!.template.metadata!;
    for (const [key, value] of Object.entries(policy.spec!.podSelector!.matchLabels!))
      assert.equal(labels![key], value);
    assert.equal(policy.spec!.podSelector!.matchLabels!["security-stack/sink"], "s3");
  });

  it("count in the fit, each", () => {
    const { sizing } = plan(
      settingsOf(config(ALL.replace("name: loki,", "name: loki, replicas: 2,")), FEATURES),
    );
    assert.deepEqual(
      sizing.workloads
        .filter(({ name }) => name.startsWith("sink"))
        .map(({ name, replicas }) => [name, replicas]),
      [
        ["sink cloudwatch", 1],
        ["sink otlp-loki", 2],
        ["sink s3", 1],
      ],
    );
  });

  it("take overrides, all of them", () => {
    const text = `${config(ALL)}\noverride: {sink: {priorityClassName: low}}`;
    const planned = plan(settingsOf(text, FEATURES));
    const manifests = planned.features.flatMap(({ contribution }) => contribution.manifests);
    for (const name of ["sink-otlp-loki", "sink-s3"])
      assert.equal(
        (find(manifests, "Deployment", name) as Deployment).spec!.template.spec!.priorityClassName,
        "low",
      );
    assert.deepEqual(
      planned.warnings.filter((line) => line.includes("override")),
      [],
    );
  });

  it("pass the policies of production", () => {
    const verdicts = (output: string) => {
      const { platform, features } = plan(settingsOf(config(output), FEATURES));
      const objects = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
      return POLICIES.flatMap((policy) => judge(policy, objects).violations);
    };
    const before = verdicts(KAFKA);
    assert.deepEqual(
      verdicts(ALL.replaceAll(READER, `replicas: 2, ${READER}`)).filter((one) => !before.includes(one)),
      [],
    );
  });

  it("say which Secrets and which role each still needs", () => {
    const { nextSteps, conditions } = pipelineOf(ALL);
    const text = nextSteps!.join("\n");
    assert.match(text, /sink-otlp-loki starts once .* has the Secrets kafka-sink and loki and loki-ca/);
    assert.match(text, /sink-s3 .* Pod Identity that may s3:PutObject on archive\/stack\/dev\/\*/);
    assert.deepEqual(
      conditions.map(({ type }) => type),
      ["PipelineReady", "SinkReady-otlp-loki", "SinkReady-cloudwatch", "SinkReady-s3"],
    );
  });

  it("warn of what they miss while Kafka is drained", () => {
    const { warnings } = pipelineOf(ALL.replace("partitions: 4", "partitions: 4, drain: true"));
    assert.equal(warnings!.filter((line) => /^sink-.* gets no new lines/.test(line)).length, 3);
  });
});

describe("sinks that read from Elasticsearch", () => {
  const IDS = ["otlp-loki", "cloudwatch", "s3"];

  it("are a program each, with a position and a key of its own, and leave all others as they are", () => {
    const before = pipelineOf("").manifests;
    const { manifests, apiKeys } = pipelineOf(STORED);
    assert.deepEqual(
      manifests.filter((one) => !named([one])[0]!.includes("sink-")),
      before,
    );
    for (const id of IDS) {
      const own = named(manifests).filter((name) => name.includes(` sink-${id}`));
      assert.deepEqual(own, [
        ...["ServiceAccount ", "ConfigMap ", "Role ", "RoleBinding ", "ConfigMap ", "Deployment "].map(
          (kind, i) => `${kind}sink-${id}${["", "-position", "-position", "-position", "-program", ""][i]}`,
        ),
        `NetworkPolicy sink-${id}`,
      ]);
      const key = apiKeys!.find(({ name }) => name === `sink-${id}`)!;
      assert.deepEqual(key.secret, { name: `sink-${id}-api-key`, key: "api_key" });
      assert.match(JSON.stringify(key.roles), /"privileges":\["read"\]/);
    }
  });

  it("may change their own position and nothing else in the cluster", () => {
    const { manifests } = pipelineOf(STORED);
    const { rules } = find(manifests, "Role", "sink-s3-position");
    assert.deepEqual(rules, [
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["sink-s3-position"],
        verbs: ["get", "patch"],
      },
    ]);
    // What the program wrote stays at an update: the plan has no say in it.
    assert.equal("data" in find(manifests, "ConfigMap", "sink-s3-position"), false);
  });

  it("fit into a ConfigMap", () => {
    for (const { data } of pipelineOf(STORED).manifests.filter(({ kind }) => kind === "ConfigMap") as {
      data?: Record<string, string>;
    }[])
      assert.ok(Buffer.byteLength(JSON.stringify(data ?? {})) < 900 * 1024);
  });

  it("may reach Elasticsearch, the API server and their own destination, and Prometheus them", () => {
    const { manifests } = pipelineOf(STORED);
    const policy = (name: string) => (find(manifests, "NetworkPolicy", name) as NetworkPolicy).spec!;
    const ports = (name: string) => policy(name).egress!.map((rule) => rule.ports!.map(({ port }) => port));
    assert.deepEqual(ports("sink-otlp-loki"), [[3100], [9200], [443, 6443]]);
    assert.deepEqual(ports("sink-s3"), [[443], [80], [9200], [443, 6443]]);
    assert.equal(policy("sink-s3").podSelector!.matchLabels!["security-stack/sink"], "s3");
    assert.deepEqual(policy("sink-s3").ingress![0]!.ports, [{ protocol: "TCP", port: 8888 }]);
  });

  it("have the rights, the destination's Secrets and the names of those behind Kafka", () => {
    const stored = pipelineOf(STORED);
    const behind = pipelineOf(ALL);
    assert.deepEqual(stored.awsRights, behind.awsRights);
    const pod = (manifests: readonly Manifest[], name: string) =>
      (find(manifests, "Deployment", name) as Deployment).spec!;
    for (const id of IDS) {
      const [one, other] = [stored, behind].map(({ manifests }) => pod(manifests, `sink-${id}`));
      assert.deepEqual(one!.selector, other!.selector);
      assert.equal(one!.template.spec!.serviceAccountName, other!.template.spec!.serviceAccountName);
    }
    const mounts = pod(stored.manifests, "sink-otlp-loki").template.spec!.containers[0]!.volumeMounts!;
    assert.deepEqual(
      mounts.filter(({ name }) => name.startsWith("sink-")).map(({ mountPath }) => mountPath),
      ["/etc/sink-auth", "/etc/sink-ca"],
    );
  });

  it("take two of one Secret, and a Secret with dots in its name", () => {
    const { manifests } = pipelineOf(
      STORED.replace("name: loki-ca", "name: loki.x").replace("{name: loki}", "{name: loki.x}"),
    );
    const { volumes } = (find(manifests, "Deployment", "sink-otlp-loki") as Deployment).spec!.template.spec!;
    const names = volumes!.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z0-9-]{1,63}$/);
  });

  it("go side by side with one that reads from Kafka", () => {
    const { manifests } = pipelineOf(`${KAFKA}, ${OTLP}, ${S3.replace(`, ${READER}`, "")}`);
    assert.ok(named(manifests).includes("ConfigMap sink-otlp-loki-config"));
    assert.ok(named(manifests).includes("ConfigMap sink-s3-program"));
  });

  it("pass the policies of production", () => {
    const verdicts = (output: string) => {
      const { platform, features } = plan(settingsOf(config(output), FEATURES));
      const objects = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
      return POLICIES.flatMap((policy) => judge(policy, objects).violations);
    };
    const before = verdicts("");
    assert.deepEqual(
      verdicts(STORED).filter((one) => !before.includes(one)),
      [],
    );
  });

  it("say which Secrets and which role each still needs", () => {
    const { nextSteps, conditions } = pipelineOf(STORED);
    const text = nextSteps!.join("\n");
    assert.match(
      text,
      /sink-otlp-loki starts once .* has the Secrets loki and loki-ca and sink-otlp-loki-api-key/,
    );
    assert.match(text, /sink-s3 .* Pod Identity that may s3:PutObject on archive\/stack\/dev\/\*/);
    assert.deepEqual(
      conditions.map(({ type }) => type),
      ["PipelineReady", "SinkReady-otlp-loki", "SinkReady-cloudwatch", "SinkReady-s3"],
    );
  });

  for (const [what, output, path] of [
    ["several pods for one position", STORED.replace("s3: {", "s3: {replicas: 2, "), "s3.replicas"],
    [
      "a key for Elasticsearch beside Kafka",
      `${KAFKA}, ${S3.replace("s3: {", "s3: {apiKeySecretRef: {name: x}, ")}`,
      "s3.apiKeySecretRef",
    ],
    [
      "two of one name",
      `otlp: [{name: a, endpoint: "https://a.example"}, {name: a, endpoint: "https://b.example"}]`,
      "otlp[1].name",
    ],
  ] as const)
    it(`refuse ${what}`, () => {
      assert.deepEqual(
        issuesOf(config(output), FEATURES).map((issue) => issue.path),
        [`security-stack:output.${path}`],
      );
    });
});

describe("the roles of sinks on a cluster of the stack's own", () => {
  const rolesOf = (output: string) => {
    const text = `${config(output, "clusterName: dev, cluster: eks")}\neks: ${JSON.stringify(EKS)}`;
    const settings = settingsOf(text, FEATURES);
    return planCluster(settings.envelope.eks!, "dev", plan(settings)).resources.filter(({ name }) =>
      name.startsWith("pod-sink-"),
    );
  };
  const policiesOf = (output: string) =>
    rolesOf(output)
      .filter(({ type }) => type === "iam.RolePolicy")
      .map(({ args }) => (JSON.parse(String(args["policy"])) as { Statement: object[] }).Statement);

  it("may write the log group and the objects below the prefix, and nothing else", () => {
    const { accountId } = EKS;
    assert.deepEqual(policiesOf(ALL), [
      [
        {
          Effect: "Allow",
          Action: [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "logs:PutRetentionPolicy",
          ],
          Resource: [
            `arn:aws:logs:eu-central-1:${accountId}:log-group:/security/events`,
            `arn:aws:logs:eu-central-1:${accountId}:log-group:/security/events:*`,
          ],
        },
      ],
      [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::archive/stack/dev/*"] }],
    ]);
  });

  it("belong to one service account each", () => {
    const identities = rolesOf(ALL).filter(({ type }) => type === "eks.PodIdentityAssociation");
    assert.deepEqual(
      identities.map(({ args }) => [args["namespace"], args["serviceAccount"]]),
      [
        ["security-pipeline", "sink-cloudwatch"],
        ["security-pipeline", "sink-s3"],
      ],
    );
    assert.deepEqual(rolesOf(`${KAFKA}, ${OTLP}`), []);
  });
});

describe("sinks that are refused", () => {
  it("that would read from Kafka without it, each with the way out", () => {
    const issues = issuesOf(config(`${OTLP}, ${CLOUDWATCH}, ${S3}`), FEATURES);
    assert.deepEqual(
      issues.map(({ code, path, found }) => [code, path, found]),
      ["output.otlp[0]", "output.cloudwatch", "output.s3"].map((sink) => [
        "CFG004",
        "security-stack:output.kafka",
        `security-stack:${sink}.kafka, by which the sink reads from Kafka`,
      ]),
    );
    assert.match(
      issues[0]!.fix!,
      /configure output.kafka .* or leave security-stack:output.otlp\[0\].kafka out/,
    );
  });

  for (const [what, output, path] of [
    ["a receiver without TLS", OTLP.replace("https://", "http://"), "otlp[0].endpoint"],
    [
      "a credential in clear",
      OTLP.replace("X-Scope-OrgID: security", "Authorization: Bearer"),
      "otlp[0].headers.Authorization",
    ],
    [
      "a header that a collector would replace",
      OTLP.replace("X-Scope-OrgID: security", 'X-A: "${env:HOME}"'),
      "otlp[0].headers.X-A",
    ],
    [
      "two of one name",
      OTLP.replace(/\[(.*)\]/, (_, one: string) => `[${one}, ${one.replace("/otlp", "/other")}]`),
      "otlp[1].name",
    ],
    [
      "the indexers' group",
      OTLP.replace(
        READER,
        READER.replace("{saslSecretRef", "{consumerGroup: security-indexer, saslSecretRef"),
      ),
      "otlp[0].kafka.consumerGroup",
    ],
    ["no credential for Kafka", OTLP.replace(READER, "kafka: {}"), "otlp[0].kafka"],
    ["more pods than partitions", S3.replace("s3: {", "s3: {replicas: 5, "), "s3.replicas"],
    ["a retention that CloudWatch does not take", CLOUDWATCH.replace("90", "91"), "cloudwatch.retentionDays"],
    [
      "a log group that is taken from records",
      CLOUDWATCH.replace("/security/events", '"{host.name}"'),
      "cloudwatch.logGroup",
    ],
    ["an unknown region", S3.replace("eu-west-1", "europe"), "s3.region"],
    ["a bucket with upper case", S3.replace("archive", "Archive"), "s3.bucket"],
    ["a prefix with a way up", S3.replace("stack/dev", "stack/../x"), "s3.prefix"],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.deepEqual(
        issuesOf(config(`${KAFKA}, ${output}`), FEATURES).map((issue) => issue.path),
        [`security-stack:output.${path}`],
      );
    });
});
