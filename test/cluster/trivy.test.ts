import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { CronJob } from "kubernetes-types/batch/v1";
import { parse } from "yaml";
import { parseConfig } from "../../components/core/config/parse";
import type { Contribution } from "../../components/core/contract/contribution";
import { plan } from "../../components/core/plan/plan";
import { CHARTS, IMAGES } from "../../components/core/tables/pins";
import { trivy } from "../../components/trivy/trivy-feature";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { ReportCluster } from "../rigs/trivy/trivy-cluster";

const RESTRICTED = "security-pipeline";
const EVERYTHING = {
  scanners: ["vulnerability", "exposedSecret", "configAudit", "rbacAssessment", "infraAssessment", "sbom"],
  registryMirrors: { "docker.io": "mirror.example" },
  excludeNamespaces: ["kube-system"],
  excludeImages: ["registry.example/*"],
};

function planTrivy(config: object, global: object = {}): Contribution {
  const values = {
    global: { clusterName: "test", ...global },
    features: [{ name: "trivy", enabled: true, config }],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"], caSecretRef: { name: "es-ca" } } },
  };
  return plan(parseConfig({ values, encrypted: [] }, [trivy])).features[0]!.contribution;
}

describe("Trivy feature, against the official chart", function () {
  this.timeout(300_000);
  let chart: string;
  before(async () => {
    chart = (await ensureTools(["chart-trivy-operator"]))["chart-trivy-operator"];
  });

  const read = (file: string) => parse(fs.readFileSync(path.join(chart, file), "utf8"));

  it("pins the chart and the images that belong together", () => {
    const { version, appVersion } = read("Chart.yaml");
    assert.equal(version, CHARTS.trivyOperator.version);
    assert.equal(appVersion, IMAGES.trivyOperator.tag);
    assert.equal(read("values.yaml").trivy.image.tag, IMAGES.trivy.tag);
  });

  it("sets only values that the chart has, of the type that they have there", () => {
    const defaults = read("values.yaml");
    for (const [config, global] of [
      [{}, {}],
      [EVERYTHING, { imageRegistry: "mirror.example:5000" }],
    ]) {
      const { values } = planTrivy(config!, global).charts![0]!;
      for (const [place, value] of leaves(values)) {
        const known = place.reduce<unknown>(
          (node, key) => (node as Record<string, unknown>)?.[key],
          defaults,
        );
        assert.notEqual(known, undefined, `${place.join(".")} is not in the chart's values`);
        if (known !== null) assert.equal(kindOf(value), kindOf(known), place.join("."));
      }
    }
  });
});

describe("Trivy reporter, in a namespace of the level restricted", function () {
  this.timeout(400_000);
  let cluster: ReportCluster;
  before(async () => {
    cluster = await ReportCluster.start("trivy-restricted");
    await cluster.createNamespace(RESTRICTED, { "pod-security.kubernetes.io/enforce": "restricted" });
    await cluster.api.create(`/api/v1/namespaces/${RESTRICTED}/serviceaccounts`, {
      metadata: { name: "trivy-reporter" },
    });
  });
  after(() => cluster?.stop());

  const dryRun = (spec: object) =>
    cluster.api.create(`/api/v1/namespaces/${RESTRICTED}/pods?dryRun=All`, {
      metadata: { name: "pod" },
      spec,
    });

  it("may run its pods", async () => {
    const found = planTrivy({}).manifests.find(({ kind }) => kind === "CronJob") as CronJob;
    const { spec } = found.spec!.jobTemplate.spec!.template;
    await dryRun(spec!);
    // Else the check above shows nothing.
    await assert.rejects(dryRun({ ...spec, securityContext: {} }), /violates PodSecurity "restricted/);
  });

  it("leaves the operator's and the scans' pods within that level too", async () => {
    const { podSecurityContext, trivyOperator } = planTrivy({}).charts![0]!.values as Record<string, object>;
    const { scanJobPodTemplatePodSecurityContext } = trivyOperator as Record<string, object>;
    const { "chart-trivy-operator": chart } = await ensureTools(["chart-trivy-operator"]);
    const defaults = parse(fs.readFileSync(path.join(chart, "values.yaml"), "utf8"));
    for (const [podLevel, containerLevel] of [
      [podSecurityContext, defaults.securityContext],
      [
        scanJobPodTemplatePodSecurityContext,
        defaults.trivyOperator.scanJobPodTemplateContainerSecurityContext,
      ],
    ]) {
      const container = { name: "c", image: "registry.invalid/c:1", securityContext: containerLevel };
      await dryRun({
        securityContext: podLevel,
        serviceAccountName: "trivy-reporter",
        containers: [container],
      });
    }
  });
});

/** Every value below a map, with its path; the keys of maps that the chart leaves empty are the user's. */
function* leaves(value: object, place: string[] = []): Generator<[string[], unknown]> {
  for (const [key, child] of Object.entries(value)) {
    const at = [...place, key];
    if (isMap(child) && !FREE_MAPS.has(at.join("."))) yield* leaves(child, at);
    else yield [at, child];
  }
}

const FREE_MAPS = new Set([
  "resources",
  "nodeSelector",
  "podSecurityContext",
  "operator.labels",
  "operator.podLabels",
  "trivy.registry.mirror",
  "trivyOperator.scanJobNodeSelector",
  "trivyOperator.scanJobPodTemplatePodSecurityContext",
]);

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
