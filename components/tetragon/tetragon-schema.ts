import { z } from "zod";
import { cidr, PRIVATE_NETWORKS } from "../core/config/networks";
import { dnsLabel } from "../core/config/value-schemas";
import { POLICY_NAMES } from "./policies/own-policies";
import { validatePolicy } from "./validate";

/** Room for "-protected" after it. */
const POLICY_NAME = /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/;

/** RE2 has no lookaround and no backreferences, which JavaScript would accept. */
const regex = z.string().min(1).refine(isRegex, "a regular expression of RE2 syntax");

function isRegex(text: string): boolean {
  if (/\(\?(=|!|<=|<!)|\\[1-9]/.test(text)) return false;
  try {
    new RegExp(text.replace(/^\(\?[ims]+\)/, ""));
    return true;
  } catch {
    return false;
  }
}

const customPolicies = z
  .record(
    z.string().regex(POLICY_NAME, "a name of lower-case letters, digits and '-', at most 50 characters"),
    z.record(z.string(), z.unknown()),
  )
  .superRefine((policies, context) => {
    for (const [name, spec] of Object.entries(policies)) {
      if (POLICY_NAMES.includes(name))
        context.addIssue({
          code: "custom",
          path: [name],
          message: "another name than the stack's own policies",
        });
      for (const problem of validatePolicy(spec))
        context.addIssue({ code: "custom", path: [name, ...problem.path], message: problem.message });
    }
  })
  .default({})
  .describe("TracingPolicies of your own: the `spec` of each by its name.");

const EVENTS = [
  "PROCESS_EXEC",
  "PROCESS_EXIT",
  "PROCESS_KPROBE",
  "PROCESS_TRACEPOINT",
  "PROCESS_UPROBE",
  "PROCESS_USDT",
  "PROCESS_LSM",
  "PROCESS_LOADER",
  "PROCESS_THROTTLE",
  "RATE_LIMIT_INFO",
] as const;

const exportSchema = z
  .strictObject({
    events: z
      .array(z.enum(EVENTS))
      .min(1)
      .default([...EVENTS])
      .describe("Kinds of events that are written."),
    quietNamespaces: z
      .array(dnsLabel)
      .default(["kube-system"])
      .describe(
        "Namespaces whose starts and ends of processes are not written, besides the stack's own; what a policy sees there is.",
      ),
    quietHostPrograms: z
      .array(regex)
      .default([
        "^(/usr)?(/local)?/s?bin/(runc|crun|conmon|containerd|containerd-shim[^/]*|crio)$",
        "^(/usr)?(/local)?/s?bin/((ip|ip6|x|eb)tables[^/]*|nft|ipset|conntrack)$",
        "^/opt/cni/bin/[^/]+$",
      ])
      .describe(
        "Programs of the hosts whose starts and ends are not written, as regular expressions of RE2 for the path; all other processes of the hosts are, as they are what an escape looks like.",
      ),
    excludeFields: z
      .array(z.string().regex(/^[a-z_]+(\.[a-z_]+)*$/, "a field path, like parent.pod"))
      .default(["parent.pod", "parent.docker", "parent.refcnt", "process.refcnt"])
      .describe("Fields that are left out of events, which makes them smaller."),
    redact: z
      .array(regex)
      .default([
        "(?i)--?(?:password|passwd|pass|token|secret|api-key|apikey)(?:\\s+|=)(\\S+)",
        "(?i)(?:password|passwd|token|secret|api_key|apikey|access_key)=(\\S+)",
        "(?i)authorization:\\s*\\w+\\s+(\\S+)",
        "://[^/\\s:@]+:([^/\\s@]+)@",
      ])
      .describe(
        "Regular expressions of RE2; what their groups match in arguments of processes is written as *****.",
      ),
    perMinute: z
      .int()
      .min(-1)
      .default(-1)
      .describe(
        "Events a minute and node that are written at most, -1 for no limit. A limit for all events alike lets a flood hide an attack: `containerEventsPerSecond` does not.",
      ),
    maxMegabytes: z
      .int()
      .min(1)
      .max(1024)
      .default(50)
      .describe("Size at which Tetragon rotates the file, in MB."),
    maxFiles: z.int().min(1).max(100).default(5).describe("Rotated files that are kept on the node."),
  })
  .prefault({})
  .describe("The events that are written to the file which the collector reads.");

const metricsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Prometheus metrics on port 2112."),
    exposed: z
      .boolean()
      .default(false)
      .describe(
        "Listen on all addresses of the node instead of the loopback alone. Tetragon is on the host's network, where no NetworkPolicy holds, and its metrics ask for no password.",
      ),
    labels: z
      .array(z.enum(["namespace", "workload", "pod", "binary"]))
      .default(["namespace", "workload"])
      .describe("Labels of the metrics; `pod` and `binary` make many series."),
  })
  .prefault({})
  .describe("Tetragon's own metrics.");

/** `features[].config` of Tetragon. */
export const tetragonSchema = z
  .strictObject({
    policies: z
      .array(z.enum(POLICY_NAMES as [string, ...string[]]))
      .default(POLICY_NAMES)
      .describe("Policies of the stack that are deployed."),
    customPolicies,
    enforce: z
      .array(z.string())
      .default([])
      .describe("Policies, by name, that kill the process they see instead of only reporting it."),
    protectedNamespaces: z
      .array(dnsLabel)
      .default(["kube-system", "kube-public", "kube-node-lease"])
      .describe("Namespaces in which nothing is ever killed, besides the stack's own and the hosts."),
    namespaces: z
      .record(z.string(), z.array(dnsLabel).min(1))
      .default({})
      .describe(
        "Limits a policy, by name, to these namespaces, which have to exist: a TracingPolicyNamespaced in each.",
      ),
    rateLimit: z
      .string()
      .regex(/^[1-9]\d*[smh]$/, 'a time, like "10s"')
      .default("10s")
      .describe("How long the same event of the same process is not reported again."),
    clusterCidrs: z
      .array(cidr)
      .min(1)
      .default(PRIVATE_NETWORKS)
      .describe("The cluster's own networks: connections to them are no egress."),
    containerEventsPerSecond: z
      .int()
      .min(0)
      .default(1000)
      .describe(
        "Starts and ends of processes of one container a second, beyond which it is throttled; 0 for no limit.",
      ),
    processCacheSize: z
      .int()
      .min(1024)
      .max(1_048_576)
      .default(32_768)
      .describe("Processes that Tetragon remembers, as parents of later ones; the memory limit has to fit."),
    processCredentials: z
      .boolean()
      .default(false)
      .describe("Capabilities in each event; makes events larger."),
    processNamespaces: z
      .boolean()
      .default(false)
      .describe("Linux namespaces in each event; makes events larger."),
    hostProcPath: z
      .string()
      .regex(/^(\/[\w.-]+)+$/, "an absolute path")
      .default("/proc")
      .describe(
        "The machine's /proc on a node. In kind a node is a container with a /proc of its own: mount the machine's with `extraMounts: [{hostPath: /proc, containerPath: /procHost}]` and say \"/procHost\" here.",
      ),
    export: exportSchema,
    metrics: metricsSchema,
  })
  .superRefine((config, context) => {
    const known = [...config.policies, ...Object.keys(config.customPolicies)];
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    config.enforce.forEach((name, index) => {
      if (!known.includes(name)) refuse(["enforce", index], `a policy that is deployed: ${known.join(", ")}`);
    });
    for (const [name, namespaces] of Object.entries(config.namespaces)) {
      if (!known.includes(name))
        refuse(["namespaces", name], `a policy that is deployed: ${known.join(", ")}`);
      namespaces.forEach((namespace, index) => {
        if (config.enforce.includes(name) && config.protectedNamespaces.includes(namespace))
          refuse(["namespaces", name, index], `a namespace that is not protected, as ${name} enforces`);
      });
    }
  });

export type TetragonConfig = z.output<typeof tetragonSchema>;
