import type { Container, PersistentVolumeClaim, PodSpec, Volume } from "kubernetes-types/core/v1";
import { stringify } from "yaml";
import type { AlertReceiver } from "../../core/contract/contribution";
import type { Namespaces } from "../../core/contract/namespaces";
import { checksum } from "../../kubernetes/checksum";
import { TLS_FILES } from "../../kubernetes/kept-tls";
import { COMPONENT_LABEL } from "../../kubernetes/labels";
import type { Manifest } from "../../kubernetes/manifest";
import { RESTRICTED, secretVolume, serviceAccount } from "../../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../../kubernetes/workloads";
import {
  ALERTMANAGER,
  ALERTMANAGER_PORT,
  CONFIG_FOLDER,
  certificatesSecret,
  SECRETS_FOLDER,
  STATE_FOLDER,
  selectorOf,
  TLS_FOLDER,
} from "../names";
import type { NotificationsConfig } from "../notifications-schema";
import { secretsOf } from "../receivers-schema";
import { alertmanagerFiles } from "./files";

// The image's own user (prometheus/alertmanager, Dockerfile: USER nobody).
const USER = 65_534;
const SELECTOR = selectorOf(ALERTMANAGER);
const AWS = { volume: "aws-credentials", folder: "/etc/alertmanager-aws" };

export interface AlertmanagerArgs {
  config: NotificationsConfig;
  /** Programs of the stack that are told too. */
  programs: readonly AlertReceiver[];
  namespaces: Namespaces;
  settings: WorkloadSettings;
  /** Value of the component label. */
  component: string;
  /** Whether an update waits until its pod is ready; not where somebody has yet to make a Secret that it mounts. */
  waits: boolean;
}

/** Alertmanager and what its pod needs. One pod: what it knows of its work is on its volume, and is posted to it again. */
export function alertmanagerManifests(args: AlertmanagerArgs): Manifest[] {
  const { config, programs, namespaces } = args;
  const namespace = namespaces.restricted;
  const files = alertmanagerFiles(config, programs);
  return [
    serviceAccount({ name: ALERTMANAGER, namespace, annotations: config.serviceAccountAnnotations }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: ALERTMANAGER, namespace }, data: files },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: ALERTMANAGER, namespace },
      spec: {
        clusterIP: "None",
        selector: SELECTOR,
        ports: [{ name: "https", port: ALERTMANAGER_PORT, targetPort: "https", appProtocol: "https" }],
      },
    },
    statefulSet(args, files),
  ];
}

function statefulSet(args: AlertmanagerArgs, files: Record<string, string>): Manifest {
  const { namespaces, waits } = args;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name: ALERTMANAGER,
      namespace: namespaces.restricted,
      annotations: {
        // A policy of the pack asks why the volume goes with it.
        "security-stack/disposable-data":
          "silences, and what was sent already: alerts are posted to it again",
        ...(waits ? {} : { "pulumi.com/skipAwait": "true" }),
      },
    },
    spec: {
      serviceName: ALERTMANAGER,
      replicas: 1,
      selector: { matchLabels: SELECTOR },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      volumeClaimTemplates: [stateVolume(args)],
      template: {
        metadata: { labels: SELECTOR, annotations: { "checksum/config": checksum(stringify(files)) } },
        spec: podSpec(args),
      },
    },
  };
}

function stateVolume({ config, component }: AlertmanagerArgs): PersistentVolumeClaim {
  const { size, storageClass } = config.storage;
  return {
    metadata: { name: "state", labels: { ...SELECTOR, [COMPONENT_LABEL]: component } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(storageClass ? { storageClassName: storageClass } : {}),
    },
  };
}

/** With no right in Kubernetes. */
function podSpec(args: AlertmanagerArgs): PodSpec {
  return {
    serviceAccountName: ALERTMANAGER,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...scheduling(args.settings),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(args)],
    volumes: volumes(args),
  };
}

function container({ config, programs, settings }: AlertmanagerArgs): Container {
  return {
    name: ALERTMANAGER,
    image: settings.image,
    imagePullPolicy: "IfNotPresent",
    args: alertmanagerArguments(config),
    ports: [{ name: "https", containerPort: ALERTMANAGER_PORT }],
    ...(config.awsCredentialsSecretRef
      ? {
          env: [
            {
              name: "AWS_SHARED_CREDENTIALS_FILE",
              value: `${AWS.folder}/${config.awsCredentialsSecretRef.key}`,
            },
          ],
        }
      : {}),
    // Only who has the client's certificate gets an answer, which the kubelet has not.
    readinessProbe: { exec: { command: PROBE }, periodSeconds: 30, timeoutSeconds: 10 },
    livenessProbe: { tcpSocket: { port: "https" }, periodSeconds: 30, failureThreshold: 4 },
    resources: settings.resources,
    securityContext: RESTRICTED,
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
      { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
      { name: "state", mountPath: STATE_FOLDER },
      ...secretFolders(config, programs).map(({ volume, folder }) => ({
        name: volume,
        mountPath: folder,
        readOnly: true,
      })),
    ],
  };
}

const PROBE = [
  ...["amtool", "cluster", "show", `--alertmanager.url=https://localhost:${ALERTMANAGER_PORT}`],
  `--http.config.file=${CONFIG_FOLDER}/client.yml`,
];

/** Its command line (`alertmanager --help`, 0.34). */
export function alertmanagerArguments({ repeatHours }: NotificationsConfig): string[] {
  return [
    `--config.file=${CONFIG_FOLDER}/alertmanager.yml`,
    `--web.config.file=${CONFIG_FOLDER}/web.yml`,
    `--web.listen-address=:${ALERTMANAGER_PORT}`,
    `--storage.path=${STATE_FOLDER}`,
    // What was sent has to be known for longer than until it is sent again.
    `--data.retention=${Math.max(120, 2 * repeatHours)}h`,
    // After a crash it sends again what it sent since; a quarter of an hour by default.
    "--data.maintenance-interval=1m",
    // No other Alertmanager talks to it.
    "--cluster.listen-address=",
    "--enable-feature=receiver-name-in-metrics",
    "--log.format=json",
  ];
}

interface SecretFolder {
  volume: string;
  folder: string;
  secret: string;
  keys: string[];
}

/** The Secrets of all receivers, each once. */
function secretFolders(config: NotificationsConfig, programs: readonly AlertReceiver[]): SecretFolder[] {
  const refs = [...config.receivers.flatMap(secretsOf), ...programs.flatMap(secretsOfProgram)];
  const names = [...new Set(refs.map(({ name }) => name))].sort();
  const { awsCredentialsSecretRef: aws } = config;
  return [
    ...names.map((name, index) => ({
      volume: `receiver-${index}`,
      folder: `${SECRETS_FOLDER}/${name}`,
      secret: name,
      keys: [...new Set(refs.filter((ref) => ref.name === name).map(({ key }) => key))].sort(),
    })),
    ...(aws ? [{ ...AWS, secret: aws.name, keys: [aws.key] }] : []),
  ];
}

function secretsOfProgram({ secret }: AlertReceiver) {
  const { name, ca, certificate, key, token } = secret;
  return [ca, certificate, key, token].map((one) => ({ name, key: one }));
}

function volumes({ config, programs }: AlertmanagerArgs): Volume[] {
  return [
    { name: "config", configMap: { name: ALERTMANAGER } },
    secretVolume("tls", certificatesSecret(config.certificateGeneration), Object.values(TLS_FILES)),
    ...secretFolders(config, programs).map(({ volume, secret, keys }) => secretVolume(volume, secret, keys)),
  ];
}
