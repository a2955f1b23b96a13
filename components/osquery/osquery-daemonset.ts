import type { Container, PodSpec } from "kubernetes-types/core/v1";
import { checksum } from "../kubernetes/checksum";
import type { Manifest } from "../kubernetes/manifest";
import { daemonSet, hostFolder, RESTRICTED, serviceAccount } from "../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import { type FlagSettings, osqueryFlags, PATHS, SNAPSHOT_LOG } from "./flags";

export const NAME = "osquery";
const CONFIG_MAP = "osquery-config";
const SELECTOR = { "app.kubernetes.io/name": NAME };

export interface DaemonSetSettings {
  namespace: string;
  workload: WorkloadSettings;
  flags: FlagSettings;
  /** Content of osquery.conf. */
  config: string;
  /** Folders on the node. */
  logFolder: string;
  databaseFolder: string;
}

/** osqueryd on every node: its account, config and pods. It talks to nobody, so no NetworkPolicy opens anything. */
export function osqueryManifests(settings: DaemonSetSettings): Manifest[] {
  const metadata = { name: NAME, namespace: settings.namespace };
  return [
    serviceAccount(metadata),
    configMap(settings),
    daemonSet({
      metadata,
      labels: SELECTOR,
      annotations: { "checksum/config": checksum(settings.config) },
      spec: podSpec(settings),
    }),
  ];
}

function configMap({ namespace, config }: DaemonSetSettings): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: CONFIG_MAP, namespace },
    data: { "osquery.conf": config },
  };
}

function podSpec({ workload, flags, logFolder, databaseFolder }: DaemonSetSettings): PodSpec {
  return {
    serviceAccountName: NAME,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The processes, ports and modules of the node. Its files are read in the mount namespace of process 1
    // (`pid_with_namespace`) and not from a mounted root: no host path to follow, and the tables find their files
    // where they expect them.
    hostPID: true,
    terminationGracePeriodSeconds: 30,
    ...scheduling(workload),
    containers: [container(workload, flags)],
    volumes: [
      { name: "config", configMap: { name: CONFIG_MAP } },
      hostFolder("log", logFolder),
      hostFolder("database", databaseFolder),
      { name: "run", emptyDir: { sizeLimit: "1Mi" } },
    ],
  };
}

function container(workload: WorkloadSettings, flags: FlagSettings): Container {
  return {
    name: NAME,
    image: workload.image,
    imagePullPolicy: "IfNotPresent",
    command: ["/opt/osquery/bin/osqueryd"],
    args: osqueryFlags(flags, workload.resources),
    env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
    resources: workload.resources,
    securityContext: SECURITY_CONTEXT,
    volumeMounts: [
      { name: "config", mountPath: "/etc/osquery", readOnly: true },
      { name: "log", mountPath: PATHS.log },
      { name: "database", mountPath: PATHS.database },
      { name: "run", mountPath: PATHS.run },
    ],
    ...PROBES,
  };
}

// Not privileged. Entering the mount namespace of process 1 takes SYS_ADMIN and SYS_CHROOT (setns(2)), opening it
// and reading other processes' files SYS_PTRACE, files of other users DAC_READ_SEARCH. AppArmor's default profile
// and SELinux' container type forbid to look at processes outside of them, whatever the capabilities.
const SECURITY_CONTEXT: Container["securityContext"] = {
  ...RESTRICTED,
  runAsUser: 0,
  runAsGroup: 0,
  capabilities: { drop: ["ALL"], add: ["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "DAC_READ_SEARCH"] },
  seccompProfile: { type: "RuntimeDefault" },
  appArmorProfile: { type: "Unconfined" },
  seLinuxOptions: { type: "spc_t" },
};

const HEARTBEAT_MINUTES = 16;

// osqueryd has no HTTP endpoint, and asking osqueryi starts a second osquery in the pod's memory. It holds its
// pidfile once config and database are open: ready. Its heartbeat query writes every 5 minutes: a snapshot log
// older than three beats means that the schedule hangs or the log can't be written. The glob takes in the rotated
// file, for the moment after a rotation.
const PROBES: Pick<Container, "readinessProbe" | "livenessProbe"> = {
  readinessProbe: {
    exec: { command: ["test", "-s", PATHS.pidfile] },
    periodSeconds: 10,
    timeoutSeconds: 5,
  },
  livenessProbe: {
    exec: {
      command: [
        "/bin/sh",
        "-c",
        `find ${PATHS.log} -name '${SNAPSHOT_LOG}*' -mmin -${HEARTBEAT_MINUTES} | grep -q .`,
      ],
    },
    initialDelaySeconds: 300,
    periodSeconds: 300,
    timeoutSeconds: 10,
    failureThreshold: 3,
  },
};
