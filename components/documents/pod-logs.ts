import * as path from "node:path";
import type { CollectorComponent } from "./documents";
import { literal } from "./ottl";
import { readSamples, type SampleLines } from "./sample-lines";

/** Where kubelet and container runtime keep the logs of a node's pods (kubernetes.io, "Logging Architecture"). */
export const POD_LOGS = "/var/log/pods";

/** Which pods' lines are read, and which of them. */
export interface PodLines {
  namespace: string;
  /** Names of the pods; `*` stands for any characters. */
  pods: string;
  container: string;
  /** What a line must be like to leave the node, in the language of a collector's operators (`body` is the line). */
  keeps: string;
}

/**
 * A receiver of a container's lines, those too that the kubelet has rotated to `0.log.<time>` and not yet compressed. The
 * collector's own operator for such lines hands them on later than it notes its place in the file
 * (opentelemetry-collector-contrib 0.152, pkg/stanza/operator/parser/container: BatchingLogEmitter), so that an end
 * would lose some: the runtime's words before a line are taken off where documents are made, see {@link WITHOUT_PREFIX}.
 * @param podLogs Folder of the pods' logs.
 */
export function podLogReceiver(
  { namespace, pods, container, keeps }: PodLines,
  podLogs: string,
): CollectorComponent {
  const files = `${podLogs}/${namespace}_${pods}_*/${container}/*.log`;
  return {
    include: [`${files}*`],
    exclude: [`${files}*.gz`, `${files}*.tmp`],
    operators: [{ type: "filter", expr: `not (${keeps})` }],
  };
}

/** A condition of {@link PodLines}: the line has the text. */
export function has(text: string): string {
  return `body contains ${JSON.stringify(text)}`;
}

const PREFIX = 'log.cache["prefix"]';

/** OTTL value: when the container wrote the line, as the runtime has it before the line. */
export const WRITTEN_AT = `${PREFIX}["time"]`;

/**
 * Statements for `prepare`. "2026-11-30T10:15:30.123456789Z stderr F {...}": time, stream, and whether the line is whole. The
 * runtime writes more than 16 KiB as several lines (kubernetes/design-proposals-archive, node/kubelet-cri-logging.md;
 * containerd, max_container_log_line_size), of which none is an object: they are dead letters.
 */
export const WITHOUT_PREFIX: readonly string[] = [
  `set(${PREFIX}, ExtractPatterns(log.body, ${literal("^(?P<time>[^ ]+) (?:stdout|stderr) [FP] ")}))`,
  `replace_pattern(log.body, ${literal("^[^ ]+ (stdout|stderr) [FP] ")}, "")`,
];

/** For `expects`, of a mapping with {@link WITHOUT_PREFIX}. */
export const HAS_PREFIX = { condition: `IsString(${WRITTEN_AT})`, reason: "no line of a container's log" };

/** Samples in a folder as {@link readSamples} has them, as lines of one pod's container. */
export function readPodSamples(
  folder: string,
  { namespace, container }: PodLines,
  pod: string,
): SampleLines[] {
  const below = path.posix.join(`${namespace}_${pod}`, container);
  return readSamples(folder).map((sample) => ({ ...sample, pod: below }));
}
