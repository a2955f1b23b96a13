import type { Global } from "../core/config/envelope-schema";
import type { DenyPolicy } from "../core/contract/contribution";
import type { Namespaces } from "../core/contract/namespaces";
import type { Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { networkPolicy, tcp, toApiServer, toEndpoint } from "../kubernetes/network-policies";
import { serviceAccount } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { nodeProgram } from "../node-program/bundle";
import {
  elasticsearchVariables,
  type NodeProgram,
  programConfigMap,
  programTemplate,
} from "../node-program/pod";
import type { EnvironmentInput } from "../node-program/settings";
import type { ENVIRONMENT, Orders } from "./program/responder-settings";
import {
  CERTIFICATES,
  HEALTH_PORT,
  RESPONDER,
  SELECTOR,
  SERVICE_PORT,
  TLS_FOLDER,
  webhookSecret,
} from "./response-names";
import type { ResponseConfig } from "./response-schema";

/** Entry of the program. */
export const RESPONDER_SOURCE = "components/response/program/responder-program.ts";

const FOLDER = "/opt/responder";
const ORDERS = "orders.json";
/** Label of Alertmanager's pods, which alone reach the webhook. */
const ALERTMANAGER_PODS = { "app.kubernetes.io/name": "alertmanager" };

export interface ResponderArgs {
  config: ResponseConfig;
  global: Global;
  namespaces: Namespaces;
  store: Store;
  workload: WorkloadSettings;
  waits: boolean;
  denyPolicies: readonly DenyPolicy[];
}

/** The responder: its program and what it is to do in a ConfigMap, run by a stock Node image. It keeps nothing itself. */
export function responderManifests(args: ResponderArgs): Manifest[] {
  const { namespaces, store } = args;
  const namespace = namespaces.restricted;
  const program = programOf(args);
  return [
    serviceAccount({ name: RESPONDER, namespace }),
    programConfigMap(program),
    deployment(args, program),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: RESPONDER, namespace },
      spec: {
        selector: { ...SELECTOR },
        ports: [{ name: "https", port: SERVICE_PORT, targetPort: SERVICE_PORT, appProtocol: "https" }],
      },
    },
    networkPolicy({ name: RESPONDER, namespace }, SELECTOR, {
      ingress: [{ from: [{ podSelector: { matchLabels: ALERTMANAGER_PODS } }], ports: [tcp(SERVICE_PORT)] }],
      egress: [toApiServer(), ...store.endpoints.map((endpoint) => toEndpoint(endpoint, store.podPort))],
    }),
  ];
}

function programOf({ config, namespaces, store, workload, denyPolicies }: ResponderArgs): NodeProgram {
  const { ca, serverCertificate, serverKey, token } = CERTIFICATES;
  return {
    name: RESPONDER,
    namespace: namespaces.restricted,
    configMap: "responder-program",
    folder: FOLDER,
    files: {
      "responder.js": nodeProgram(RESPONDER_SOURCE),
      [ORDERS]: `${JSON.stringify(ordersOf(config, namespaces, denyPolicies), null, 1)}\n`,
    },
    apiKeySecretRef: config.apiKeySecretRef,
    store,
    workload,
    secrets: [
      {
        name: webhookSecret(config.certificateGeneration),
        keys: [ca, serverCertificate, serverKey, token],
        folder: TLS_FOLDER,
      },
    ],
    usesApiServer: true,
    isSmall: true,
    service: { healthPort: HEALTH_PORT },
  };
}

/** What of the config the program reads. */
export function ordersOf(
  config: ResponseConfig,
  { privileged, restricted }: Namespaces,
  denyPolicies: readonly DenyPolicy[],
): Orders {
  const { rules, namespaces, recordsNamespace, exemptLabels, budgets } = config;
  const { maxEventAgeMinutes, approvalMinutes } = config;
  return {
    ...{ rules, namespaces, recordsNamespace, exemptLabels, budgets, maxEventAgeMinutes, approvalMinutes },
    denyPolicies,
    ownNamespaces: [privileged, restricted, recordsNamespace],
  };
}

function deployment(args: ResponderArgs, program: NodeProgram): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: RESPONDER,
      namespace: program.namespace,
      ...(args.waits ? {} : { annotations: { "pulumi.com/skipAwait": "true" } }),
    },
    spec: {
      replicas: 1,
      // Two at once could go beyond a budget.
      strategy: { type: "Recreate" },
      selector: { matchLabels: { ...SELECTOR } },
      template: programTemplate(program, { ...variables(args, program) }),
    },
  };
}

function variables(
  { global, store }: ResponderArgs,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  const file = (name: keyof typeof CERTIFICATES) => `${TLS_FOLDER}/${CERTIFICATES[name]}`;
  return {
    CLUSTER_NAME: global.clusterName,
    ...elasticsearchVariables(program, store.endpoints),
    RESPONSES_INDEX: store.indices.responses,
    ORDERS_FILE: `${FOLDER}/${ORDERS}`,
    WEBHOOK_PORT: String(SERVICE_PORT),
    WEBHOOK_CERTIFICATE_FILE: file("serverCertificate"),
    WEBHOOK_KEY_FILE: file("serverKey"),
    WEBHOOK_CA_FILE: file("ca"),
    WEBHOOK_TOKEN_FILE: file("token"),
    HEALTH_PORT: String(HEALTH_PORT),
  };
}
