import * as path from "node:path";
import { ATTACK_LOOKUP } from "../documents/attack";
import type { CollectorFragment } from "../documents/documents";
import { FLATTENED, KEYWORD, LONG, object, PROCESS, RULE } from "../documents/fields";
import { MATCHABLE } from "../documents/matchable";
import { LINE, source } from "../documents/ottl";
import { readSamples } from "../documents/sample-lines";
import type { Severity } from "../documents/severities";
import { tetragonOcsf } from "./tetragon-ocsf";
import { TETRAGON_SIGNALS } from "./tetragon-signals";
import { tetragonStatements } from "./tetragon-statements";

/**
 * `event.severity` by the key that names an event's type. A kprobe, tracepoint, uprobe, USDT or LSM event is a match
 * of a policy.
 */
export const TETRAGON_SEVERITIES = {
  process_kprobe: 4,
  process_tracepoint: 4,
  process_uprobe: 4,
  process_lsm: 4,
  process_usdt: 4,
  process_exec: 2,
  process_exit: 1,
  process_loader: 1,
  // Tetragon about itself: events of a container were held back, or dropped.
  process_throttle: 2,
  rate_limit_info: 3,
  // Of Tetragon's own tests of the way.
  test: 1,
} as const satisfies Record<string, Severity>;

const TYPES = Object.keys(TETRAGON_SEVERITIES);

/**
 * Tetragon's events: `<base>/tetragon/tetragon.log`, which Tetragon rotates to `tetragon-<time>.log` itself.
 * Fields: cilium/tetragon v1.7 api/v1/tetragon/{events,tetragon}.proto, as protobuf's JSON (zeros left out).
 * The pod is all in the event, so there is nothing to look up.
 */
export const tetragonCollector: CollectorFragment = {
  tool: "tetragon",
  index: "events",
  severities: TETRAGON_SEVERITIES,
  fields: {
    rule: RULE,
    process: PROCESS,
    user: object({ name: KEYWORD, id: KEYWORD }),
    tetragon: object({
      function_name: KEYWORD,
      policy_name: KEYWORD,
      hook: KEYWORD,
      action: KEYWORD,
      return_action: KEYWORD,
      signal: KEYWORD,
      tags: KEYWORD,
      container_id: KEYWORD,
      args: FLATTENED,
      data: FLATTENED,
      return: FLATTENED,
      binary_properties: FLATTENED,
      kernel_stack_trace: FLATTENED,
      user_stack_trace: FLATTENED,
      subsys: KEYWORD,
      event: KEYWORD,
      path: KEYWORD,
      symbol: KEYWORD,
      // An address: it may have 64 bits.
      offset: KEYWORD,
      provider: KEYWORD,
      probe: KEYWORD,
      buildid: KEYWORD,
      ima_hash: KEYWORD,
      throttle: object({ type: KEYWORD, cgroup: KEYWORD }),
      dropped_events: LONG,
    }),
  },
  // Processes start on every node all the time.
  heartbeatMinutes: 30,
  // Files are among the arguments of a match, in a place that differs by hook: no exception is by path.
  matchable: MATCHABLE,
  losses: [
    { label: "Tetragon dropped", conditions: [{ field: "event.action", is: "rate_limit_info" }] },
    { label: "Tetragon held back", conditions: [{ field: "event.action", is: "process_throttle" }] },
  ],
  ocsf: tetragonOcsf,
  signals: TETRAGON_SIGNALS,
  samples: () => readSamples(path.join(__dirname, "samples")),
  receivers: (nodeLogBasePath) => ({
    "file_log/tetragon": { include: [`${nodeLogBasePath}/tetragon/tetragon*.log`] },
  }),
  document: {
    expects: [
      {
        condition: TYPES.map((type) => `IsMap(${source(type)})`).join(" or "),
        reason: "no Tetragon event of a known type",
      },
    ],
    time: source("time"),
    // The whole line: whatever tells two events of one moment apart (a cgroup, a stack, a returned value), both stay.
    identity: [source("time"), LINE],
    fixed: { event: { kind: "event", category: ["process"], type: ["info"], dataset: "tetragon.events" } },
    lookups: { severity: TETRAGON_SEVERITIES, ...ATTACK_LOOKUP },
    statements: tetragonStatements(TYPES),
  },
};
