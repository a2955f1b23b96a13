import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificates } from "../../../components/pipeline/certificates";
import type { Collector } from "../pipeline/collector-process";
import type { KafkaBrokers } from "./brokers";
import { TOPIC } from "./kafka-rig";
import { OtlpReceiver } from "./otlp-receiver";
import { keepRunning, sinkCollector } from "./sink-rig";

const TOKEN = "dGhlIHRva2Vu";

/** A sink of its own beside the indexer, whose receiver is away until it is told to come back. */
export class AwaySink {
  private constructor(
    private readonly folder: string,
    private readonly kafka: KafkaBrokers,
    private readonly receiver: OtlpReceiver,
    private readonly collector: Collector,
    private readonly group: string,
  ) {}

  static async start(kafka: KafkaBrokers): Promise<AwaySink> {
    const folder = mkdtempSync(join(tmpdir(), "security-stack-away-sink-"));
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 2 });
    const receiver = await OtlpReceiver.create(folder, certificates, TOKEN);
    const { collector, group } = await sinkCollector({
      ...{ folder, kafka },
      output: {
        otlp: {
          name: "away",
          endpoint: receiver.url,
          auth: { secretRef: { name: "away" } },
          caSecretRef: { name: "away-ca" },
        },
      },
      secrets: { auth: { token: TOKEN }, ca: { "ca.crt": certificates.caCertificate } },
    });
    await collector.start();
    return new AwaySink(folder, kafka, receiver, collector, group);
  }

  receiverComesBack(): Promise<void> {
    return this.receiver.start();
  }

  /** Records that it has not committed. */
  async lag(): Promise<number> {
    await keepRunning(this.collector);
    return this.kafka.lag(TOPIC, this.group);
  }

  /** Documents that the receiver has, each once however often it came. */
  received(): Promise<number> {
    return this.receiver.distinct();
  }

  async destroy(): Promise<void> {
    await Promise.all([this.collector.end("SIGKILL"), this.receiver.end()]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
