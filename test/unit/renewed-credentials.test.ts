import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main as notify } from "../../components/notifications/notifier/notifier";
import { type Certificates, issueCertificates } from "../../components/pipeline/certificates";
import { main as respond } from "../../components/response/program/responder";

const PROGRAMS = { notifier: notify, responder: respond };

// `npm run rotate` and the next update remove the old API key; the kubelet puts the new one into the mounted Secret within a minute.
describe("a program that runs on, whose key for Elasticsearch is replaced", () => {
  let folder: string;
  let certificates: Certificates;
  const store = createServer((_, response) => void response.end("{}"));
  let url: string;

  before(async () => {
    certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
    await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  });
  after(() => store.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "security-stack-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** What both programs want; each leaves out what it does not know. */
  function environment(): NodeJS.ProcessEnv {
    const { caCertificate, serverCertificate, serverKey, clientCertificate, clientKey } = certificates;
    const orders = {
      ...{ rules: [], namespaces: [], ownNamespaces: [], exemptLabels: {}, denyPolicies: [] },
      ...{ recordsNamespace: "n", maxEventAgeMinutes: 1, approvalMinutes: 1 },
      budgets: { perHour: 1, workloadPercent: 1 },
    };
    put("token", "t");
    return {
      ELASTICSEARCH_URLS: url,
      ELASTICSEARCH_API_KEY_FILE: put("api_key", "old"),
      ELASTICSEARCH_CA_FILE: put("ca.crt", caCertificate),
      CLUSTER_NAME: "test",
      ALERTMANAGER_URL: url,
      ALERTMANAGER_CA_FILE: put("alertmanager-ca", caCertificate),
      ALERTMANAGER_CERTIFICATE_FILE: put("client.crt", clientCertificate),
      ALERTMANAGER_KEY_FILE: put("client.key", clientKey),
      RULES_FILE: put("rules.json", "[]"),
      HOLD_HOURS: "1",
      INTERVAL_SECONDS: "0.02",
      INTERVAL_MS: "20",
      HEALTH_PORT: "0",
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: "1",
      SERVICE_ACCOUNT_FOLDER: folder,
      RESPONSES_INDEX: "security-responses",
      ORDERS_FILE: put("orders.json", JSON.stringify(orders)),
      WEBHOOK_PORT: "0",
      WEBHOOK_CERTIFICATE_FILE: put("server.crt", serverCertificate),
      WEBHOOK_KEY_FILE: put("server.key", serverKey),
      WEBHOOK_CA_FILE: put("webhook-ca", caCertificate),
      WEBHOOK_TOKEN_FILE: put("webhook-token", "t"),
    };
  }

  for (const [name, main] of Object.entries(PROGRAMS))
    for (const file of ["api_key", "ca.crt"])
      it(`the ${name} ends when ${file} is another one, to be started again with it, and not before`, async () => {
        const stop = new AbortController();
        let ended: number | undefined;
        const run = main(environment(), stop.signal).then((code) => {
          ended = code;
        });
        try {
          await pause(200);
          assert.equal(ended, undefined);
          put(file, "new");
          await Promise.race([run, pause(10_000)]);
          assert.equal(ended, 0);
        } finally {
          stop.abort();
          await run;
        }
      });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
