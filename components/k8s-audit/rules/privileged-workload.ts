import { type AuditRule, CONTAINERS, patched } from "../audit-rule";
import { WORKLOAD_CONTROLLERS } from "../trusted";

/** Each of them is enough to leave the container; the runtime takes them in any spelling (containerd, WithAddedCapabilities). */
const CAPABILITIES = ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"]
  .map(inAnyCase)
  .join("|");

function inAnyCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
}

/** A container with all capabilities or one that leads out of it, with the host's namespaces, or with all of /proc. */
export const privilegedWorkload: AuditRule = {
  name: "privileged-workload",
  severity: 4,
  techniques: ["T1611", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: CONTAINERS,
    except: WORKLOAD_CONTROLLERS,
    body: [
      '"privileged":true',
      '"host(PID|IPC|Network)":true',
      `"capabilities":\\{"add":\\[[^\\]]*"(${CAPABILITIES})"`,
      '"procMount":"Unmasked"',
      `${patched("privileged|host(PID|IPC|Network)")}(,"value":true)?\\}`,
      patched('procMount|capabilities/add(/[^/"]+)?'),
    ],
  },
};
