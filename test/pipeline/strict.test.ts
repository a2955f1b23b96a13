import assert from "node:assert/strict";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig } from "../../components/core/config/parse";
import { type Plan, plan } from "../../components/core/plan/plan";
import { checkStored } from "../../components/elastic/preflight/before-update";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../rigs/test-server";
import { rawConfig } from "../support/stack/config";

const STRICT = { namespaces: ["shop", "lab"], mtls: { namespaces: { shop: "STRICT" } } };
const SCRAPED = {
  ...{ reason: "scraped from outside of the mesh", owner: "platform", until: "2030-01-31" },
  ...{ namespace: "shop", labels: { app: "web" }, port: 9090 },
};
const CALLER = { namespace: "legacy", workload: "batch-0" };

interface Seen {
  namespace?: string;
  port?: number;
  hoursAgo?: number;
  action?: string;
  from?: { namespace: string; workload: string } | undefined;
}

describe("STRICT, while the store has connections in clear", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let warnings: string[];

  before(async () => {
    server = await emptyElasticsearch();
  });
  beforeEach(async () => {
    warnings = [];
    await server.client.request("DELETE", `/${INDICES.mesh}?ignore_unavailable=true`);
  });

  async function store(...connections: Seen[]): Promise<void> {
    for (const {
      namespace = "shop",
      port = 8080,
      hoursAgo = 1,
      action = "plaintext-seen",
      ...more
    } of connections) {
      const from = "from" in more ? more.from : CALLER;
      await server.client.must("POST", `/${INDICES.mesh}/_doc?refresh=true`, {
        "@timestamp": new Date(Date.now() - hoursAgo * 3_600_000).toISOString(),
        event: { action, severity: 2 },
        kubernetes: { namespace },
        source: { ip: "10.244.3.4" },
        destination: { port },
        istio: { source: from },
      });
    }
  }

  function planned(config: object, exceptions: object[] = [], username = server.superuser.user): Plan {
    const objects = { enabled: true, username, password: "secret", caCertificate: server.caCertificate };
    const raw = rawConfig(
      `global: {clusterName: dev}
output: {elasticsearch: {endpoints: ["${server.url}"], objects: ${JSON.stringify(objects)}}}
features: ${JSON.stringify([
        { name: "otel_pipeline", enabled: true },
        { name: "falco", enabled: true },
        { name: "istio", enabled: true, config },
      ])}
exceptions: ${JSON.stringify(exceptions)}
`,
    );
    const encrypted = [["output", "elasticsearch", "objects", "password"]];
    return plan(parseConfig({ ...raw, encrypted }, FEATURES));
  }

  const check = (from: Plan, password = server.superuser.password) =>
    checkStored(from, { password: async () => password, warn: (line) => warnings.push(line) });

  async function refusal(from: Plan): Promise<string> {
    try {
      await check(from);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    return "";
  }

  it("is refused with the callers, their ports and what to do", async () => {
    await store({}, { hoursAgo: 23 }, { port: 9090, from: undefined });
    const message = await refusal(planned(STRICT));
    assert.match(message, /CFG023 security-stack:features\[2\]\.config\.mtls: /);
    assert.match(
      message,
      /- to shop port 8080 from legacy pod batch-0 address 10\.244\.3\.4: 2 times, last at 20/,
    );
    assert.match(message, /- to shop port 9090 address 10\.244\.3\.4: 1 times/);
    assert.match(
      message,
      /fix: {5}bring the callers into the mesh, or keep their port open by an entry of `exceptions`/,
    );
  });

  it("is taken where it was too long ago, refused already, elsewhere, or on a port that an exception keeps open", async () => {
    await store({ hoursAgo: 25 }, { action: "plaintext-refused" }, { namespace: "lab" }, { port: 9090 });
    assert.equal(await refusal(planned(STRICT, [SCRAPED])), "");
    assert.deepEqual(warnings, []);
    assert.match(await refusal(planned(STRICT)), /port 9090/);
    const patient = { ...STRICT, mtls: { ...STRICT.mtls, strictAfterHours: 48 } };
    assert.match(await refusal(planned(patient, [SCRAPED])), /port 8080/);
  });

  it("lists no more than twenty callers", async () => {
    await store(...Array.from({ length: 25 }, (_, i) => ({ port: 8000 + i })));
    const message = await refusal(planned(STRICT));
    assert.equal(message.match(/- to shop/g)?.length, 20);
    assert.match(message, /- and more/);
  });

  it("is not asked about where nothing is STRICT, or nobody wants it asked", async () => {
    await store({});
    const off = { ...STRICT, mtls: { ...STRICT.mtls, strictAfterHours: 0 } };
    for (const config of [{ namespaces: ["shop"] }, off]) assert.equal(await refusal(planned(config)), "");
    assert.deepEqual(warnings, []);
  });

  it("is taken with a word where there is no index yet, no right to look, or no Elasticsearch", async () => {
    assert.equal(await refusal(planned(STRICT)), "");
    assert.deepEqual(warnings, []);
    await check(planned(STRICT), "wrong");
    const away = planned(STRICT);
    await check(JSON.parse(JSON.stringify(away).replaceAll(server.url, "https://localhost:1")) as Plan);
    assert.equal(warnings.length, 2);
    assert.match(
      warnings[0]!,
      /is not known, and STRICT refuses it: Elasticsearch answered 401 to a search of security-mesh/,
    );
    assert.match(warnings[1]!, /can't be reached \(ECONNREFUSED\)/);
  });

  it("is taken with a word by a stack whose Elasticsearch the program has no user in", async () => {
    const from = planned(STRICT);
    const features = from.features.filter(({ name }) => name !== "elastic");
    await check({ ...from, features });
    assert.match(warnings.join("\n"), /the program has no user in Elasticsearch/);
  });
});
