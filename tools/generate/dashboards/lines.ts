import { hubbleCollector } from "../../../components/cilium/hubble-collector";
import { SCENARIOS } from "../../../scenarios/all-scenarios";
import { samplesOf } from "../../../scenarios/samples/samples";
import { falcoLine, osqueryLine, tetragonLine } from "../../../test/rigs/pipeline/sensor-logs";
import type { Line } from "./line";
import { connections, violations } from "./zero-trust-lines";

/** Rules that only lines of ours name: of one too many for the limit, and of one a sample is kept. */
export const FLOODING_RULE = "Flood of one pod";
export const SAMPLED_RULE = "Noisy and harmless";

/** The pipeline under which the lines are read: what is left out is a part of the dashboards too. */
export const PIPELINE = {
  config: { eventLimit: { perPod: 100 } },
  exceptions: [
    {
      ...{ tool: "falco", rule: SAMPLED_RULE, keepPercent: 50 },
      ...{ reason: "known noise of a demo", owner: "demo", until: "2099-12-31" },
    },
  ],
};

const PRIORITIES = ["Alert", "Critical", "Warning", "Warning", "Notice"];
const HOUR = 3_600_000;

/**
 * What the sensors log in a day of a small cluster, made by us: the attacks of the scenarios, ordinary events,
 * a flood, noise, what sensors say of their own losses, and lines that are none.
 */
export function demoLines(now: Date): Line[] {
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * HOUR);
  return [
    ...attacks(hoursAgo(5)),
    ...many(48, (i) => falco(i, hoursAgo(0.2 + i * 0.25), { priority: PRIORITIES[i % PRIORITIES.length] })),
    ...many(72, (i) => tetragon(tetragonLine({ sequence: i, time: hoursAgo(0.1 + i * 0.16) }))),
    ...many(400, (i) => falco(1000 + i, hoursAgo(2), { rule: FLOODING_RULE, pod: "batch-0" })),
    ...many(40, (i) => falco(2000 + i, hoursAgo(3), { rule: SAMPLED_RULE, pod: "batch-1" })),
    ...ownLosses(hoursAgo(4)),
    ...drops(60, (i) => hoursAgo(0.3 + i * 0.2)),
    ...violations(24, hoursAgo),
    ...connections(42, (i) => hoursAgo(0.2 + i * 0.3)),
    ...inventory(hoursAgo(6), hoursAgo(60), hoursAgo(0.2)),
    ...noDocuments(),
  ];
}

/** Each scenario at an hour of its own. */
function attacks(from: Date): Line[] {
  return SCENARIOS.flatMap(({ id }, i) =>
    samplesOf(id).map(({ tool, file, line }) => ({
      tool,
      file,
      text: line(new Date(from.getTime() + i * 900_000)),
    })),
  );
}

function falco(
  sequence: number,
  time: Date,
  change: { priority?: string; rule?: string; pod?: string },
): Line {
  const event = JSON.parse(falcoLine({ sequence, time, priority: change.priority ?? "Notice" }));
  if (change.rule) event.rule = change.rule;
  if (change.pod) event.output_fields["k8s.pod.name"] = change.pod;
  return { tool: "falco", file: "events.log", text: JSON.stringify(event) };
}

function tetragon(event: unknown): Line {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  return { tool: "tetragon", file: "tetragon.log", text };
}

/** The network's sample lines one after the other, each at its time. */
function drops(count: number, at: (i: number) => Date): Line[] {
  const [{ file, lines } = { file: "", lines: [] }] = hubbleCollector.samples();
  return many(count, (i) => {
    const event = JSON.parse(lines[i % lines.length]!) as { time: string; flow: { time: string } };
    const time = at(i).toISOString();
    const text = JSON.stringify({ ...event, time, flow: { ...event.flow, time } });
    return { tool: hubbleCollector.tool, file, text };
  });
}

function ownLosses(at: Date): Line[] {
  const time = at.toISOString();
  const drop = {
    ...{ hostname: "node-1", source: "internal", rule: "Falco internal: syscall event drop" },
    ...{
      priority: "Debug",
      output: "Falco internal: syscall event drop",
      output_fields: { n_drops: 3 },
      time,
    },
  };
  return [
    { tool: "falco", file: "events.log", text: JSON.stringify(drop) },
    tetragon({ rate_limit_info: { number_of_dropped_process_events: "1000" }, node_name: "node-1", time }),
    ...many(2, (i) =>
      tetragon({
        process_throttle: { type: "THROTTLE_START", cgroup: `pod5c0a${i}` },
        ...{ node_name: "node-1", time: new Date(at.getTime() + i).toISOString() },
      }),
    ),
  ];
}

/** Rows that came and were seen again since, one that went, one that was not seen again, and the kernel before the update. */
function inventory(at: Date, before: Date, seen: Date): Line[] {
  const row = (time: Date, name: string, action: string, columns: Record<string, string>) => ({
    tool: "osquery",
    file: action === "snapshot" ? "osqueryd.snapshots.log" : "osqueryd.results.log",
    text: JSON.stringify({
      ...JSON.parse(osqueryLine({ sequence: 0, time })),
      ...{ name: `pack_scope-minimal_${name}`, action, columns },
    }),
  });
  const port = (number: string, name: string) => ({
    ...{ port: number, protocol: "6", family: "2", address: "0.0.0.0", pid: `1${number}` },
    ...{ name, path: `/usr/sbin/${name}` },
  });
  const container = (i: number) => ({
    ...{ container_id: `${i}a`.repeat(32), pod_uid: `5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d${10 + i}` },
    ...{
      pid: String(40 + i),
      name: "app",
      path: i % 2 ? "/usr/bin/app" : "/usr/sbin/nginx",
      start_time: "1783089000",
    },
  });
  const later = new Date(at.getTime() + HOUR);
  const there: [string, Record<string, string>][] = [
    ["listening_ports", port("22", "sshd")],
    ["listening_ports", port("443", "nginx")],
    ...many(5, (i): [string, Record<string, string>] => ["containers", container(i)]),
    ...["br_netfilter", "nf_tables", "vxlan"].map((name): [string, Record<string, string>] => [
      "kernel_modules",
      { name, size: "32768", status: "Live" },
    ]),
  ];
  return [
    row(before, "kernel_info", "snapshot", { version: "6.8.0-31-generic", arguments: "", device: "" }),
    row(seen, "kernel_info", "snapshot", { version: "6.8.0-45-generic", arguments: "", device: "" }),
    row(seen, "os_version", "snapshot", { name: "Ubuntu", version: "24.04.1 LTS", platform: "ubuntu" }),
    row(seen, "agent", "snapshot", { version: "5", config_valid: "1" }),
    ...there.flatMap(([query, columns]) => [
      row(at, query, "added", columns),
      row(seen, `${query}_state`, "snapshot", columns),
    ]),
    row(at, "containers", "added", container(7)),
    row(at, "listening_ports", "added", port("8443", "debug")),
    row(later, "listening_ports", "removed", port("8443", "debug")),
  ];
}

/** Each for another reason. */
function noDocuments(): Line[] {
  return [
    { tool: "falco", file: "events.log", text: "Falco initialized with configuration files" },
    { tool: "falco", file: "events.log", text: '{"output":"cut o' },
    { tool: "falco", file: "events.log", text: '{"priority":"Error","output":"without a rule"}' },
    { tool: "tetragon", file: "tetragon.log", text: '{"node_name":"node-1","no_such_event":{}}' },
    { tool: "osquery", file: "osqueryd.results.log", text: '{"name":"pack_x_y","hostIdentifier":"node-1"}' },
  ];
}

function many<T>(number: number, make: (i: number) => T): T[] {
  return Array.from({ length: number }, (_, i) => make(i));
}
