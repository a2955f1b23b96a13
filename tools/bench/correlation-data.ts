type Json = Record<string, unknown>;

const PODS = 1000;
const NODES = 20;
/** Pods in which an attack goes on; in all others happens what happens every day. */
const ATTACKED = 20;
const BATCH = 5000;
const DAY_MS = 86_400_000;

const alert = (tool: string, rule: string, severity: number, technique: string, tactic?: string): Json => ({
  event: { kind: "alert", severity },
  labels: { security_tool: tool },
  rule: { name: rule },
  threat: { technique: { id: [technique] }, ...(tactic ? { tactic: { id: [tactic] } } : {}) },
});

const start = (executable: string): Json => ({
  event: { kind: "event", severity: 2, action: "process_exec" },
  labels: { security_tool: "tetragon" },
  process: { executable },
});

/** What every pod does, of a hundred events. */
const DAILY: readonly (readonly [number, Json])[] = [
  [80, start("/usr/bin/app")],
  [6, start("/usr/bin/curl")],
  [6, alert("falco", "Outbound connection to a non-cluster address", 2, "T1071", "TA0011")],
  [5, alert("falco", "Read sensitive file untrusted", 3, "T1555", "TA0006")],
  [3, alert("tetragon", "process-exec", 3, "T1059.004")],
];

/** What an attacked pod does beside that. */
const ATTACK: readonly Json[] = [
  alert("falco", "Service account token read in container", 3, "T1528", "TA0006"),
  alert("falco", "Kubernetes API contacted by hand from container", 2, "T1613", "TA0007"),
  alert("falco", "Drop and execute new binary in container", 4, "T1204", "TA0003"),
  alert("falco", "Namespace entered from container", 4, "T1611", "TA0004"),
  {
    ...alert("tetragon", "container-escape-monitor", 4, "T1611"),
    tetragon: { policy_name: "container-escape-monitor" },
  },
];

/**
 * Bodies of `_bulk` for events of a day, made by us in the shape of the sensors' documents: the numbers `from` to `to` of
 * `all`, spread over the day evenly.
 * @param end of the day, in milliseconds since 1970
 */
export function* bulkBodies(from: number, to: number, all: number, end: number): Generator<string> {
  const daily = DAILY.flatMap(([share, event]) => Array.from({ length: share }, () => event));
  for (let first = from; first < to; first += BATCH) {
    const lines: string[] = [];
    for (let i = first; i < Math.min(first + BATCH, to); i += 1) {
      // A step that shares no factor with the number of events, so that any part of them is of the whole day.
      const time = new Date(end - DAY_MS + ((i * 7919) % all) * (DAY_MS / all)).toISOString();
      const pod = (i * 31) % PODS;
      // Of the pod: each has a part in all that happens.
      const turn = Math.floor(i / PODS);
      const event = pod < ATTACKED ? ATTACK[turn % ATTACK.length]! : daily[(i + turn * 37) % 100]!;
      lines.push('{"create":{}}', JSON.stringify({ ...event, ...placed(i, pod, time, event) }));
    }
    yield `${lines.join("\n")}\n`;
  }
}

function placed(i: number, pod: number, time: string, event: Json): Json {
  const node = { name: `node-${pod % NODES}` };
  return {
    "@timestamp": time,
    event: { ...(event["event"] as Json), id: `e${i}`, created: time, module: "bench" },
    message:
      "An event of the benchmark, with a text of about the length that those of the sensors have, so that it is as large",
    orchestrator: { cluster: { name: "bench" } },
    host: node,
    kubernetes: { namespace: `team-${pod % 50}`, pod: { name: `pod-${pod}`, uid: `uid-${pod}` }, node },
    container: {
      id: `c${pod}`,
      name: "main",
      image: { name: `registry.example/app-${pod % 100}`, tag: "1" },
    },
  };
}
