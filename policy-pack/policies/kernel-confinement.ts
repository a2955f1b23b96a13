import { eachContainer, eachPods } from "../kubernetes/each";
import type { Pods } from "../kubernetes/pod-templates";
import { type Container, isPrivileged, securitySetting, windowsSetting } from "../kubernetes/pods";
import { listAt, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

// Pod Security Standards, "baseline": SELinux types and sysctls.
const SELINUX_TYPES = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

export const kernelConfinement: ResourcePolicy = {
  name: "kernel-confinement",
  rule: "AppArmor, SELinux, /proc masking and sysctls stay as the runtime has them.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01"], iso: ["8.9"], cis: ["5.2.10", "5.6.3"] },
  fix: "remove the field; what a sensor needs takes an exception in policy-pack/pack/privilege-exceptions.ts",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      for (const item of looseSettings(container, pods)) {
        if (exceptionFor(this.name, pods.labels, item, container.name)) continue;
        report.violation({ where: container.where, found: item, allowed: "the runtime's default" });
      }
    });
    eachPods(object, report, (pods) => {
      const names = listAt(pods.spec, "securityContext", "sysctls").map(
        (sysctl) => textAt(sysctl, "name") ?? "",
      );
      for (const name of names.filter((sysctl) => !SYSCTLS.includes(sysctl)))
        report.violation({ where: pods.where, found: `sysctl ${name}`, allowed: SYSCTLS.join(", ") });
    });
  },
};

function looseSettings(container: Container, pods: Pods): string[] {
  const appArmor = textAt(securitySetting(pods, container, "appArmorProfile"), "type");
  const legacy = pods.annotations[`container.apparmor.security.beta.kubernetes.io/${container.name}`];
  const seLinux = securitySetting(pods, container, "seLinuxOptions");
  const type = textAt(seLinux, "type");
  const procMount = textAt(container.value, "securityContext", "procMount");
  const found = [
    // A privileged container runs without AppArmor anyway; whether it may is no-privileged's question.
    (appArmor === "Unconfined" || legacy === "unconfined") &&
      !isPrivileged(container) &&
      "appArmorProfile Unconfined",
    type && !SELINUX_TYPES.includes(type) && `seLinuxOptions.type ${type}`,
    textAt(seLinux, "user") && `seLinuxOptions.user ${textAt(seLinux, "user")}`,
    textAt(seLinux, "role") && `seLinuxOptions.role ${textAt(seLinux, "role")}`,
    procMount && procMount !== "Default" && `procMount ${procMount}`,
    windowsSetting(pods, container, "hostProcess") === true && "windowsOptions.hostProcess true",
  ];
  return found.filter((item) => typeof item === "string" && item !== "") as string[];
}
