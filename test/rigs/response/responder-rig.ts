import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitions } from "../../../components/cilium/definitions";
import { DENY_POLICY } from "../../../components/cilium/deny-policy";
import { parseConfig } from "../../../components/core/config/parse";
import type { DenyPolicy } from "../../../components/core/contract/contribution";
import { namespacesOf } from "../../../components/core/contract/namespaces";
import { plan } from "../../../components/core/plan/plan";
import { listPath } from "../../../components/kubernetes/cluster-objects";
import type { Manifest } from "../../../components/kubernetes/manifest";
import { buildProgram } from "../../../components/node-program/bundle";
import { bearer, HttpClient, type Target } from "../../../components/node-program/http-client";
import { FEATURES } from "../../../components/registry";
import { ordersOf, RESPONDER_SOURCE } from "../../../components/response/responder-deployment";
import { issueWebhook } from "../../../components/response/response-certificates";
import { CERTIFICATES, RESPONDER } from "../../../components/response/response-names";
import { responseSchema } from "../../../components/response/response-schema";
import { KubeApi } from "../../../tools/dev/cluster/api";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { AuditStub } from "./audit-stub";
import { Gate } from "./gate";
import { PodProcess } from "./process";

type Json = Record<string, unknown>;

const GLOBAL = { clusterName: "test" };
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CILIUM_POLICIES = `${DENY_POLICY.plural}.cilium.io`;
export const RESTRICTED = "security-pipeline";
export const RECORDS = "security-responses";

/** What the feature plans for a config, without what runs in pods. */
export function plannedObjects(config: Json, network: readonly Json[] = []): Manifest[] {
  const values = {
    global: { ...GLOBAL, restrictedNamespace: RESTRICTED },
    features: [
      ...network,
      { name: "falco" },
      { name: "otel_pipeline" },
      { name: "notifications" },
      { name: "response", config },
    ],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
  };
  const { features } = plan(parseConfig({ values, encrypted: [] }, FEATURES));
  return features
    .find(({ name }) => name === "response")!
    .contribution.manifests.filter(({ kind }) =>
      /^(ServiceAccount|Role|RoleBinding|Validating.*)$/.test(kind),
    );
}

/** A pod as an alert names it. */
export interface FoundPod {
  namespace: string;
  name: string;
  uid: string;
  /** When it was seen, now by default. */
  seen?: number;
  labels?: Record<string, string>;
}

/**
 * The responder as it is planned, in a process of this machine: its ServiceAccount's token, its rights and both policies on
 * a real API server, with a gate between the two.
 */
export class ResponderRig {
  private constructor(
    readonly folder: string,
    readonly api: KubeApi,
    readonly gate: Gate,
    readonly audit: AuditStub,
    readonly process: PodProcess,
    /** The webhook, as Alertmanager reaches it. */
    readonly webhook: Target,
    private readonly asResponder: Target,
    private readonly admin: Target,
    private readonly denyPolicies: readonly DenyPolicy[],
  ) {}

  /**
   * @param config Of the feature; it decides on rights and policies, and until `orders` on what is done.
   * @param hasCilium As if Cilium were the network: its kind of policy is there, and nothing enforces it.
   */
  static async create(cluster: Cluster, config: Json, hasCilium = false): Promise<ResponderRig> {
    const admin = targetOfKubeconfig(cluster.kubeconfigPath);
    const api = new KubeApi(admin);
    const folder = mkdtempSync(join(tmpdir(), "security-stack-responder-"));
    for (const name of [RESTRICTED, RECORDS, ...responseSchema.parse(config).namespaces])
      await api.ensure("/api/v1/namespaces", { metadata: { name } });
    const network = hasCilium ? [{ name: "cilium" }] : [];
    const definition = definitions(false).find(({ metadata }) => metadata.name === CILIUM_POLICIES);
    if (hasCilium) await api.create(DEFINITIONS, definition!);
    for (const manifest of plannedObjects(config, network)) await api.create(listPath(manifest), manifest);
    const token = await api.create<{ status: { token: string } }>(
      `/api/v1/namespaces/${RESTRICTED}/serviceaccounts/${RESPONDER}/token`,
      { spec: { expirationSeconds: 7200 } },
    );
    const secret = await issueWebhook({ dnsNames: ["localhost"] });
    const of = (key: keyof typeof CERTIFICATES) => secret[CERTIFICATES[key]]!;
    const gate = await Gate.start(
      { cert: of("serverCertificate"), key: of("serverKey") },
      { url: admin.url, ca: admin.ca },
    );
    const audit = await AuditStub.start();
    const write = (file: string, text: string) => {
      mkdirSync(join(folder, file, ".."), { recursive: true });
      writeFileSync(join(folder, file), text, { mode: 0o600 });
      return join(folder, file);
    };
    const [port, healthPort] = await freePorts(2);
    write("account/ca.crt", of("ca"));
    write("account/token", token.status.token);
    const env = {
      CLUSTER_NAME: GLOBAL.clusterName,
      ELASTICSEARCH_URLS: audit.url,
      ELASTICSEARCH_API_KEY_FILE: write("api_key", "a2V5"),
      KUBERNETES_SERVICE_HOST: "localhost",
      KUBERNETES_SERVICE_PORT: String(gate.port),
      SERVICE_ACCOUNT_FOLDER: join(folder, "account"),
      RESPONSES_INDEX: "security-responses",
      ORDERS_FILE: write("orders.json", "{}"),
      WEBHOOK_PORT: String(port),
      WEBHOOK_CERTIFICATE_FILE: write("server.crt", of("serverCertificate")),
      WEBHOOK_KEY_FILE: write("server.key", of("serverKey")),
      WEBHOOK_CA_FILE: write("ca.crt", of("ca")),
      WEBHOOK_TOKEN_FILE: write("token", of("token")),
      HEALTH_PORT: String(healthPort),
      INTERVAL_MS: "200",
    };
    const health = new HttpClient({ url: `http://127.0.0.1:${healthPort}` }, { timeoutMs: 2_000 });
    const process_ = new PodProcess({
      program: process.execPath,
      args: [write("responder.js", buildProgram(RESPONDER_SOURCE))],
      env,
      logFile: join(folder, "responder.log"),
      isReady: async () => {
        const answer = await health.request({ method: "GET", path: "/healthy" }).catch(() => undefined);
        return answer?.status === 200;
      },
    });
    const webhook = {
      url: `https://localhost:${port}`,
      ca: of("ca"),
      cert: of("clientCertificate"),
      key: of("clientKey"),
      headers: { authorization: bearer(of("token")) },
    };
    const asResponder = {
      url: admin.url,
      ca: admin.ca,
      headers: { authorization: bearer(token.status.token) },
    };
    const rig = new ResponderRig(
      ...([folder, api, gate, audit, process_, webhook, asResponder, admin] as const),
      hasCilium ? [DENY_POLICY] : [],
    );
    rig.orders(config);
    return rig;
  }

  /** What it is to do from its next start on. */
  orders(config: Json): void {
    const global = { ...GLOBAL, namespace: "security-system", restrictedNamespace: RESTRICTED };
    const namespaces = namespacesOf(global as Parameters<typeof namespacesOf>[0]);
    const orders = ordersOf(responseSchema.parse(config), namespaces, this.denyPolicies);
    writeFileSync(join(this.folder, "orders.json"), JSON.stringify(orders));
  }

  /** Starts it anew with other orders. */
  async restart(config?: Json): Promise<void> {
    await this.process.end();
    if (config) this.orders(config);
    await this.process.start();
  }

  /** Posts an alert on each pod as Alertmanager does. @returns status and what was made of it */
  async post(
    pods: readonly FoundPod[],
    target: Target = this.webhook,
  ): Promise<{ status: number; body: string }> {
    const alerts = pods.map(({ namespace, name, uid, seen = Date.now(), labels }) => ({
      status: "firing",
      labels: {
        ...{ alertname: "security-severe-event", severity: "critical", rule: "Test", tool: "falco" },
        ...{ technique: "T1611", namespace, ...labels },
      },
      annotations: { pods: JSON.stringify([{ name, uid, seen: new Date(seen).toISOString() }]) },
    }));
    const client = new HttpClient(target, { timeoutMs: 20_000 });
    try {
      const body = JSON.stringify({ version: "4", status: "firing", alerts });
      return await client.request({ method: "POST", path: "/alerts", body });
    } finally {
      await client.close();
    }
  }

  /** The API server as it is to a user of this name. */
  as(user: string): KubeApi {
    return new KubeApi(this.targetOf(user));
  }

  targetOf(user: string): Target {
    return { ...this.admin, headers: { "impersonate-user": user } };
  }

  /** The API server as it is to the responder, by its token. */
  responder(): KubeApi {
    return new KubeApi(this.asResponder);
  }

  async destroy(): Promise<void> {
    await this.process.end();
    await Promise.all([this.gate.stop(), this.audit.stop(), this.api.close()]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
