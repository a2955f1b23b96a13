import { CORE, type Evasion, FIRST, patchedDeployment, SPEC } from "./evasion";

const madePod = (what: string, rule: string, name: string, securityContext: object): Evasion => ({
  what,
  rule,
  name,
  run: (send) =>
    send("POST", `${CORE}/pods`, {
      metadata: { name },
      spec: {
        nodeSelector: { "security-stack/nowhere": "true" },
        containers: [{ name: "c", image: "registry.invalid/c:1", securityContext }],
      },
    }),
});

/** Pods that lead out of their containers. */
export const EVADING_WORKLOADS: readonly Evasion[] = [
  patchedDeployment("privileged by a JSON patch", "privileged-workload", "patched-privileged", [
    { value: true, path: `${FIRST}/securityContext/privileged`, op: "add" },
  ]),
  patchedDeployment("privileged by a copy of another switch", "privileged-workload", "copied-privileged", [
    {
      op: "copy",
      from: `${FIRST}/securityContext/runAsNonRoot`,
      path: `${FIRST}/securityContext/privileged`,
    },
  ]),
  patchedDeployment("the host's processes by a JSON patch", "privileged-workload", "patched-host-pid", [
    { op: "add", path: `${SPEC}/hostPID`, value: true },
  ]),
  patchedDeployment("a capability by a JSON patch", "privileged-workload", "patched-capability", [
    { op: "add", path: `${FIRST}/securityContext/capabilities`, value: {} },
    { op: "add", path: `${FIRST}/securityContext/capabilities/add`, value: [] },
    { op: "add", path: `${FIRST}/securityContext/capabilities/add/-`, value: "SYS_ADMIN" },
  ]),
  patchedDeployment("a node's folder by a JSON patch", "host-path-workload", "patched-host-path", [
    { op: "add", path: `${SPEC}/volumes`, value: [{ name: "v", emptyDir: {} }] },
    { op: "remove", path: `${SPEC}/volumes/0/emptyDir` },
    { op: "add", path: `${SPEC}/volumes/0/hostPath`, value: { path: "/" } },
  ]),
  madePod("SYS_ADMIN in small letters", "privileged-workload", "small-letters", {
    capabilities: { add: ["net_admin", "sys_admin"] },
  }),
  madePod("a ptrace of other processes", "privileged-workload", "ptrace", {
    capabilities: { add: ["SYS_PTRACE"] },
  }),
];
