import { PRIVATE_NETWORKS } from "../../components/core/config/networks";
import { POLICIES } from "../../components/tetragon/policies/own-policies";
import type { Kprobe } from "../../components/tetragon/tracing-policy";
import type { Sample } from "../model/scenario-schema";
import { NODE, nanoTime, nextEvent, samplePod } from "./node";

export interface TetragonSample {
  pod: string;
  /** Command line with the program's path. */
  command: string;
  uid?: number;
  parent?: string;
}

export interface TetragonMatch extends TetragonSample {
  policy: string;
  /** The hooked function as the policy names it. */
  call: string;
  args: Record<string, unknown>[];
}

/** A process that started, as Tetragon reports each (cilium/tetragon v1.7 api/v1/tetragon/events.proto as JSON). */
export function tetragonExec(sample: TetragonSample): Sample {
  return sampleOf(sample, (details) => ({ process_exec: details }));
}

/** A match of one of the stack's policies: its message and tags are those of the policy's own file. */
export function tetragonMatch(match: TetragonMatch): Sample {
  return sampleOf(match, (details) => {
    const { call, syscall, message, tags } = hook(match.policy, match.call);
    return {
      process_kprobe: {
        ...details,
        function_name: syscall ? `__x64_${call}` : call,
        args: match.args,
        action: "KPROBE_ACTION_POST",
        policy_name: match.policy,
        message,
        tags,
      },
    };
  });
}

/** The hook of a policy on a function. @throws where the policy has none. */
export function hook(policy: string, call: string): Kprobe {
  const definition = POLICIES.find(({ name }) => name === policy);
  const found = definition?.kprobes({ clusterCidrs: PRIVATE_NETWORKS }).find((probe) => probe.call === call);
  if (!found) throw new Error(`policy "${policy}" hooks no ${call}`);
  return found;
}

function sampleOf(
  sample: TetragonSample,
  event: (details: Record<string, unknown>) => Record<string, unknown>,
): Sample {
  const line = (at: Date) => {
    const time = nanoTime(at, nextEvent());
    return JSON.stringify({ ...event(details(sample, time)), node_name: NODE, time });
  };
  return { tool: "tetragon", file: "tetragon.log", line };
}

function details(
  { pod, command, uid = 65534, parent = "/usr/bin/containerd-shim" }: TetragonSample,
  time: string,
) {
  const [binary = "", ...args] = command.split(" ");
  const pid = 4000 + (nextEvent() % 1000);
  const parentId = Buffer.from(`${NODE}:1:1`).toString("base64");
  const process = {
    exec_id: Buffer.from(`${NODE}:${pid}:${time}`).toString("base64"),
    pid,
    uid,
    cwd: "/",
    binary,
    ...(args.length > 0 ? { arguments: args.join(" ") } : {}),
    flags: "execve clone",
    start_time: time,
    pod: podOf(pod),
    docker: samplePod(pod).containerId.slice(0, 31),
    parent_exec_id: parentId,
  };
  return { process, parent: { exec_id: parentId, pid: 1, uid: 0, binary: parent } };
}

function podOf(name: string) {
  const { namespace, uid, container, containerId, image } = samplePod(name);
  return {
    namespace,
    name,
    uid,
    container: {
      id: `containerd://${containerId}`,
      name: container,
      image: { id: `${image.name}@sha256:${containerId}`, name: `${image.name}:${image.tag}` },
      pid: 31,
    },
    pod_labels: { "app.kubernetes.io/name": name },
    workload: name,
    workload_kind: "Pod",
  };
}
