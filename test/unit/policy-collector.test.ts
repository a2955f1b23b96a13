import { collectorDebugExporter } from "../../policy-pack/policies/collector-debug-exporter";
import { collectorDelivery } from "../../policy-pack/policies/collector-delivery";
import { collectorDurability } from "../../policy-pack/policies/collector-durability";
import { collectorTls } from "../../policy-pack/policies/collector-tls";
import { container, fails, isNotChecked, passes, patched, pod, UNKNOWN } from "../support/policy/assertions";
import {
  type CollectorSettings,
  collectorConfigMap,
  collectorSettings,
  goodDaemonSet,
  goodDeployment,
  goodStatefulSet,
  object,
} from "../support/policy/policy-objects";

const map = (change?: (config: CollectorSettings) => void) => collectorConfigMap("gateway-config", change);
const unknownMap = object("v1", "ConfigMap", "gateway-config", { data: { "config.yaml": UNKNOWN } });
/** Texts that are no collector's config. */
const others = object("v1", "ConfigMap", "other", {
  data: {
    "prometheus.yaml": "receivers:\nroute: {}\n",
    "notes.txt": "exporters: none, receivers: none, service: none",
  },
});
const broken = object("v1", "ConfigMap", "c", { data: { x: "receivers:\nexporters: [\nservice: {}\n" } });

describe("policy collector-tls", () => {
  const policy = collectorTls;
  const TLS = ["receivers", "otlp", "protocols", "grpc", "tls"];

  it("passes verified TLS, loopback, and what is no collector's config", () => {
    passes(policy, [map(), others, goodDaemonSet()]);
    for (const endpoint of ["localhost:4317", "127.0.0.1:4317", "[::1]:4317"])
      passes(
        policy,
        map((config) => Object.assign(config.receivers.otlp.protocols, { grpc: { endpoint } })),
      );
    passes(
      policy,
      map((config) => Object.assign(config.exporters, { file: { path: "/x" }, debug: {} })),
    );
    passes(
      policy,
      map((config) =>
        Object.assign(config.exporters.elasticsearch, { endpoints: ["http://localhost:9200"] }),
      ),
    );
  });

  it("reads JSON as well", () => {
    const settings = collectorSettings();
    delete settings.receivers.otlp.protocols.grpc.tls;
    const json = object("v1", "ConfigMap", "c", { data: { "config.json": JSON.stringify(settings) } });
    fails(policy, json, /config.json, receivers.otlp.protocols.grpc/);
  });

  it("fails for a receiver without certificates of its own and of its clients", () => {
    for (const file of ["cert_file", "key_file", "client_ca_file"])
      fails(
        policy,
        map((config) => delete config.receivers.otlp.protocols.grpc.tls[file]),
        new RegExp(`config.yaml, receivers.otlp.protocols.grpc\n {2}found: {3}tls without ${file}\n`),
      );
    fails(
      policy,
      map((config) => delete config.receivers.otlp.protocols.grpc.tls),
      /tls without cert_file, key_file, client_ca_file/,
    );
    const http = map((config) =>
      Object.assign(config.receivers, { "otlp/two": { protocols: { http: { endpoint: "0.0.0.0:4318" } } } }),
    );
    fails(policy, http, /receivers.otlp\/two.protocols.http/);
    const jaeger = map((config) =>
      Object.assign(config.receivers, { jaeger: { protocols: { grpc: { endpoint: "0.0.0.0:14250" } } } }),
    );
    fails(policy, jaeger, /receivers.jaeger.protocols.grpc/);
    fails(
      policy,
      map((config) => Object.assign(config.receivers.otlp.protocols, { http: null })),
      /protocols.http/,
    );
  });

  it("asks for no client certificates where it is told so", () => {
    const config = { requireClientCertificates: false };
    passes(
      policy,
      map((c) => delete c.receivers.otlp.protocols.grpc.tls.client_ca_file),
      { config },
    );
  });

  it("fails for an exporter that does not verify or encrypt", () => {
    for (const setting of ["insecure", "insecure_skip_verify"])
      fails(
        policy,
        map((config) => Object.assign(config.exporters.otlp_grpc.tls, { [setting]: true })),
        new RegExp(`exporters.otlp_grpc\n {2}found: {3}tls.${setting}: true`),
      );
    fails(
      policy,
      map((config) =>
        Object.assign(config.exporters.elasticsearch, { endpoints: ["https://a", "http://b:9200"] }),
      ),
      /endpoint "http:\/\/b:9200"/,
    );
    fails(
      policy,
      map((config) => Object.assign(config.exporters.otlp_grpc, { endpoint: "http://b" })),
      /exporters.otlp_grpc/,
    );
  });

  it("fails for Kafka in clear, or that is not verified", () => {
    for (const section of ["receivers", "exporters"] as const) {
      const kafka = (tls: unknown) =>
        map((config) => Object.assign(config[section], { kafka: { brokers: ["kafka:9093"], tls } }));
      passes(policy, kafka({}));
      fails(policy, kafka(undefined), new RegExp(`${section}.kafka\n {2}found: {3}no tls`));
      fails(policy, kafka(true), /no tls/);
      fails(
        policy,
        kafka({ insecure: true }),
        new RegExp(`${section}.kafka\n {2}found: {3}tls.insecure: true`),
      );
      fails(policy, kafka({ insecure_skip_verify: true }), /tls.insecure_skip_verify: true/);
    }
  });

  it("fails for a config that can't be read, instead of passing it", () => {
    fails(policy, broken, /the policy could not read the resource/);
  });

  it("is not checked where the config is unknown", () => {
    isNotChecked(policy, unknownMap, /data\.config\.yaml/);
    passes(
      policy,
      map((config) => Object.assign(config.receivers, { file_log: { tls: TLS } })),
    );
  });
});

describe("policy collector-delivery", () => {
  const policy = collectorDelivery;
  const otlp = (change: (exporter: CollectorSettings) => void) =>
    map((config) => change(config.exporters.otlp_grpc));
  const store = (change: (exporter: CollectorSettings) => void) =>
    map((config) => change(config.exporters.elasticsearch));

  it("passes endless retries and queues on disk, and exporters that send nothing", () => {
    passes(policy, [map(), others, goodDaemonSet()]);
    passes(
      policy,
      map((config) => Object.assign(config.extensions, { health_check: {} })),
    );
    for (const endless of [0, "0", "0s"])
      passes(
        policy,
        otlp((exporter) => Object.assign(exporter.retry_on_failure, { max_elapsed_time: endless })),
      );
    passes(
      policy,
      map((config) => Object.assign(config.exporters, { debug: {}, "file/x": {}, nop: null })),
    );
  });

  it("fails for retries that end", () => {
    fails(
      policy,
      otlp((exporter) => delete exporter.retry_on_failure),
      /exporters.otlp_grpc\n {2}found: {3}retry_on_failure.max_elapsed_time: nothing/,
    );
    fails(
      policy,
      otlp((exporter) => Object.assign(exporter.retry_on_failure, { max_elapsed_time: "300s" })),
      /max_elapsed_time: "300s"/,
    );
    fails(
      policy,
      otlp((exporter) => Object.assign(exporter.retry_on_failure, { enabled: false })),
      /retry_on_failure.enabled: false/,
    );
    fails(
      policy,
      store((exporter) => Object.assign(exporter.retry, { max_retries: 3 })),
      /exporters.elasticsearch\n {2}found: {3}retry.max_retries: 3/,
    );
    fails(
      policy,
      store((exporter) => Object.assign(exporter.retry, { enabled: false })),
      /retry.enabled: false/,
    );
    fails(
      policy,
      store((exporter) => delete exporter.retry.max_retries),
      /retry.max_retries: nothing/,
    );
  });

  it("fails for a queue in memory, or with the storage of no extension", () => {
    fails(
      policy,
      otlp((exporter) => delete exporter.sending_queue),
      /sending_queue.storage: nothing/,
    );
    fails(
      policy,
      otlp((exporter) => Object.assign(exporter, { sending_queue: { storage: "other" } })),
      /storage: "other"/,
    );
    fails(
      policy,
      store((exporter) =>
        Object.assign(exporter, { sending_queue: { enabled: false, storage: "file_storage/queue" } }),
      ),
      /sending_queue.enabled: false/,
    );
  });

  it("passes a queue in memory that is waited for, where all comes from Kafka and is read again", () => {
    const marked = { message_marking: { after: true, on_error: false } };
    const behind = (receivers: object, queue: object = { wait_for_result: true }) =>
      map((config) => {
        Object.assign(config, { receivers });
        Object.assign(config.exporters.elasticsearch, { sending_queue: queue });
      });
    passes(policy, behind({ kafka: marked, "kafka/two": { message_marking: { after: true } } }));
    const inMemory = /exporters.elasticsearch\n {2}found: {3}sending_queue.storage: nothing/;
    fails(policy, behind({ kafka: marked }, {}), inMemory);
    fails(policy, behind({ kafka: marked, otlp: {} }), inMemory);
    fails(policy, behind({ kafka: {} }), inMemory);
    fails(policy, behind({ kafka: { message_marking: { after: true, on_error: true } } }), inMemory);
    fails(policy, behind({ otlp: marked }), inMemory);
    const none = /exporters.elasticsearch\n {2}found: {3}sending_queue.enabled: false/;
    passes(policy, behind({ kafka: marked }, { enabled: false }));
    fails(policy, behind({ kafka: {} }, { enabled: false }), none);
  });

  it("passes the same where a program of the pod gives back what came from Kafka", () => {
    const kafka = { message_marking: { after: true, on_error: false } };
    const at = (endpoint: string) => ({ protocols: { http: { endpoint } } });
    const behind = (receivers: object) =>
      map((config) => {
        Object.assign(config, { receivers });
        Object.assign(config.exporters.elasticsearch, { sending_queue: { wait_for_result: true } });
      });
    for (const address of ["127.0.0.1:4318", "localhost:4318", "[::1]:4318"])
      passes(policy, behind({ kafka, otlp: at(address) }));
    const inMemory = /sending_queue.storage: nothing/;
    fails(policy, behind({ kafka, otlp: at("0.0.0.0:4318") }), inMemory);
    fails(policy, behind({ kafka, otlp: at("127.0.0.1.example:4318") }), inMemory);
    fails(policy, behind({ kafka, otlp: at("my.localhost:4318") }), inMemory);
    fails(
      policy,
      behind({
        kafka,
        otlp: { protocols: { http: { endpoint: "127.0.0.1:1" }, grpc: { endpoint: "[${env:POD_IP}]:2" } } },
      }),
      inMemory,
    );
    fails(policy, behind({ kafka, otlp: { protocols: {} } }), inMemory);
    fails(policy, behind({ kafka, file_log: at("127.0.0.1:4318") }), inMemory);
    fails(policy, behind({ otlp: at("127.0.0.1:4318") }), inMemory);
  });

  it("fails for lines that one broker alone has", () => {
    const kafka = (producer: object | undefined) =>
      map((config) =>
        Object.assign(config.exporters, {
          kafka: {
            producer,
            retry_on_failure: { max_elapsed_time: 0 },
            sending_queue: { storage: "file_storage/queue" },
          },
        }),
      );
    passes(policy, kafka({ required_acks: "all" }));
    fails(policy, kafka({ required_acks: 1 }), /exporters.kafka\n {2}found: {3}producer.required_acks: 1/);
    fails(policy, kafka(undefined), /producer.required_acks: nothing/);
  });

  it("takes another number for endless", () => {
    const counted = store((exporter) => Object.assign(exporter.retry, { max_retries: 10 }));
    passes(policy, counted, { config: { endlessRetries: 10 } });
  });

  it("is not checked where the config is unknown", () =>
    isNotChecked(policy, unknownMap, /data\.config\.yaml/));
});

describe("policy collector-debug-exporter", () => {
  const policy = collectorDebugExporter;
  const using = (...exporters: string[]) =>
    map((config) => Object.assign(config.service.pipelines.logs, { exporters }));

  it("passes pipelines that deliver, also with a debug exporter that none uses", () => {
    passes(policy, [
      map(),
      others,
      goodDaemonSet(),
      map((config) => Object.assign(config.exporters, { debug: {} })),
    ]);
  });

  it("fails for a debug exporter in a pipeline", () => {
    fails(
      policy,
      using("otlp_grpc", "debug"),
      /config.yaml, service.pipelines\n {2}found: {3}exporter debug/,
    );
    fails(policy, using("debug/verbose"), /debug\/verbose/);
    fails(policy, using("logging"), /exporter logging/);
  });

  it("is not checked where the config is unknown", () =>
    isNotChecked(policy, unknownMap, /data\.config\.yaml/));
});

describe("policy collector-durability", () => {
  const policy = collectorDurability;
  /** A collector whose queue is on the volume of that name. */
  const gateway = (base: object, volume: string, replicas = 2) => {
    const configured = patched(base, pod("volumes"), [
      { name: "config", configMap: { name: "gateway-config" } },
      { name: "tmp", emptyDir: {} },
      { name: "claimed", persistentVolumeClaim: { claimName: "queue" } },
    ]);
    const mounts = [{ name: volume, mountPath: "/var/lib/otelcol" }];
    return patched(patched(configured, container("volumeMounts"), mounts), ["spec", "replicas"], replicas);
  };

  it("passes replicas with a queue on a claim, made by a template or before", () => {
    passes(policy, [gateway(goodStatefulSet(), "data"), map()]);
    passes(policy, [gateway(goodDeployment(), "claimed"), map()]);
    const exact = patched(
      gateway(goodStatefulSet(), "data"),
      container("volumeMounts", 0, "mountPath"),
      "/var/lib/otelcol/queue",
    );
    passes(policy, [exact, map()]);
  });

  it("is about collectors between the nodes and the store", () => {
    passes(policy, [gateway(goodDaemonSet(), "tmp"), map(), goodDeployment()]);
    passes(policy, [gateway(goodDeployment(), "tmp", 1), others]);
  });

  it("fails for too few replicas", () => {
    fails(policy, [gateway(goodStatefulSet(), "data", 1), map()], /1 replicas\n {2}allowed: at least 2/);
    passes(policy, [gateway(goodStatefulSet(), "data", 1), map()], { config: { minReplicas: 1 } });
  });

  it("wants no second one of what only its own pod sends to", () => {
    const listening = (protocols: object) =>
      map((config) => Object.assign(config, { receivers: { otlp: { protocols } } }));
    const one = gateway(goodStatefulSet(), "data", 1);
    passes(policy, [one, listening({ http: { endpoint: "127.0.0.1:4318" } })]);
    for (const protocols of [
      { http: { endpoint: "127.0.0.1:4318" }, grpc: { endpoint: "[${env:POD_IP}]:4317" } },
      { http: { endpoint: "0.0.0.0:4318" } },
      { http: {} },
      {},
    ])
      fails(policy, [one, listening(protocols)], /1 replicas/);
    const http = { endpoint: "127.0.0.1:4318" };
    const both = map((config) =>
      Object.assign(config, { receivers: { otlp: { protocols: { http } }, kafka: {} } }),
    );
    fails(policy, [one, both], /1 replicas/);
  });

  it("fails for a queue that goes with the pod", () => {
    fails(
      policy,
      [gateway(goodStatefulSet(), "tmp"), map()],
      /queue in \/var\/lib\/otelcol\/queue, which is on no claim/,
    );
    const beside = patched(
      gateway(goodStatefulSet(), "data"),
      container("volumeMounts", 0, "mountPath"),
      "/var/lib/otel",
    );
    fails(policy, [beside, map()], /on no claim/);
    const elsewhere = map((config) => Object.assign(config.extensions, { "file_storage/two": {} }));
    fails(policy, [gateway(goodStatefulSet(), "data"), elsewhere], /queue in , which/);
  });

  it("is not checked where the config is unknown", () => {
    isNotChecked(policy, [gateway(goodStatefulSet(), "data"), unknownMap], /data\.config\.yaml/);
  });
});
