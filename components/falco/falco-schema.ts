import * as path from "node:path";
import { z } from "zod";
import { cidr, ipAddress, PRIVATE_NETWORKS } from "../core/config/networks";
import { dataKey, dnsLabel, duration, hostPath, text, unique } from "../core/config/value-schemas";
import { customRulesProblem } from "./custom-rules";
import { PRIORITIES } from "./priorities";

const PORT = z.int().min(1).max(65535);

const ruleName = text.min(1).max(200);
const customRuleFile = dataKey.regex(/\.ya?ml$/, "a file name that ends in .yaml or .yml");
// All files together have to fit a ConfigMap, 1 MiB.
const MAX_RULES_BYTES = 512 * 1024;

const customRules = z
  .record(customRuleFile, z.string())
  .superRefine((files, context) => {
    for (const [file, text] of Object.entries(files)) {
      const problem = customRulesProblem(text);
      if (problem) context.addIssue({ code: "custom", path: [file], message: problem });
    }
  })
  .refine(
    (files) => Buffer.byteLength(Object.values(files).join("")) <= MAX_RULES_BYTES,
    "rules files of at most 512 KiB together",
  )
  .default({})
  .describe(
    "Rules files of your own by file name, in Falco's YAML, loaded after all others: new rules, or changes to known ones with `override`.",
  );

const rulesSchema = z
  .strictObject({
    disable: z
      .array(ruleName)
      .default([])
      .describe("Rules to switch off, by name; `*` stands for any characters."),
    disableTags: z
      .array(z.string().regex(/^[\w.-]+$/, "a tag, like T1622 or mitre_discovery"))
      .default([])
      .describe("Rules to switch off, by tag, for instance `T1622`."),
    enable: z
      .array(ruleName)
      .default([])
      .describe("Rules to switch on, by name; wins over everything that switches a rule off."),
    custom: customRules,
  })
  .prefault({})
  .describe("Which rules are loaded, besides Falco's stable ones and those of the stack.");

const rotationSchema = z
  .strictObject({
    maxMegabytes: z
      .int()
      .min(1)
      .max(1024)
      .default(50)
      .describe("Size at which the event file is rotated, in MB."),
    maxFiles: z
      .int()
      .min(1)
      .max(100)
      .default(5)
      .describe(
        "Rotated files that are kept on the node; events in an older file that were not read yet are lost.",
      ),
    checkSeconds: z.int().min(1).max(300).default(5).describe("How often the size is checked, in seconds."),
  })
  .prefault({})
  .describe("Rotation of the event file on the node, which Falco itself does not do.");

const EXTRA_CAPABILITIES = ["SYS_ADMIN", "DAC_READ_SEARCH"] as const;

const securitySchema = z
  .strictObject({
    extraCapabilities: z
      .array(z.enum(EXTRA_CAPABILITIES))
      .default([])
      .describe(
        "Capabilities beyond BPF, PERFMON, SYS_RESOURCE, SYS_PTRACE and DAC_READ_SEARCH, which Falco always has. Nodes with kernel.perf_event_paranoid above 2 (Ubuntu: 4) need SYS_ADMIN.",
      ),
    seccompProfile: z
      .enum(["RuntimeDefault", "Unconfined"])
      .default("RuntimeDefault")
      .describe(
        "Seccomp profile. containerd's default lets CAP_BPF use bpf() since 1.7; that of CRI-O does not: choose Unconfined there.",
      ),
    seLinuxType: z
      .string()
      .regex(/^\w+$/, "an SELinux type, like spc_t")
      .optional()
      .describe("SELinux type for nodes that enforce one: `spc_t` on OpenShift, `super_t` on Bottlerocket."),
  })
  .prefault({})
  .describe("What the container may do.");

const metricsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Prometheus metrics on port 8765, `/metrics`."),
    interval: duration("1s", "24h").default("15m").describe("How often Falco updates its counters."),
    namespaces: z
      .array(dnsLabel)
      .default([])
      .describe(
        "Namespaces whose pods may scrape the metrics, for instance `monitoring`; no other pod reaches Falco.",
      ),
  })
  .prefault({})
  .describe("Falco's own metrics.");

const ebpfSchema = z
  .strictObject({
    bufferPreset: z
      .int()
      .min(1)
      .max(10)
      .default(4)
      .describe(
        "Size of a ring buffer: 1 MB at 1, doubled at each step, 8 MB at 4, 512 MB at 10; more means fewer drops.",
      ),
    cpusPerBuffer: z
      .int()
      .min(0)
      .max(1024)
      .default(2)
      .describe("CPUs that share one ring buffer, not more than the smallest node has; 0 makes one for all."),
  })
  .prefault({})
  .describe("The modern eBPF probe. Memory: one buffer for every `cpusPerBuffer` CPUs.");

const kubernetesApiSchema = z
  .strictObject({
    addresses: z
      .array(ipAddress)
      .min(1)
      .default(["10.96.0.1", "10.100.0.1", "172.20.0.1", "10.43.0.1", "10.0.0.1", "34.118.224.1"])
      .describe(
        "Addresses of the API server: of the Service `kubernetes` (the defaults are those of kubeadm, EKS, k3s, AKS and GKE) and, with socket load balancing, of its endpoints: `kubectl get service,endpoints kubernetes`.",
      ),
    ports: z.array(PORT).min(1).default([443, 6443]).describe("Ports of the API server."),
  })
  .prefault({})
  .describe("How the rules recognise the API server.");

const outboundSchema = z
  .strictObject({
    clusterCidrs: z
      .array(cidr)
      .min(1)
      .default(PRIVATE_NETWORKS)
      .describe("The cluster's own networks (pods, services, nodes): connections to them are not outbound."),
    namespaces: z
      .array(dnsLabel)
      .default([])
      .describe(
        "Namespaces in which connections of every program are reported, not only of tools, shells and programs that are not part of the image.",
      ),
  })
  .prefault({})
  .describe("The rule for connections that leave the cluster.");

/** `features[].config` of Falco. */
export const falcoSchema = z.strictObject({
  priority: z.enum(PRIORITIES).default("Notice").describe("Rules below this priority are not loaded."),
  ruleMatching: z
    .enum(["all", "first"])
    .default("all")
    .describe(
      "Whether all rules that match an event fire, or the first one only, which may hide a more severe one.",
    ),
  rules: rulesSchema,
  rotation: rotationSchema,
  security: securitySchema,
  runtimeSockets: unique(hostPath.regex(/\.sock$/, "an absolute path that ends in .sock"))
    .min(1)
    .default(["/run/containerd/containerd.sock"])
    .describe(
      "CRI sockets on the node, for the names of containers and pods: also /run/crio/crio.sock, /run/k3s/containerd/containerd.sock. The socket's folder is mounted, read-only; one that is not there keeps the pod from starting.",
    ),
  runtimePaths: z
    .array(
      z
        .string()
        .regex(/^(\/[\w.+-]+)+$/, "an absolute path of letters, digits and `_.+-/`")
        .refine((program) => path.posix.normalize(program) === program, "a path without `..`, `.` and `//`"),
    )
    .default([])
    .describe(
      "Container runtimes (runc and the like) of the node at paths that the rules do not know, which are those of Debian, RHEL, containerd, Docker, CRI-O, k3s, RKE2, k0s and snaps. The rules for namespaces, mounts and devices leave them out; one that is not known raises critical alerts at each container's start.",
    ),
  ebpf: ebpfSchema,
  metrics: metricsSchema,
  kubernetesApi: kubernetesApiSchema,
  outbound: outboundSchema,
});

export type FalcoConfig = z.output<typeof falcoSchema>;
