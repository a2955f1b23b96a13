import assert from "node:assert/strict";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import type { VulnerabilityReport } from "../../components/trivy/reporter/types";
import { archiveOf } from "../../tools/dev/node/image-store";
import { parseReference } from "../../tools/dev/node/images";
import { standInFor } from "../../tools/dev/node/stand-ins";
import { withClient } from "../../tools/dev/node/store-keys";
import { type KnownVulnerability, pullFromRegistry, startImageRegistry } from "../rigs/node/image-registry";
import type { StoredFinding } from "../rigs/trivy/trivy-store";
import { Deployment } from "../support/stack/deployment";
import { areReady, podsOnNode } from "../support/stack/node-pods";
import { until } from "../support/stack/objects";

const NAMESPACE = "security-pipeline";
const SHOP = "shop";
const WORKLOAD = "checkout";
const REPOSITORY = "shop/checkout";
const REPORTS = `/apis/aquasecurity.github.io/v1alpha1/namespaces/${SHOP}/vulnerabilityreports`;

const CRITICAL = "CVE-2099-1001";
const LOW = "CVE-2099-1002";
// The image has Debian's curl, of some version that begins with 7.88.1.
const VULNERABILITIES = [
  ofCurl(CRITICAL, "99.0-1", 4),
  ofCurl(LOW, "99.0-1", 1),
  ofCurl("CVE-2099-1003", "7.0-1", 4),
];
/** Both packages that Debian builds from curl's source and the image has. */
const PACKAGES = ["curl", "libcurl4"];

// Trivy, its operator and the reporter are real, and so are the image and its packages. The registry and what is known of
// vulnerabilities are the tests' own: Trivy's database is in no registry of packages.
describe("Trivy's scan of a workload's image on a real node", function () {
  this.timeout(900_000);
  let deployment: Deployment;
  let failed: string | undefined;
  let registry: string;

  before(async () => {
    deployment = await Deployment.start({ name: "test-node-vuln", asConfigured: true, realNode: true });
    registry = await startImageRegistry(deployment.cluster, {
      images: { [`${REPOSITORY}:1`]: await imageOnDebian() },
      vulnerabilities: VULNERABILITIES,
    });
    await pullFromRegistry(deployment.cluster, `${registry}/${REPOSITORY}:1`);
    deployment.configure({
      toggle: { falco: false, tetragon: false, osquery: false, trivy: true },
      features: [
        { name: "otel_pipeline", config: { gatewayReplicas: 1 } },
        {
          name: "trivy",
          config: { targetNamespaces: [SHOP], databaseRegistry: registry, shipSchedule: "* * * * *" },
        },
      ],
      output: { elasticsearch: { managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } } } },
    });
  });
  after(() => deployment?.stop());

  beforeEach(() => assert.equal(failed, undefined, "is not run: a test before it failed"));
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = this.currentTest.title;
  });

  it("finds what the database knows of the image's packages, and nothing that is fixed in them", async () => {
    await deployment.api.create("/api/v1/namespaces", { metadata: { name: SHOP } });
    await deployment.run("up");
    await until("every pod", () => podsOnNode(deployment), areReady, 300_000);
    await deployment.api.create(`/apis/apps/v1/namespaces/${SHOP}/deployments`, checkout());
    const found = await until("a report", reports, ({ length }) => length > 0, 300_000);
    const { report } = found[0]!;
    assert.deepEqual(report.artifact, { ...report.artifact, repository: REPOSITORY, tag: "1" });
    const listed = report.vulnerabilities!.map(({ vulnerabilityID, resource }) => [
      vulnerabilityID,
      resource,
    ]);
    const known = [CRITICAL, LOW].flatMap((id) => PACKAGES.map((name) => [id, name]));
    assert.deepEqual(listed.sort(), known);
  });

  it("brings those from the threshold on to Elasticsearch by the reporter's CronJob", async () => {
    const hits = await until("the findings", findings, ({ length }) => length > 0, 240_000);
    const documents = hits.map(({ _source }) => _source as unknown as StoredFinding["_source"]);
    for (const { kubernetes, workload, container, vulnerability, "@timestamp": time } of documents) {
      assert.ok(time);
      assert.deepEqual(
        [kubernetes.namespace, workload, container.image.name, container.image.tag],
        [SHOP, { kind: "Deployment", name: WORKLOAD }, `${registry}/${REPOSITORY}`, "1"],
      );
      const { id, severity, state } = vulnerability;
      assert.deepEqual([id, severity, state], [CRITICAL, "CRITICAL", "open"]);
    }
    assert.deepEqual(documents.map(({ vulnerability }) => vulnerability.resource).sort(), PACKAGES);
  });

  function findings() {
    return withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, (client) =>
      client.search("security-vuln", { exists: { field: "vulnerability.id" } }),
    );
  }

  async function reports(): Promise<VulnerabilityReport[]> {
    return (await deployment.api.get<{ items: VulnerabilityReport[] }>(REPORTS)).items;
  }

  function checkout(): object {
    const labels = { app: WORKLOAD };
    const container = { name: "app", image: `${registry}/${REPOSITORY}:1`, command: ["sleep", "infinity"] };
    return {
      metadata: { name: WORKLOAD },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    };
  }
});

/** @param severity from 1, which is LOW, to 4 */
function ofCurl(id: string, fixedVersion: string, severity: number): KnownVulnerability {
  return {
    ...{ id, platform: "debian 12", package: "curl", fixedVersion },
    details: {
      Title: "curl: made up by the tests",
      VendorSeverity: { nvd: severity },
      CVSS: { nvd: { V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", V3Score: 9.8 } },
      References: [`https://security-tracker.debian.org/tracker/${id}`],
      PublishedDate: "2026-11-01T00:00:00Z",
      LastModifiedDate: "2026-11-02T00:00:00Z",
    },
  };
}

/** An archive of the stand-in for the reporter's image, which the node has anyway: Debian with curl among its packages. */
function imageOnDebian(): Promise<string> {
  const reference = imageReference(IMAGES.node);
  return archiveOf(parseReference(reference).tagged, standInFor(reference)!);
}
