import { SCENARIO_IMAGES } from "../../../components/core/tables/pins";
import { apiKey } from "../../../components/node-program/http-client";
import { NO_LISTS } from "../../../components/trivy/exploitation/exploitation";
import type { Rating } from "../../../components/trivy/exploitation/priority";
import { collectFindings, findingDocument } from "../../../components/trivy/reporter/findings";
import { Store } from "../../../components/trivy/reporter/findings-store";
import { RETRY_POLICY } from "../../../components/trivy/reporter/retry";
import type { Report, ReporterOptions, Subject } from "../../../components/trivy/reporter/types";
import { VULNERABILITY } from "../../../components/trivy/reporter/vulnerability-kind";
import { NAMESPACE } from "../../../scenarios/model/names";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { CLUSTER_NAME } from "../pipeline/rig";

const TARGET: Subject = {
  id: "target-nginx/nginx",
  namespace: NAMESPACE,
  workload: { kind: "Pod", name: "target-nginx" },
  container: "main",
};

/** What trivy-operator would report of the target's image, made by us in its shape; no real scan is in it. */
const REPORT: Report = {
  metadata: { name: "pod-target-nginx-main", namespace: NAMESPACE, resourceVersion: "1" },
  report: {
    registry: { server: "index.docker.io" },
    artifact: { repository: SCENARIO_IMAGES.target.repository, tag: SCENARIO_IMAGES.target.tag },
    scanner: { version: "0.74.0" },
    vulnerabilities: [
      ...[1, 2, 3].map((n) => finding(n, "CRITICAL", 8.6 + n / 5, n < 3 ? "1.2.4" : "")),
      ...[4, 5, 6, 7].map((n) => finding(n, "HIGH", 7.5, "1.2.4")),
    ],
  },
};

function finding(number: number, severity: string, score: number, fixedVersion: string) {
  const vulnerabilityID = `CVE-2099-${10_000 + number}`;
  const resource = `libexample${number}`;
  const primaryLink = `https://avd.aquasec.com/nvd/${vulnerabilityID.toLowerCase()}`;
  return { vulnerabilityID, resource, installedVersion: "1.2.3", fixedVersion, severity, score, primaryLink };
}

/** The first is known to be exploited. */
function ratingOf(number: number): Rating {
  const kev = number === 0;
  return { kev, epss: kev ? 0.944 : 0.002, inUse: true, priority: kev ? 5 : 2 };
}

/** Puts the findings of the target's image into the store as the reporter's own code makes and writes them. */
export async function writeFindings(server: ElasticsearchServer): Promise<void> {
  const now = new Date();
  const options: ReporterOptions = {
    scanners: ["vulnerability"],
    clusterName: CLUSTER_NAME,
    severityThreshold: "HIGH",
    closeAfterMs: 0,
    exploitation: NO_LISTS,
    now,
  };
  const { wanted } = collectFindings(VULNERABILITY, TARGET, [REPORT], options);
  const time = now.toISOString();
  const lines = [...wanted].map(
    ([id, finding], i) =>
      `${JSON.stringify({ index: { _id: id } })}\n${findingDocument(VULNERABILITY, id, finding, { now: time, firstSeen: time, rating: ratingOf(i) })}\n`,
  );
  const headers = { authorization: apiKey(server.reporterKey) };
  const store = new Store(
    [{ url: server.url, ca: server.caCertificate, headers }],
    INDICES.vulnerabilities,
    RETRY_POLICY,
  );
  try {
    const refused = (await store.bulk(Buffer.from(lines.join("")), true)).find(({ status }) => status >= 300);
    if (refused) throw new Error(`a finding was refused: ${refused.error?.reason}`);
  } finally {
    await store.close();
  }
}
