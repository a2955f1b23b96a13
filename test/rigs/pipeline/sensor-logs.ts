/**
 * Lines as the sensors write them, made by us in the shapes of their documentation: Falco 0.45 (falco.org "Outputs"),
 * Tetragon 1.7 (api/v1/tetragon/*.proto as JSON), osquery 5 (docs "Logging"). No real event is among them.
 */

const POD = { namespace: "shop", name: "web-7d9f5c6b8-x2x4z" };
const CONTAINER = "0f8ae74c4488d1c2b3a4958677685940312233445566778899aabbccddeeff00";

/** Nanoseconds are kept: that is how Falco writes them, and JSON.stringify can't. */
function nanoTime(date: Date, nanos: number): string {
  return `${date.toISOString().slice(0, -5)}.${String(date.getMilliseconds()).padStart(3, "0")}${String(nanos % 1_000_000).padStart(6, "0")}Z`;
}

export interface LineOptions {
  /** Tells one line from another, and is found again in the document. */
  sequence: number;
  time?: Date;
  /** Bytes that the line has at least. */
  size?: number;
  /** Falco's word for how bad it is. */
  priority?: string;
}

/** A Falco alert; its `sequence` is in the message and in `falco.output_fields`. */
export function falcoLine({
  sequence,
  time = new Date(),
  size = 0,
  priority = "Warning",
}: LineOptions): string {
  const at = nanoTime(time, sequence);
  const file = `/etc/shadow.${sequence}`;
  const line = (padding: string) =>
    JSON.stringify({
      hostname: "node-1",
      output: `${at.slice(11, -1)}: ${priority} Sensitive file opened for reading by non-trusted program | file=${file} sequence=${sequence}${padding}`,
      output_fields: {
        "container.id": CONTAINER.slice(0, 12),
        "container.image.repository": "docker.io/library/alpine",
        "container.image.tag": "3.20",
        "container.name": "app",
        "evt.type": "openat",
        "fd.name": file,
        "k8s.ns.name": POD.namespace,
        "k8s.pod.labels": "app.kubernetes.io/name:web, pod-template-hash:7d9f5c6b8",
        "k8s.pod.name": POD.name,
        "k8s.pod.uid": "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
        "proc.cmdline": `cat ${file}`,
        "proc.exepath": "/bin/cat",
        "proc.name": "cat",
        "proc.pid": 4000 + (sequence % 1000),
        "proc.pname": "sh",
        "proc.tty": 34816,
        sequence,
        "user.name": "root",
      },
      priority,
      rule: "Read sensitive file untrusted",
      source: "syscall",
      tags: ["T1555", "container", "filesystem", "host", "maturity_stable", "mitre_credential_access"],
      time: at,
    });
  const shortest = line("");
  return shortest.length >= size ? shortest : line(` ${"x".repeat(size - shortest.length - 1)}`);
}

/** A process that Tetragon saw start, end, or match a policy, in turn. */
export function tetragonLine({ sequence, time = new Date() }: LineOptions): string {
  const process = {
    exec_id: Buffer.from(`node-1:${sequence}:4242`).toString("base64"),
    pid: 4242,
    uid: 0,
    cwd: "/",
    binary: "/usr/bin/nsenter",
    arguments: `-t 1 -m sh ${sequence}`,
    flags: "execve clone",
    start_time: nanoTime(time, sequence),
    pod: {
      ...POD,
      uid: "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
      container: {
        id: `containerd://${CONTAINER}`,
        name: "app",
        image: { id: "docker.io/library/alpine@sha256:0f8ae7", name: "docker.io/library/alpine:3.20" },
        pid: 31,
      },
      pod_labels: { "app.kubernetes.io/name": "web" },
      workload: "web",
      workload_kind: "Deployment",
    },
    docker: CONTAINER.slice(0, 15),
    parent_exec_id: "bm9kZS0xOjE6MQ==",
  };
  const parent = { exec_id: "bm9kZS0xOjE6MQ==", pid: 4200, uid: 0, binary: "/bin/sh" };
  const events = [
    { process_exec: { process, parent } },
    {
      process_kprobe: {
        process,
        parent,
        function_name: "__x64_sys_setns",
        args: [{ int_arg: 3 }, { int_arg: 131072 }],
        action: "KPROBE_ACTION_POST",
        policy_name: "container-escape-monitor",
        message: "setns from container",
        tags: ["mitre.T1611"],
      },
    },
    { process_exit: { process, parent, status: 1, time: nanoTime(time, sequence) } },
  ];
  return JSON.stringify({ ...events[sequence % 3], node_name: "node-1", time: nanoTime(time, sequence) });
}

/** A row that osquery saw appear. */
export function osqueryLine({ sequence, time = new Date() }: LineOptions): string {
  return JSON.stringify({
    name: "pack_scope-minimal_listening_ports",
    hostIdentifier: "node-1",
    calendarTime: time.toUTCString(),
    unixTime: Math.floor(time.getTime() / 1000),
    epoch: 0,
    counter: 1,
    numerics: false,
    columns: {
      port: String(1024 + (sequence % 60_000)),
      protocol: "6",
      family: "2",
      address: "0.0.0.0",
      pid: String(sequence),
      name: "nginx",
      path: "/usr/sbin/nginx",
    },
    action: "added",
  });
}
