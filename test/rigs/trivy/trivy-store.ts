import * as fs from "node:fs";
import { registryFacts } from "../../../components/core/plan/registry-facts";
import { indexTemplates } from "../../../components/documents/index-templates";
import { apiKey, type Target } from "../../../components/node-program/http-client";
import { FEATURES } from "../../../components/registry";
import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";

export interface StoredFinding {
  _id: string;
  _version: number;
  _source: {
    "@timestamp": string;
    event: { action: string; severity: number; dataset: string; id: string };
    labels: { security_tool: string };
    kubernetes: { namespace: string };
    workload: { kind: string; name: string };
    container: { name: string; image: { name: string; tag: string } };
    vulnerability: {
      id: string;
      severity: string;
      resource: string;
      target?: string;
      report_id: string;
      state: string;
      firstSeen: string;
      closedAt?: string;
      closedReason?: string;
    };
  };
}

/** A failed check, or a secret in an image. */
export interface StoredPosture {
  _id: string;
  _version: number;
  _source: {
    "@timestamp": string;
    event: { action: string; severity: number; dataset: string; id: string };
    kubernetes?: { namespace: string };
    orchestrator: { resource: { name: string; type: string }; namespace?: string };
    container?: { name: string | string[]; image?: { name: string; tag: string } };
    rule: { id: string; name: string };
    file?: { path: string };
    finding: {
      severity: string;
      state: string;
      firstSeen: string;
      closedAt?: string;
      closedReason?: string;
    };
  };
}

/** An index for one test in a real Elasticsearch, with the stack's templates; its name begins `security-vuln-` or `security-posture-`. */
export class TestIndex {
  private constructor(
    private readonly server: ElasticsearchServer,
    readonly name: string,
  ) {}

  /** @param mappings Fields that the test wants otherwise than the stack has them. */
  static async create(server: ElasticsearchServer, name: string, mappings?: Record<string, object>) {
    const index = new TestIndex(server, name);
    await index.putTemplates();
    // Else the reporter's first document makes it, as in a cluster.
    if (mappings) await index.client.must("PUT", `/${name}`, { mappings: { properties: mappings } });
    return index;
  }

  get client(): ElasticsearchClient {
    return this.server.client;
  }

  /** The way to it with the rights of the reporter. */
  get target(): Target {
    const { url, caFile, reporterKey } = this.server;
    const headers = { authorization: apiKey(reporterKey) };
    return { url, ca: fs.readFileSync(caFile, "utf8"), headers };
  }

  private async putTemplates(): Promise<void> {
    const { component, indices } = indexTemplates(INDICES, registryFacts(FEATURES).documents);
    await this.client.must("PUT", `/_component_template/${component.name}`, component.body);
    for (const { name, body } of indices)
      if (name === INDICES.vulnerabilities || name === INDICES.posture)
        await this.client.must("PUT", `/_index_template/${name}`, body);
  }

  async remove(): Promise<void> {
    await this.client.must("DELETE", `/${this.name}?ignore_unavailable=true`);
  }

  async changeSettings(settings: object): Promise<void> {
    await this.client.must("PUT", `/${this.name}/_settings`, settings);
  }

  /** Findings by CVE and package, in any state. */
  async findings(): Promise<StoredFinding[]> {
    const { hits } = await this.search<{ hits: { hits: StoredFinding[] } }>({
      size: 10_000,
      version: true,
      query: FINDINGS,
      sort: ["vulnerability.id", "vulnerability.resource"],
    });
    return hits.hits;
  }

  /** Findings that are no vulnerabilities, in any state. */
  async posture(): Promise<StoredPosture[]> {
    const { hits } = await this.search<{ hits: { hits: StoredPosture[] } }>({
      size: 10_000,
      version: true,
      query: { exists: { field: "finding.state" } },
      sort: ["event.id"],
    });
    return hits.hits;
  }

  /** How many findings are in each state; none while there is no index. */
  async states(): Promise<Record<string, number>> {
    const { aggregations } = await this.search<{
      aggregations?: { states: { buckets: { key: string; doc_count: number }[] } };
    }>({ size: 0, query: FINDINGS, aggs: { states: { terms: { field: "vulnerability.state" } } } });
    return Object.fromEntries(
      (aggregations?.states.buckets ?? []).map(({ key, doc_count }) => [key, doc_count]),
    );
  }

  /** Operations that have written to it so far. */
  async operations(): Promise<number> {
    const stats = (await this.client.must("GET", `/${this.name}/_stats/indexing`)) as {
      _all?: { primaries: { indexing: { index_total: number } } };
    };
    return stats._all!.primaries.indexing.index_total;
  }

  /** A search that sees all that is written by now. */
  async search<T>(body: object): Promise<T> {
    await this.client.must("POST", `/${this.name}/_refresh?ignore_unavailable=true`);
    return (await this.client.must("POST", `/${this.name}/_search?ignore_unavailable=true`, body)) as T;
  }
}

const FINDINGS = { term: { "event.dataset": "trivy.vulnerability" } };
