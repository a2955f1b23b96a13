import assert from "node:assert/strict";
import Ajv from "ajv";
import type { DaemonSet } from "kubernetes-types/apps/v1";
import type { ConfigMap } from "kubernetes-types/core/v1";
import { z } from "zod";
import { parseConfig } from "../../components/core/config/parse";
import type { Contribution, PlannedContribution } from "../../components/core/contract/contribution";
import { defineFeature } from "../../components/core/contract/feature";
import { plan } from "../../components/core/plan/plan";
import { osquery } from "../../components/osquery/osquery-feature";
import { PACKS } from "../../components/osquery/packs";
import { OSQUERY_CONFIG_SCHEMA } from "../support/osquery/osquery-config-schema";

const LOGS = "/var/log/security";

// Shares what the pipeline feature shares, so that these tests need no other feature.
const logs = defineFeature({
  name: "logs",
  title: "logs",
  priority: 10,
  schema: z.strictObject({}),
  workloads: [],
  shares: () => ({ nodeLogBasePath: LOGS }),
  plan: () => ({ manifests: [], conditions: [] }),
});

function planOsquery(config: object = {}, override: object = {}): PlannedContribution {
  const values = {
    global: { clusterName: "test" },
    features: [
      { name: "logs", enabled: true },
      { name: "osquery", enabled: true, config },
    ],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
    override,
  };
  const planned = plan(parseConfig({ values, encrypted: [] }, [logs, osquery]));
  return planned.features.find((feature) => feature.name === "osquery")!.contribution;
}

function daemonSet(contribution: Contribution) {
  const found = contribution.manifests.find((manifest) => manifest.kind === "DaemonSet") as DaemonSet;
  const { metadata, spec } = found.spec!.template;
  return { annotations: metadata?.annotations, pod: spec!, container: spec!.containers[0]! };
}

function config(contribution: Contribution): string {
  const found = contribution.manifests.find((manifest) => manifest.kind === "ConfigMap") as ConfigMap;
  return found.data!["osquery.conf"]!;
}

describe("osquery feature", () => {
  it("writes a config that osquery accepts, with every pack", () => {
    const validate = new Ajv({ strict: true }).compile(OSQUERY_CONFIG_SCHEMA);
    for (const packs of [["scope-minimal"], Object.keys(PACKS)])
      assert.ok(validate(JSON.parse(config(planOsquery({ packs })))), JSON.stringify(validate.errors));
  });

  it("runs the packs of the config and no other", () => {
    const names = (packs: string[]) => Object.keys(JSON.parse(config(planOsquery({ packs }))).schedule);
    const changes = names(["scope-minimal"]).filter(
      (name) => !name.startsWith("agent") && !name.endsWith("_state"),
    );
    assert.deepEqual(changes, Object.keys(PACKS["scope-minimal"].queries));
    assert.ok(names(["packages"]).includes("deb_packages"));
    assert.ok(!names(["packages"]).includes("listening_ports"));
  });

  it("asks the pod's container for nothing that is the node's: no host name, vendor, model or UUID", () => {
    const { schedule } = JSON.parse(config(planOsquery({ packs: Object.keys(PACKS) })));
    for (const { query } of Object.values(schedule) as { query: string }[])
      if (/FROM system_info/.test(query)) assert.doesNotMatch(query, /hostname|uuid|hardware_|computer_name/);
  });

  it("refuses a pack that does not exist", () => {
    assert.throws(() => planOsquery({ packs: ["scope-maximal"] }), /packs/);
  });

  it("sees the node without being privileged and without a host path but its own two", () => {
    const { pod, container } = daemonSet(planOsquery());
    assert.equal(pod.hostPID, true);
    assert.equal(pod.hostNetwork, undefined);
    assert.equal(container.securityContext?.privileged, false);
    assert.equal(container.securityContext?.readOnlyRootFilesystem, true);
    assert.deepEqual(container.securityContext?.capabilities, {
      drop: ["ALL"],
      add: ["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "DAC_READ_SEARCH"],
    });
    const hostPaths = pod.volumes!.map((volume) => volume.hostPath?.path).filter(Boolean);
    assert.deepEqual(hostPaths, [`${LOGS}/osquery`, "/var/lib/security-stack/osquery"]);
  });

  it("writes its logs where the collector reads them, under the names that osquery gives them", () => {
    const contribution = planOsquery();
    const { container } = daemonSet(contribution);
    const mount = container.volumeMounts!.find(({ name }) => name === "log");
    assert.ok(container.args?.includes(`--logger_path=${mount?.mountPath}`));
    const receivers = Object.values(contribution.collector!.receivers) as { include: string[] }[];
    assert.deepEqual(
      receivers.flatMap(({ include }) => include),
      // With the newest rotated file, so that its unread end is not lost.
      ["results", "snapshots"].flatMap((name) => [
        `${LOGS}/osquery/osqueryd.${name}.log`,
        `${LOGS}/osquery/osqueryd.${name}.log.1`,
      ]),
    );
  });

  it("keeps its database across restarts", () => {
    const { container } = daemonSet(planOsquery());
    const mount = container.volumeMounts!.find(({ name }) => name === "database");
    assert.ok(container.args?.includes(`--database_path=${mount?.mountPath}`));
  });

  it("derives the watchdog's limits from the limits that the pod has at last", () => {
    const watchdog = (override: object) =>
      daemonSet(planOsquery({}, override)).container.args!.filter((arg) => arg.startsWith("--watchdog"));
    assert.deepEqual(watchdog({}), [
      "--watchdog_memory_limit=166",
      "--watchdog_utilization_limit=5",
      "--watchdog_latency_limit=60",
    ]);
    assert.deepEqual(watchdog({ osquery: { resources: { limits: { cpu: "2", memory: "1Gi" } } } }), [
      "--watchdog_memory_limit=665",
      "--watchdog_utilization_limit=50",
      "--watchdog_latency_limit=60",
    ]);
  });

  it("rolls the pods when the config changes, and only then", () => {
    const sum = (settings: object) => daemonSet(planOsquery(settings)).annotations!["checksum/config"];
    assert.equal(sum({}), sum({ intervalSeconds: 300 }));
    assert.notEqual(sum({}), sum({ intervalSeconds: 60 }));
  });

  it("rotates within the size that the config gives", () => {
    const { container } = daemonSet(planOsquery({ logMaxMegabytes: 7, logMaxFiles: 5 }));
    assert.ok(container.args?.includes("--logger_rotate_size=7340032"));
    assert.ok(container.args?.includes("--logger_rotate_max_files=5"));
  });
});
