import type { PlanContext } from "../core/contract/context";
import { ContractError } from "../core/contract/contract-error";
import type { AlertReceiver, Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import type { Namespaces } from "../core/contract/namespaces";
import { IMAGES } from "../core/tables/pins";
import { responderKey } from "../documents/api-keys";
import { approvalPolicy } from "./admission/approval-policy";
import { reachPolicy } from "./admission/reach-policy";
import { responderManifests } from "./responder-deployment";
import { makeWebhookSecret, type WebhookSecretData } from "./response-certificates";
import { OWN_ALERTS, responseDocuments } from "./response-documents";
import {
  CERTIFICATES,
  RESPONDER,
  responderHost,
  responderUser,
  SELECTOR,
  SERVICE_PORT,
  webhookSecret,
} from "./response-names";
import { responderRights } from "./response-rights";
import { type ResponseConfig, responseSchema } from "./response-schema";

/**
 * What is done about alerts: Alertmanager tells a program of ours, which notes, quarantines or evicts pods as rules say,
 * as far as they are let, and writes down each decision.
 */
export const response = defineFeature({
  name: "response",
  title: "Response",
  frameworks: ["NIST CSF 2.0 RS.MI-01", "NIST CSF 2.0 RS.AN-06", "ISO/IEC 27001:2022 5.26", "SOC 2 CC7.4"],
  tests: [
    "test/cluster/response.test.ts",
    "test/cluster/response-approval.test.ts",
    "test/response/responder.test.ts",
  ],
  // Planned after what enforces policies, and before `notifications`, which tells it of alerts.
  priority: 7,
  requires: ["notifications"],
  schema: responseSchema,
  workloads: [RESPONDER],
  usesStore: true,
  documents: responseDocuments,
  plan,
  resources: { plan: secretData, make: makeWebhookSecret },
});

function plan(config: ResponseConfig, context: PlanContext): Contribution {
  const { namespaces, global, store } = context;
  refuseOwnNamespaces(config, context);
  const { recordsNamespace } = config;
  const responder = responderUser(namespaces);
  const { namespaces: allowed, exemptLabels } = config;
  const denyPolicies = context.contributions.flatMap(({ contribution }) => contribution.denyPolicies ?? []);
  const brought = store.makesKeys ? [] : [config.apiKeySecretRef.name];
  return {
    namespaces: [{ name: recordsNamespace, podSecurity: "restricted" }],
    manifests: [
      ...responderManifests({
        ...{ config, global, namespaces, store, denyPolicies },
        workload: context.workload(RESPONDER, "Deployment", IMAGES.node),
        waits: brought.length === 0 || store.secretsExist,
      }),
      ...responderRights(config, namespaces.restricted, denyPolicies),
      ...approvalPolicy(recordsNamespace, responder),
      ...reachPolicy({ responder, namespaces: allowed, recordsNamespace, exemptLabels, denyPolicies }),
    ],
    alertReceivers: [alertReceiver(config, namespaces)],
    apiKeys: [
      {
        name: RESPONDER,
        secret: config.apiKeySecretRef,
        pods: SELECTOR,
        roles: responderKey(store.indices),
      },
    ],
    conditions: [
      {
        type: "ResponseReady",
        workloads: [{ kind: "Deployment", namespace: namespaces.restricted, name: RESPONDER }],
      },
    ],
    warnings: warnings(config),
    nextSteps: brought.map(
      (name) => `response: make the Secret ${name} in ${namespaces.restricted}; its pod waits for it`,
    ),
  };
}

function refuseOwnNamespaces(config: ResponseConfig, { namespaces, contributions }: PlanContext): void {
  const { privileged, restricted } = namespaces;
  const brought = contributions.flatMap(({ contribution }) =>
    (contribution.namespaces ?? []).filter(({ holdsUsersPods }) => !holdsUsersPods).map(({ name }) => name),
  );
  const own = [privileged, restricted, ...brought];
  const reached = [...own, config.recordsNamespace].find((name) => config.namespaces.includes(name));
  if (reached)
    throw new ContractError(
      "FTR012",
      `response.namespaces has ${reached}, a namespace of the stack itself`,
      "name namespaces of your own workloads: what stops a sensor or the pipeline would help an attacker",
    );
  if (own.includes(config.recordsNamespace))
    throw new ContractError(
      "FTR012",
      `response.recordsNamespace is ${config.recordsNamespace}, in which other parts of the stack are`,
      "give it a namespace of its own: the responder writes ConfigMaps there, which elsewhere are programs",
    );
}

function warnings({ rules, namespaces, approvers }: ResponseConfig): string[] {
  return [
    ...(rules.length === 0 ? ["response: there are no rules, so nothing is done about alerts"] : []),
    ...(rules.length > 0 && namespaces.length === 0
      ? ["response: `namespaces` is empty, so nothing is done or tried anywhere"]
      : []),
    ...(rules.some(({ mode }) => mode === "approve") && approvers.length === 0
      ? ["response: there are no approvers, so that only administrators of the cluster can approve"]
      : []),
  ];
}

function alertReceiver({ certificateGeneration }: ResponseConfig, namespaces: Namespaces): AlertReceiver {
  const { ca, clientCertificate, clientKey, token } = CERTIFICATES;
  return {
    name: "security-stack-responder",
    url: `https://${responderHost(namespaces)}:${SERVICE_PORT}/alerts`,
    podPort: SERVICE_PORT,
    secret: {
      name: webhookSecret(certificateGeneration),
      ...{ ca, certificate: clientCertificate, key: clientKey, token },
    },
    matchers: ['namespace!=""', `alertname!~"${OWN_ALERTS}.+"`],
    repeat: "1m",
  };
}

function secretData(
  { certificateGeneration }: ResponseConfig,
  { namespaces }: PlanContext,
): WebhookSecretData {
  const host = responderHost(namespaces);
  return {
    secret: webhookSecret(certificateGeneration),
    namespace: namespaces.restricted,
    dnsNames: [host, `${RESPONDER}.${namespaces.restricted}`, `${host}.cluster.local`, "localhost"],
  };
}
