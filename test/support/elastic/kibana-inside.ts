import * as elasticstack from "@pulumi/elasticstack";
import * as pulumi from "@pulumi/pulumi";
import { type Connection, caFile } from "../../../components/elastic/connection";
import type { KibanaDashboardInputs } from "../../../components/elastic/dashboards/build";
import { ElasticsearchContents } from "../../../components/elastic/elasticsearch-contents";
import { asProviderInputs } from "./as-provider-inputs";

export interface KibanaInput {
  kibana: Connection & { endpoints: string[]; password: string; ca: string };
  dashboards: readonly KibanaDashboardInputs[];
  /** Registers them as the stack did while the Elastic provider made them. */
  former?: boolean;
}

/** Dashboards in the product's own component, with the real providers; nothing is asked of Elasticsearch. */
export function register(_provider: unknown, data: unknown): void {
  const { kibana, dashboards, former } = data as KibanaInput;
  const connection = { ...kibana, password: pulumi.secret(kibana.password) };
  if (former) {
    new FormerContents(connection, kibana.ca, dashboards);
    return;
  }
  const elasticsearch = { ...connection, endpoints: ["https://localhost:1"] };
  new ElasticsearchContents(
    "inside",
    {
      connections: { elasticsearch, kibana: connection, isOpen: true, patienceMs: 0 },
      objects: dashboards.map((inputs) => ({ type: "KibanaDashboard", name: inputs.dashboardId, inputs })),
      keys: [],
      generation: 1,
      preflight: false,
      namespace: "security-pipeline",
      component: "elastic",
    },
    {},
  );
}

class FormerContents extends pulumi.ComponentResource {
  constructor(
    { endpoints, username, password }: Connection,
    ca: string,
    dashboards: readonly KibanaDashboardInputs[],
  ) {
    super("security-stack:elastic:Inside", "inside");
    const user = { username, password };
    const opts = { parent: this, ignoreChanges: ["version"] };
    const elasticsearches = [{ ...user, endpoints: ["https://localhost:1"], caData: ca }];
    new elasticstack.Provider("elasticsearch", { elasticsearches }, opts);
    const kibanas = [{ ...user, endpoints, caCerts: [caFile(ca)] }];
    const provider = new elasticstack.Provider("kibana", { kibanas }, opts);
    for (const dashboard of dashboards)
      new elasticstack.KibanaDashboard(
        `KibanaDashboard/${dashboard.dashboardId}`,
        asProviderInputs(dashboard) as unknown as elasticstack.KibanaDashboardArgs,
        { parent: this, provider },
      );
  }
}
