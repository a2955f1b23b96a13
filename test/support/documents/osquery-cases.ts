import type { Case } from "./case";

type Event = Record<string, unknown>;

const FIRST_TIME = 1_783_089_000;

/** The time of the n-th case: osquery writes whole seconds. */
export function osqueryTimeOf(index: number): string {
  return new Date((FIRST_TIME + index) * 1000).toISOString().replace(".000", "");
}

function row(name: string, action: string | undefined, columns: Event | undefined, more: Event = {}): Event {
  return {
    name: `pack_scope-minimal_${name}`,
    hostIdentifier: "node-1",
    calendarTime: "Fri Jul  3 14:30:00 2026 UTC",
    epoch: 0,
    counter: 1,
    numerics: false,
    ...(columns ? { columns } : {}),
    action,
    ...more,
  };
}

const PORT = {
  port: "443",
  protocol: "6",
  family: "2",
  address: "0.0.0.0",
  pid: "31",
  name: "nginx",
  path: "/usr/sbin/nginx",
};
const CONTAINER = {
  container_id: `0f8ae74c4488${"ab".repeat(26)}`,
  pod_uid: "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
  pid: "4242",
  name: "nginx",
  path: "/usr/sbin/nginx",
  start_time: "1783089000",
};

const ROWS: [string, Event][] = [
  ["a port that appeared", row("listening_ports", "added", PORT)],
  ["the same port, gone", row("listening_ports", "removed", PORT)],
  ["a port that is still there", row("listening_ports_state", "snapshot", PORT)],
  [
    "the agent's own row",
    { ...row("agent", "snapshot", { version: "5.17.0", config_valid: "1" }), name: "agent" },
  ],
  [
    "the hardware of the node",
    row("system_info", "snapshot", { cpu_brand: "AMD EPYC", cpu_logical_cores: "4", physical_memory: "16" }),
  ],
  [
    "the host with its pod's name, from a snapshot",
    row("system_info", "snapshot", {
      hostname: "osquery-x7k2p",
      uuid: "a-b",
      physical_memory: "8589934592",
    }),
  ],
  [
    "the operating system",
    row("os_version", "snapshot", {
      name: "Ubuntu",
      version: "24.04",
      platform: "ubuntu",
      codename: "noble",
    }),
  ],
  [
    "the kernel",
    row("kernel_info", "snapshot", { version: "6.8.0-31-generic", arguments: "quiet", device: "/dev/sda1" }),
  ],
  ["a container", row("containers", "added", CONTAINER)],
  [
    "a snapshot of one row in one line",
    row("os_version", "snapshot", undefined, { snapshot: [{ name: "Ubuntu", version: "24.04" }] }),
  ],
  [
    "a snapshot of two rows in one line",
    row("users", "snapshot", undefined, {
      snapshot: [
        { uid: "0", username: "root" },
        { uid: "1000", username: "ops" },
      ],
    }),
  ],
  [
    "a query outside of a pack",
    { ...row("users", "added", { uid: "0", username: "root" }), name: "heartbeat" },
  ],
  [
    "a module with empty and dotted columns",
    row("kernel_modules", "added", { name: "overlay", used_by: "", "a.b": "c" }),
  ],
  [
    "numbers where texts are usual",
    row("listening_ports", "added", { ...PORT, port: 8080, pid: 77 }, { numerics: true }),
  ],
  ["a column with a NUL in its name", row("users", "added", { "a\u0000b": "x" })],
  ["a column with a name of 40 KiB", row("users", "added", { ["k".repeat(40 * 1024)]: "x" })],
  ["a row without an action", row("users", undefined, { uid: "0" })],
];

export const OSQUERY: Case[] = ROWS.map(([name, event], index) => ({
  name,
  line: JSON.stringify({ ...event, unixTime: FIRST_TIME + index }),
  index: "inventory",
}));
