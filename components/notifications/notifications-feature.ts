import type { PlanContext } from "../core/contract/context";
import { ContractError } from "../core/contract/contract-error";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { alerts, heartbeats } from "../core/plan/alert-rules";
import { IMAGES } from "../core/tables/pins";
import type { Alert } from "../documents/alerts";
import { notifierKey } from "../documents/api-keys";
import { alertmanagerManifests } from "./alertmanager/workload";
import { type CertificateData, makeCertificates } from "./certificates";
import { notifierManifests } from "./deployment";
import { ALERTMANAGER, alertmanagerNames, certificatesSecret, NOTIFIER, selectorOf } from "./names";
import { networkPolicies } from "./network-policies";
import { type NotificationsConfig, notificationsSchema } from "./notifications-schema";
import { secretsOf } from "./receivers-schema";

const NAME = "notifications";

/**
 * Who is told of alerts: a program of ours asks Elasticsearch what the alert rules would find and hands all of it to
 * Alertmanager, which groups, repeats, mutes and sends.
 */
export const notifications = defineFeature({
  name: NAME,
  title: "Notifications",
  frameworks: ["NIST CSF 2.0 DE.AE-06", "NIST CSF 2.0 RS.CO-02", "ISO/IEC 27001:2022 8.16", "SOC 2 CC7.3"],
  tests: [
    "test/response/notifications.test.ts",
    "test/response/routes.test.ts",
    "test/unit/notifications.test.ts",
  ],
  // Planned after all who write documents, and before the store, which makes its key.
  priority: 6,
  schema: notificationsSchema,
  workloads: ["alertmanager", "notifier"],
  readsAlerts: true,
  plan,
  resources: { plan: certificateData, make: makeCertificates },
});

function plan(config: NotificationsConfig, context: PlanContext): Contribution {
  const { namespaces, global, store } = context;
  refuseTwoOwners(context);
  const namespace = namespaces.restricted;
  const programs = context.contributions.flatMap(({ contribution }) => contribution.alertReceivers ?? []);
  const secrets = broughtSecrets(config, context);
  const waits = secrets.length === 0 || store.secretsExist;
  return {
    manifests: [
      ...alertmanagerManifests({
        config,
        programs,
        namespaces,
        settings: context.workload("alertmanager", "StatefulSet", IMAGES.alertmanager),
        component: NAME,
        waits,
      }),
      ...notifierManifests({
        config,
        global,
        namespace,
        store,
        workload: context.workload("notifier", "Deployment", IMAGES.node),
        rules: rulesOf(context),
        waits,
      }),
      ...networkPolicies(namespace, config, store, programs),
    ],
    apiKeys: [
      {
        name: NOTIFIER,
        secret: config.apiKeySecretRef,
        pods: selectorOf(NOTIFIER),
        roles: notifierKey(store.indices),
      },
    ],
    conditions: [
      {
        type: "NotificationsReady",
        workloads: [
          { kind: "StatefulSet", namespace, name: ALERTMANAGER },
          { kind: "Deployment", namespace, name: NOTIFIER },
        ],
      },
    ],
    warnings:
      config.receivers.length === 0
        ? ["notifications: there are no receivers, so nobody is told of alerts"]
        : [],
    nextSteps:
      secrets.length > 0
        ? [`notifications: make the Secrets ${secrets.join(", ")} in ${namespace}; their pods wait for them`]
        : [],
  };
}

function refuseTwoOwners({ alerts: { notifiedBy } }: PlanContext): void {
  if (notifiedBy === "kibana")
    throw new ContractError(
      "FTR010",
      "output.elasticsearch.objects.alerts.notifiedBy is kibana, and notifications is on: people would be told twice",
      "set notifiedBy to alertmanager, or switch notifications off",
    );
}

function rulesOf({ store, alerts: config, contributions, registry }: PlanContext): Alert[] {
  const silentAfterMinutes = { ...heartbeats(contributions), ...config.silentAfterMinutes };
  return alerts(store.indices, { ...config, silentAfterMinutes }, registry.documents);
}

/** Names of Secrets that the user makes. */
function broughtSecrets(config: NotificationsConfig, { store }: PlanContext): string[] {
  const { receivers, awsCredentialsSecretRef, apiKeySecretRef } = config;
  const names = [
    ...receivers.flatMap(secretsOf),
    ...(awsCredentialsSecretRef ? [awsCredentialsSecretRef] : []),
    ...(store.makesKeys ? [] : [apiKeySecretRef]),
  ].map(({ name }) => name);
  return [...new Set(names)].sort();
}

function certificateData(
  { certificateGeneration }: NotificationsConfig,
  context: PlanContext,
): CertificateData {
  return {
    secret: certificatesSecret(certificateGeneration),
    namespace: context.namespaces.restricted,
    dnsNames: alertmanagerNames(context.namespaces),
  };
}
