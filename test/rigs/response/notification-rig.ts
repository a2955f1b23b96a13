import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "kubernetes-types/core/v1";
import { parse, stringify } from "yaml";
import { parseConfig } from "../../../components/core/config/parse";
import { plan } from "../../../components/core/plan/plan";
import type { Manifest } from "../../../components/kubernetes/manifest";
import { podSpecOf } from "../../../components/kubernetes/pod-spec";
import { apiKey, HttpClient, type Target } from "../../../components/node-program/http-client";
import { issue } from "../../../components/notifications/certificates";
import { FEATURES } from "../../../components/registry";
import { webhookSecret } from "../../../components/response/response-names";
import { freePorts } from "../../../tools/dev/cluster/ports";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { PodProcess } from "./process";
import { Receivers } from "./receivers";

const secretRef = (name: string) => ({ name });

const RESPONDER_RECEIVER = "security-stack-responder";

/** One of each kind. */
export const RECEIVERS = [
  { name: "chat", slack: { secretRef: secretRef("chat"), channel: "#security" } },
  { name: "topic", sns: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alerts" } },
  { name: "hook", webhook: { url: "https://hooks.example:8443/alerts", secretRef: secretRef("hook") } },
  { name: "pager", pagerduty: { secretRef: secretRef("pager") } },
  { name: "genie", opsgenie: { secretRef: secretRef("genie") } },
  { name: "teams", msteams: { secretRef: secretRef("teams") } },
];

export const TOKEN = "t0ken-of-the-webhook";

export const CONFIG = {
  receivers: RECEIVERS,
  groupWait: "1s",
  groupInterval: "2s",
  kibanaUrl: "https://kibana.example.com",
  awsCredentialsSecretRef: secretRef("aws"),
};

/** A responder that Alertmanager tells too: where it is, and the files of its Secret. */
export interface ToldProgram {
  url: string;
  secret: Readonly<Record<string, string>>;
}

/** What the feature plans, with sensors and pipeline beside it. */
export function plannedManifests(config: Record<string, unknown>, withResponder = false): Manifest[] {
  const names = ["falco", "tetragon", "osquery", "otel_pipeline"];
  const values = {
    global: { clusterName: "test" },
    features: [
      ...names.map((name) => ({ name })),
      { name: "notifications", config },
      ...(withResponder ? [{ name: "response" }] : []),
    ],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"], caSecretRef: secretRef("ca") } },
  };
  const { features } = plan(parseConfig({ values, encrypted: [] }, FEATURES));
  return features.find(({ name }) => name === "notifications")!.contribution.manifests;
}

/**
 * Alertmanager and the notifier as they are planned, in processes of this machine: their ConfigMaps, arguments and variables,
 * with folders and addresses that are here. A real Elasticsearch before them, and receivers of ours behind.
 */
export class NotificationRig {
  private constructor(
    readonly folder: string,
    readonly receivers: Receivers,
    readonly alertmanager: PodProcess,
    readonly notifier: PodProcess,
    /** Alertmanager, as who has a certificate reaches it. */
    readonly target: Target,
    readonly configFile: string,
    /** The alert rules, as the notifier has them. */
    readonly rulesFile: string,
  ) {}

  static async create(
    server: ElasticsearchServer,
    config: Record<string, unknown> = CONFIG,
    program?: ToldProgram,
  ): Promise<NotificationRig> {
    const { alertmanager } = await ensureTools(["alertmanager"]);
    const folder = mkdtempSync(join(tmpdir(), "security-stack-notifications-"));
    const receivers = await Receivers.start();
    const [port, healthPort] = await freePorts(2);
    const manifests = plannedManifests(config, program !== undefined);
    const local = (text: string) =>
      text.replaceAll(/(?<![\w.])\/(etc|opt|alertmanager)(?=\/|$)/gm, `${folder}/$1`);
    await writeSecrets(folder, receivers, server);
    for (const manifest of manifests)
      if (manifest.kind === "ConfigMap")
        for (const [file, text] of Object.entries(manifest.data ?? {}))
          write(
            folder,
            file.endsWith(".js") || file === "rules.json"
              ? `opt/notifier/${file}`
              : `etc/alertmanager/${file}`,
            file.endsWith(".js") ? text : local(text),
          );
    const configFile = join(folder, "etc", "alertmanager", "alertmanager.yml");
    toLocalReceivers(configFile, receivers, program?.url);
    for (const [key, text] of Object.entries(program?.secret ?? {}))
      write(folder, `etc/alertmanager-secrets/${webhookSecret(1)}/${key}`, text);
    const target: Target = {
      url: `https://localhost:${port}`,
      ca: read(folder, "ca.crt"),
      cert: read(folder, "client.crt"),
      key: read(folder, "client.key"),
    };
    const sender = containerOf(manifests, "StatefulSet");
    const asker = containerOf(manifests, "Deployment");
    return new NotificationRig(
      folder,
      receivers,
      new PodProcess({
        program: alertmanager,
        args: sender.args!.map((arg) =>
          local(arg).replace(":9093", `127.0.0.1:${port}`).replace("=/alertmanager", `=${folder}/state`),
        ),
        env: Object.fromEntries(sender.env!.map(({ name, value }) => [name, local(value!)])),
        logFile: join(folder, "alertmanager.log"),
        isReady: () => answers(target, "/-/ready"),
      }),
      new PodProcess({
        program: process.execPath,
        args: asker.command!.slice(1).map(local),
        env: {
          ...Object.fromEntries(asker.env!.map(({ name, value }) => [name, local(value!)])),
          ELASTICSEARCH_URLS: server.url,
          ALERTMANAGER_URL: target.url,
          INTERVAL_SECONDS: "1",
          HEALTH_PORT: String(healthPort),
        },
        logFile: join(folder, "notifier.log"),
        isReady: () => answers({ url: `http://127.0.0.1:${healthPort}` }, "/healthy"),
      }),
      target,
      configFile,
      join(folder, "opt", "notifier", "rules.json"),
    );
  }

  async start(): Promise<void> {
    await this.alertmanager.start();
    await this.notifier.start();
  }

  /** Passes of the notifier that went well. */
  passes(): number {
    return this.notifier
      .log()
      .split("\n")
      .filter((line) => line.includes('"message":"pass"') && line.includes('"info"')).length;
  }

  async destroy(): Promise<void> {
    await this.notifier.end();
    await this.alertmanager.end();
    await this.receivers.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The server with the rights of the notifier. */
export function readerTarget({ url, caCertificate: ca, readerKey }: ElasticsearchServer): Target {
  return { url, ca, headers: { authorization: apiKey(readerKey) } };
}

function containerOf(manifests: readonly Manifest[], kind: Manifest["kind"]): Container {
  return podSpecOf(manifests.find((manifest) => manifest.kind === kind)!)!.containers[0]!;
}

async function answers(target: Target, path: string): Promise<boolean> {
  const client = new HttpClient(target, { timeoutMs: 2_000 });
  try {
    return (await client.request({ method: "GET", path })).status === 200;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

async function writeSecrets(
  folder: string,
  receivers: Receivers,
  server: ElasticsearchServer,
): Promise<void> {
  const certificates = await issue({ dnsNames: ["localhost"] });
  for (const [file, text] of Object.entries(certificates))
    write(folder, `etc/alertmanager-tls/${file}`, text);
  write(folder, "etc/elasticsearch-auth/api_key", server.readerKey);
  write(folder, "etc/elasticsearch-ca/ca.crt", server.caCertificate);
  const secret = (name: string, key: string, text: string) =>
    write(folder, `etc/alertmanager-secrets/${name}/${key}`, text);
  secret("chat", "url", receivers.url("chat"));
  secret("hook", "token", TOKEN);
  secret("pager", "routing_key", "r".repeat(32));
  secret("genie", "api_key", "g".repeat(36));
  secret("teams", "url", receivers.url("teams"));
  write(
    folder,
    "etc/alertmanager-aws/credentials",
    "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n",
  );
}

/** The services' own addresses, which the configuration has in clear or by default, led to this machine. */
function toLocalReceivers(file: string, receivers: Receivers, program: string | undefined): void {
  const config = parse(readFileSync(file, "utf8"), { maxAliasCount: -1 });
  const ADDRESS: Record<string, string> = {
    webhook_configs: "url",
    sns_configs: "api_url",
    pagerduty_configs: "url",
    opsgenie_configs: "api_url",
  };
  for (const { name, ...kinds } of config.receivers)
    for (const [kind, [settings]] of Object.entries(kinds) as [string, Record<string, unknown>[]][])
      if (ADDRESS[kind])
        settings![ADDRESS[kind]] = name === RESPONDER_RECEIVER ? program : `${receivers.url(name)}/`;
  // In place of a minute.
  for (const route of config.route.routes)
    if (route.receiver === RESPONDER_RECEIVER)
      Object.assign(route, { group_interval: "1s", repeat_interval: "1s" });
  writeFileSync(file, stringify(config));
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text, { mode: 0o600 });
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, "etc", "alertmanager-tls", file), "utf8");
}
