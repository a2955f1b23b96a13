import assert from "node:assert/strict";
import type { CronJob } from "kubernetes-types/batch/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { parseConfig } from "../../components/core/config/parse";
import type { Contribution } from "../../components/core/contract/contribution";
import { plan } from "../../components/core/plan/plan";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import { chartImage, scannerVersion } from "../../components/trivy/image";
import { trivy } from "../../components/trivy/trivy-feature";
import type { operatorValues } from "../../components/trivy/trivy-values";
import { assertHas } from "../rigs/trivy/trivy-partial";

type Values = ReturnType<typeof operatorValues> & Record<string, Record<string, unknown>>;

function planTrivy(config: object = {}, envelope: Record<string, object> = {}): Contribution {
  const values = {
    global: { clusterName: "test" },
    features: [{ name: "trivy", enabled: true, config }],
    output: { elasticsearch: { endpoints: ["https://es.elastic.svc:9200"], caSecretRef: { name: "es-ca" } } },
    ...envelope,
  };
  const planned = plan(parseConfig({ values, encrypted: [] }, [trivy]));
  return planned.features.find((feature) => feature.name === "trivy")!.contribution;
}

function values(config: object = {}, envelope: Record<string, object> = {}): Values {
  return planTrivy(config, envelope).charts![0]!.values as Values;
}

function cronJob(config: object = {}) {
  const found = planTrivy(config).manifests.find((manifest) => manifest.kind === "CronJob") as CronJob;
  const pod = found.spec!.jobTemplate.spec!.template.spec!;
  const env = Object.fromEntries(pod.containers[0]!.env!.map(({ name, value }) => [name, value]));
  return { spec: found.spec!, pod, container: pod.containers[0]!, env };
}

describe("Trivy feature: the operator", () => {
  it("keeps its namespace the release's", () => {
    const [chart] = planTrivy().charts!;
    assert.equal(chart!.namespace, "security-pipeline");
    assert.equal("namespace" in values()["operator"]!, false);
  });

  it("pulls the versions that are pinned, by digest, and none of the compromised", () => {
    const { image, trivy: scanner } = values() as Record<string, Record<string, unknown>>;
    assertHas(image, { registry: "mirror.gcr.io", repository: "aquasec/trivy-operator" });
    const { tag } = scanner!["image"] as { tag: string };
    assert.match(tag, /^0\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
    assert.doesNotMatch(tag, /^0\.69\.[456]@/);
  });

  it("turns the schedule into the age at which a report is made anew", () => {
    const ttl = (scanSchedule: string) => values({ scanSchedule })["operator"]!["scannerReportTTL"];
    assert.deepEqual([ttl("@every 6h"), ttl("@daily"), ttl("@weekly")], ["6h", "24h", "168h"]);
  });

  it("refuses a schedule that the operator has no way to keep", () => {
    for (const scanSchedule of ["0 3 * * *", "@every 90m", "@every 0h", "@every 169h", "@monthly"])
      assert.throws(() => planTrivy({ scanSchedule }), /scanSchedule/, scanSchedule);
  });

  it("makes only the reports that are asked for", () => {
    assertHas(values()["operator"], {
      vulnerabilityScannerEnabled: true,
      exposedSecretScannerEnabled: false,
      configAuditScannerEnabled: false,
      rbacAssessmentScannerEnabled: false,
      infraAssessmentScannerEnabled: false,
      clusterComplianceEnabled: false,
      sbomGenerationEnabled: false,
    });
    assert.deepEqual(values()["compliance"], { specs: [] });
    assertHas(values({ scanners: ["vulnerability", "sbom"] })["operator"], { sbomGenerationEnabled: true });
  });

  it("moves to the privileged namespace, and says so, only to read the nodes", () => {
    const contribution = planTrivy({ scanners: ["vulnerability", "infraAssessment"] });
    assert.equal(contribution.charts![0]!.namespace, "security-system");
    assert.match(contribution.warnings!.join(), /privileged namespace/);
    assert.deepEqual(planTrivy().warnings, []);
  });

  it("does not read the cluster's Secrets unless told to", () => {
    assertHas(values()["operator"], { accessGlobalSecretsAndServiceAccount: false });
    assert.match(planTrivy({ readPullSecrets: true }).warnings!.join(), /every Secret/);
  });

  it("takes images and databases from a mirror", () => {
    const mirrored = values(
      {},
      { global: { clusterName: "test", imageRegistry: "mirror.example:5000/all" } },
    );
    assertHas(mirrored["image"], {
      registry: "mirror.example:5000",
      repository: "all/aquasec/trivy-operator",
    });
    assertHas(mirrored["trivy"], {
      image: { registry: "mirror.example:5000" },
      dbRegistry: "mirror.example:5000/all",
      javaDbRegistry: "mirror.example:5000/all",
    });
    assertHas(mirrored["policiesBundle"], { registry: "mirror.example:5000/all" });
    assertHas(mirrored["nodeCollector"], { registry: "mirror.example:5000/all" });
  });

  it("asks for the fields that tell findings apart", () => {
    assertHas(values()["trivy"], { additionalVulnerabilityReportFields: "PackagePath,Target,Class" });
  });

  it("gets a cloud's credentials for private registries where it is told how", () => {
    const egressOf = (config: object) => {
      const policies = planTrivy(config).manifests.filter(
        (m) => m.kind === "NetworkPolicy",
      ) as NetworkPolicy[];
      return policies.map(({ spec }) => JSON.stringify(spec?.egress));
    };
    const role = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/scans" };
    assertHas(values({ serviceAccountAnnotations: role })["serviceAccount"], { annotations: role });
    assert.deepEqual(values()["serviceAccount"], { annotations: {} });
    for (const egress of egressOf({})) assert.doesNotMatch(egress, /169\.254|fd00:ec2/);

    const [operator, scans, reporter] = egressOf({ cloudCredentials: ["podIdentity"] });
    for (const egress of [operator!, scans!]) {
      assert.match(egress, /"169\.254\.170\.23\/32".*"port":80\b/);
      assert.doesNotMatch(egress, /169\.254\.169\.254/);
    }
    assert.doesNotMatch(reporter!, /169\.254/);
    const node = { cloudCredentials: ["instanceMetadata"] };
    assert.match(egressOf(node)[1]!, /"169\.254\.169\.254\/32"/);
    assert.match(planTrivy(node).warnings!.join(), /nodes' own credentials/);
    assert.deepEqual(planTrivy({ cloudCredentials: ["podIdentity"] }).warnings, []);
  });

  it("refuses an annotation that Kubernetes would refuse, and a source that is not known", () => {
    for (const key of ["", "a/b/c", "-x", "UPPER.example/x", "x/", "with space"])
      assert.throws(
        () => planTrivy({ serviceAccountAnnotations: { [key]: "v" } }),
        /serviceAccountAnnotations/,
        key,
      );
    assert.throws(() => planTrivy({ cloudCredentials: ["ecs"] }), /cloudCredentials/);
  });

  it("runs as the overrides say", () => {
    const override = {
      trivyOperator: {
        image: "registry.example/own/operator@sha256:".concat("a".repeat(64)),
        resources: { limits: { memory: "2Gi" } },
        nodeSelector: { pool: "security" },
        priorityClassName: "high",
      },
    };
    assertHas(values({}, { override }), {
      image: { registry: "registry.example", repository: "own/operator@sha256", tag: "a".repeat(64) },
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "300m", memory: "2Gi" } },
      nodeSelector: { "kubernetes.io/os": "linux", pool: "security" },
      priorityClassName: "high",
    });
  });

  it("takes every form of an image reference apart so that the chart puts it together again", () => {
    const digest = `sha256:${"b".repeat(64)}`;
    for (const reference of ["h/a:1", "h:5000/a/b:1", `h/a:1@${digest}`, `h:5000/a/b@${digest}`]) {
      const { registry, repository, tag } = chartImage(reference);
      assert.equal(`${registry}/${repository}:${tag}`, reference);
    }
  });

  it("gives the digest that a report names its scanner by the version of its pin, or none", () => {
    const [pinned, other] = ["b", "c"].map((letter) => `sha256:${letter.repeat(64)}`);
    for (const [reported, image, expected] of [
      [pinned, `h:5000/a/trivy:0.74.0@${pinned}`, "0.74.0"],
      [pinned, `h/a/trivy:0.74.0@${pinned}`, "0.74.0"],
      // Of the version before, until all is scanned anew.
      [other, `h/a/trivy:0.74.0@${pinned}`, undefined],
      [pinned, `h:5000/a/trivy@${pinned}`, undefined],
      [pinned, "h/a/trivy:0.74.0", undefined],
      [pinned, undefined, undefined],
      ["0.70.0", `h/a/trivy:0.74.0@${pinned}`, "0.70.0"],
      [undefined, `h/a/trivy:0.74.0@${pinned}`, undefined],
    ] as const)
      assert.equal(scannerVersion(reported, image), expected, `${reported} of ${image}`);
  });
});

describe("Trivy feature: the reporter", () => {
  it("never runs twice at once, and tries again by its schedule", () => {
    const { spec } = cronJob({ shipSchedule: "*/10 * * * *" });
    assertHas(spec, { schedule: "*/10 * * * *", concurrencyPolicy: "Forbid" });
    assertHas(spec.jobTemplate.spec, { backoffLimit: 0 });
  });

  it("is told what the config says", () => {
    const { env } = cronJob({ severityThreshold: "CRITICAL", scanSchedule: "@daily" });
    assert.deepEqual(env, {
      CLUSTER_NAME: "test",
      ELASTICSEARCH_URLS: "https://es.elastic.svc:9200",
      ELASTICSEARCH_INDEX: "security-vuln",
      ELASTICSEARCH_POSTURE_INDEX: "security-posture",
      SCANNERS: "vulnerability",
      ELASTICSEARCH_API_KEY_FILE: "/etc/elasticsearch-auth/api_key",
      ELASTICSEARCH_CA_FILE: "/etc/elasticsearch-ca/ca.crt",
      SEVERITY_THRESHOLD: "CRITICAL",
      SCANNER_IMAGE: imageReference(IMAGES.trivy),
      LISTS_REFRESH_HOURS: "12",
      LISTS_MAX_AGE_DAYS: "30",
      EPSS_HIGH: "0.1",
      CLOSE_AFTER_MINUTES: "1440",
    });
    assert.equal(cronJob({ closeAfterMinutes: 90 }).env["CLOSE_AFTER_MINUTES"], "90");
  });

  it("keeps Node's heap within the pod's memory", () => {
    assert.ok(cronJob().container.command?.includes("--max-old-space-size=153"));
  });

  it("reads its key from a Secret of its own, not the gateway's, and never from the plan", () => {
    const { pod } = cronJob();
    const secrets = pod.volumes!.map((volume) => volume.secret?.secretName).filter(Boolean);
    assert.deepEqual(secrets, ["trivy-reporter-api-key", "es-ca"]);
  });

  it("reads the lists of what is exploited from where it is told, and reaches no server of them else", () => {
    const egress = (config: object) => {
      const policies = planTrivy(config).manifests.filter(
        (m) => m.kind === "NetworkPolicy",
      ) as NetworkPolicy[];
      return policies[2]!.spec!.egress!;
    };
    assert.equal(egress({}).length, 2);
    const mirror = {
      kev: { url: "https://lists.mirror.svc:8443/kev.json", caSecretRef: { name: "mirror-ca" } },
    };
    assert.deepEqual(egress({ exploitation: mirror })[2]!.to, [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "mirror" } } },
    ]);
    const { env, pod } = cronJob({
      exploitation: {
        ...mirror,
        epss: { configMapRef: { name: "epss", key: "epss.csv.gz" } },
        highEpss: 0.5,
      },
    });
    assertHas(env, {
      KEV_URL: "https://lists.mirror.svc:8443/kev.json",
      KEV_CA_FILE: "/etc/exploitation/ca/mirror-ca/ca.crt",
      EPSS_FILE: "/etc/exploitation/files/epss/epss.csv.gz",
      EPSS_HIGH: "0.5",
    });
    const { volumeMounts } = pod.containers[0]!;
    const folders = volumeMounts!.filter(({ mountPath }) => mountPath.startsWith("/etc/exploitation"));
    assert.deepEqual(
      folders.map(({ name, mountPath, readOnly }) => [name, mountPath, readOnly]),
      [
        ["mirror-ca", "/etc/exploitation/ca/mirror-ca", true],
        ["file-epss", "/etc/exploitation/files/epss", true],
      ],
    );
    assertHas(pod.volumes!.find(({ name }) => name === "file-epss")!.configMap, {
      name: "epss",
      optional: true,
    });
  });

  it("refuses a list without a place, with two, and at an address without TLS", () => {
    const configMapRef = { name: "kev", key: "kev.json" };
    for (const kev of [
      {},
      { url: "https://kev.example/kev.json", configMapRef },
      { url: "http://kev.example/kev.json" },
      { url: "https://user:password@kev.example/kev.json" },
      { configMapRef, caSecretRef: { name: "ca" } },
    ])
      assert.throws(() => planTrivy({ exploitation: { kev } }), /exploitation\.kev/, JSON.stringify(kev));
  });

  it("may read the reports of the scanners that are on, who owns what and which images pods run, and nothing else", () => {
    const grants = (...scanners: string[]) => {
      const roles = planTrivy({ scanners }).manifests.filter(
        (manifest) => manifest.kind === "ClusterRole",
      ) as ClusterRole[];
      return roles.flatMap(({ rules }) =>
        rules!.flatMap(({ resources, verbs }) =>
          resources!.map((resource) => `${verbs.join(",")} ${resource}`),
        ),
      );
    };
    const owners = ["get replicasets", "get jobs"];
    assert.deepEqual(grants("vulnerability"), ["get,list vulnerabilityreports", "list pods", ...owners]);
    assert.deepEqual(grants("exposedSecret"), ["get,list exposedsecretreports", ...owners]);
    assert.deepEqual(grants("configAudit", "rbacAssessment", "infraAssessment"), [
      ...["configauditreports", "clusterconfigauditreports"].map((resource) => `get,list ${resource}`),
      ...["rbacassessmentreports", "clusterrbacassessmentreports"].map((resource) => `get,list ${resource}`),
      ...["infraassessmentreports", "clusterinfraassessmentreports"].map(
        (resource) => `get,list ${resource}`,
      ),
      ...owners,
    ]);
    assert.deepEqual(grants("rbacAssessment"), [
      "get,list rbacassessmentreports",
      "get,list clusterrbacassessmentreports",
    ]);
    assert.deepEqual(grants("sbom", "clusterCompliance"), []);
  });

  it("says which scanners bring it nothing", () => {
    const warnings = (...scanners: string[]) => planTrivy({ scanners }).warnings!.join("\n");
    assert.match(warnings("sbom"), /nothing to bring to Elasticsearch/);
    assert.doesNotMatch(warnings("exposedSecret"), /nothing to bring/);
    assert.match(warnings("vulnerability", "rbacAssessment"), /without .*configAudit.* rbacAssessment$/);
    assert.doesNotMatch(warnings("configAudit", "rbacAssessment"), /configAudit/);
  });

  it("reaches Elasticsearch where it is, and lets nothing in", () => {
    const policies = planTrivy().manifests.filter((m) => m.kind === "NetworkPolicy") as NetworkPolicy[];
    assert.deepEqual(
      policies.map(({ metadata }) => metadata?.name),
      ["trivy-operator", "trivy-scan-jobs", "trivy-reporter"],
    );
    for (const { spec } of policies) assert.deepEqual(spec?.ingress, []);
    const [, elasticsearch] = policies[2]!.spec!.egress!;
    assert.deepEqual(elasticsearch, {
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "elastic" } } }],
      ports: [{ protocol: "TCP" }],
    });
  });
});
