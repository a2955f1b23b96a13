import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Certificates, issueCertificates } from "../../../components/pipeline/certificates";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { findJavaHome } from "../../../tools/dev/toolchain/java";
import { type BrokerPorts, brokerProperties, CLUSTER_ID } from "./broker-properties";
import { KafkaShell, QUICK_JAVA } from "./kafka-shell";

const START_TIMEOUT_MS = 90_000;

export interface Offsets {
  begin: number;
  end: number;
  /** Of the group; -1 for nothing. */
  committed: number;
}

/** A real Kafka as processes of this machine: TLS, passwords and ACLs on, its files in one temporary folder. */
export class KafkaBrokers {
  private readonly running = new Map<number, ChildProcess>();
  private shell: KafkaShell | undefined;
  private readonly onExit = () => {
    for (const child of this.running.values()) child.kill("SIGKILL");
    this.shell?.end();
    rmSync(this.folder, { recursive: true, force: true });
  };

  private constructor(
    private readonly java: string,
    private readonly jars: string,
    readonly folder: string,
    readonly certificates: Certificates,
    private readonly ports: readonly BrokerPorts[],
  ) {
    process.once("exit", this.onExit);
  }

  /** @param count Brokers, each a controller too. */
  static async start(count = 1): Promise<KafkaBrokers> {
    const [{ kafka }, home, free] = await Promise.all([
      ensureTools(["kafka"]),
      findJavaHome(),
      freePorts(4 * count),
    ]);
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 2 });
    const ports = Array.from({ length: count }, (_, i) => ({
      controller: free[4 * i]!,
      admin: free[4 * i + 1]!,
      sasl: free[4 * i + 2]!,
      tls: free[4 * i + 3]!,
    }));
    const folder = mkdtempSync(join(tmpdir(), "security-stack-kafka-"));
    const brokers = new KafkaBrokers(
      join(home, "bin", "java"),
      join(kafka, "*"),
      folder,
      certificates,
      ports,
    );
    try {
      await Promise.all(ports.map((_, id) => brokers.format(id)));
      await Promise.all(ports.map((_, id) => brokers.launch(id)));
      return brokers;
    } catch (error) {
      await brokers.stop();
      throw error;
    }
  }

  /** Listener for clients with a password. */
  get saslBrokers(): string[] {
    return this.ports.map(({ sasl }) => `localhost:${sasl}`);
  }

  /** Listener for clients with a certificate, whose subject is their name. */
  get tlsBrokers(): string[] {
    return this.ports.map(({ tls }) => `localhost:${tls}`);
  }

  /** Starts a broker, again after {@link kill}, with the data that it had; resolves when it takes connections. */
  async launch(id = 0): Promise<void> {
    const child = spawn(
      this.java,
      [...QUICK_JAVA, "-Xmx384m", "-cp", this.jars, "kafka.Kafka", this.file(id, "properties")],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const log = createWriteStream(this.file(id, "log"), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.running.set(id, child);
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await listens(this.ports[id]!.sasl))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`Kafka did not start:\n${readFileSync(this.file(id, "log"), "utf8").slice(-4000)}`);
      await sleep(100);
    }
  }

  async kill(id = 0): Promise<void> {
    const child = this.running.get(id);
    if (!child || child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    this.running.delete(id);
  }

  async stop(): Promise<void> {
    this.shell?.end();
    await Promise.all([...this.running.keys()].map((id) => this.kill(id)));
    process.removeListener("exit", this.onExit);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** What a topic is made with; the defaults are those of the tests. */
  createTopic(topic: string, partitions: number, config: Record<string, string> = {}): Promise<unknown> {
    const replicas = this.ports.length;
    return this.run({ do: "create-topic", topic, partitions, replicas, config });
  }

  /** Makes a user, or gives it another password. */
  setUser(user: string, password: string): Promise<unknown> {
    return this.run({ do: "set-user", user, password });
  }

  allow(
    principal: string,
    resource: "TOPIC" | "GROUP",
    name: string,
    operations: readonly string[],
  ): Promise<unknown> {
    return this.run({ do: "allow", principal, resource, name, operations });
  }

  /** By partition. */
  async offsets(topic: string, group: string): Promise<Offsets[]> {
    return Object.values((await this.run({ do: "offsets", topic, group })) as Record<string, Offsets>);
  }

  /** Records that the group has not committed yet. */
  async lag(topic: string, group: string): Promise<number> {
    const all = await this.offsets(topic, group);
    return all.reduce((sum, { begin, end, committed }) => sum + end - Math.max(begin, committed), 0);
  }

  /** Values of all records of a topic. */
  async texts(topic: string): Promise<string[]> {
    return (await this.run({ do: "texts", topic })) as string[];
  }

  /** Of each partition. */
  async leaders(topic: string): Promise<number[]> {
    return (await this.run({ do: "leaders", topic })) as number[];
  }

  /** @param replicas The first leads then. */
  moveLeader(topic: string, partition: number, replicas: readonly number[]): Promise<unknown> {
    return this.run({ do: "move-leader", topic, partition, replicas });
  }

  /** Properties of Kafka's own client for a user with a password. */
  clientOf(user: string, password: string): Record<string, string> {
    const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
    const module = "org.apache.kafka.common.security.scram.ScramLoginModule";
    return {
      "bootstrap.servers": this.saslBrokers.join(","),
      "security.protocol": "SASL_SSL",
      "sasl.mechanism": "SCRAM-SHA-512",
      "sasl.jaas.config": `${module} required username=${quoted(user)} password=${quoted(password)};`,
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": join(this.folder, "ca.pem"),
      "max.block.ms": "5000",
      "delivery.timeout.ms": "5000",
      "request.timeout.ms": "3000",
      "linger.ms": "0",
    };
  }

  /** A command of KafkaShell.java. @throws Error with Kafka's word for what is wrong */
  async run(command: object): Promise<unknown> {
    this.shell ??= KafkaShell.start(
      this.java,
      this.jars,
      this.ports.map(({ admin }) => `localhost:${admin}`).join(","),
    );
    return this.shell.run(command);
  }

  private async format(id: number): Promise<void> {
    const { certificates } = this;
    mkdirSync(join(this.folder, `data-${id}`), { recursive: true });
    writeFileSync(join(this.folder, "ca.pem"), certificates.caCertificate);
    const keystore = `${certificates.serverKey}\n${certificates.serverCertificate}\n`;
    writeFileSync(join(this.folder, "server.pem"), keystore, { mode: 0o600 });
    writeFileSync(this.file(id, "properties"), brokerProperties(id, this.ports, this.folder));
    const args = ["-cp", this.jars, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"];
    const child = spawn(this.java, [...QUICK_JAVA, ...args, this.file(id, "properties")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data) => {
        output += data;
      });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`Kafka's storage could not be formatted:\n${output.slice(-2000)}`);
  }

  private file(id: number, kind: "properties" | "log"): string {
    return join(this.folder, `broker-${id}.${kind}`);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "localhost" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
