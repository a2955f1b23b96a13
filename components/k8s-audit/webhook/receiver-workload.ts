import type { Manifest } from "../../kubernetes/manifest";
import { networkPolicy, tcp } from "../../kubernetes/network-policies";
import { disruptionBudget, serviceAccount } from "../../kubernetes/pods";
import type { WorkloadSettings } from "../../kubernetes/workloads";
import { nodeProgram } from "../../node-program/bundle";
import { type ProgramPod, programConfigMap, programTemplate } from "../../node-program/pod";
import type { EnvironmentInput } from "../../node-program/settings";
import type { WebhookConfig } from "../audit-schema";
import type { ENVIRONMENT } from "./receiver-settings";
import {
  CERTIFICATES,
  certificatesSecret,
  HEALTH_PORT,
  RECEIVER,
  RECEIVER_PORT,
  TLS_FOLDER,
} from "./webhook-names";

/** Entry of the program. */
export const RECEIVER_SOURCE = "components/k8s-audit/webhook/receiver-program.ts";

/** As the API server's own file is rotated (README.md). */
const FILE_MEGABYTES = 100;
const SELECTOR = { "app.kubernetes.io/name": RECEIVER };

export interface ReceiverArgs {
  config: WebhookConfig;
  namespace: string;
  workload: WorkloadSettings;
  /** On its node, which the node collector reads. */
  eventsFolder: string;
}

/**
 * The receiver: two pods where the nodes allow, each writing to its node's disk, so that one of them may be away. Anyone may
 * reach their port, since where API servers come from is not known here; without the certificate nobody gets further.
 */
export function receiverManifests(args: ReceiverArgs): Manifest[] {
  const { config, namespace, workload, eventsFolder } = args;
  const metadata = { name: RECEIVER, namespace };
  const program: ProgramPod = {
    name: RECEIVER,
    namespace,
    configMap: "audit-receiver-program",
    folder: "/opt/audit-receiver",
    files: { "audit-receiver.js": nodeProgram(RECEIVER_SOURCE) },
    workload,
    secrets: [
      {
        name: certificatesSecret(config.certificateGeneration),
        keys: [CERTIFICATES.ca, CERTIFICATES.serverCertificate, CERTIFICATES.serverKey],
        folder: TLS_FOLDER,
      },
    ],
    usesApiServer: false,
    service: { healthPort: HEALTH_PORT },
    nodeFolder: eventsFolder,
  };
  const template = programTemplate(program, { ...variables(args) });
  return [
    serviceAccount(metadata),
    programConfigMap(program),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: config.service,
        selector: SELECTOR,
        ports: [
          {
            name: "events",
            port: 443,
            targetPort: RECEIVER_PORT,
            appProtocol: "https",
            ...(config.nodePort === undefined ? {} : { nodePort: config.nodePort }),
          },
        ],
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: workload.replicas,
        selector: { matchLabels: SELECTOR },
        template: { ...template, spec: { ...template.spec!, topologySpreadConstraints: [SPREAD] } },
      },
    },
    ...(workload.replicas > 1 ? [disruptionBudget(metadata, SELECTOR)] : []),
    networkPolicy(metadata, SELECTOR, { ingress: [{ ports: [tcp(RECEIVER_PORT)] }] }),
  ];
}

const SPREAD = {
  topologyKey: "kubernetes.io/hostname",
  maxSkew: 1,
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: SELECTOR },
};

function variables({ config, eventsFolder }: ReceiverArgs): EnvironmentInput<typeof ENVIRONMENT> {
  return {
    PORT: String(RECEIVER_PORT),
    HEALTH_PORT: String(HEALTH_PORT),
    SERVER_CERTIFICATE_FILE: `${TLS_FOLDER}/${CERTIFICATES.serverCertificate}`,
    SERVER_KEY_FILE: `${TLS_FOLDER}/${CERTIFICATES.serverKey}`,
    CLIENT_CA_FILE: `${TLS_FOLDER}/${CERTIFICATES.ca}`,
    EVENTS_FOLDER: eventsFolder,
    FILE_MEGABYTES: String(FILE_MEGABYTES),
    MAX_MEGABYTES: String(config.keepMegabytes),
  };
}
