import type { PodSpec } from "kubernetes-types/core/v1";
import type { Global, Tests } from "../../components/core/config/envelope-schema";
import type { Store } from "../../components/documents/store";
import { checksum } from "../../components/kubernetes/checksum";
import type { Manifest } from "../../components/kubernetes/manifest";
import { nodeProgramPod, type ProgramPaths, programPaths } from "../../components/kubernetes/node-program";
import type { WorkloadSettings } from "../../components/kubernetes/workloads";
import { ENV } from "../in-cluster/job-settings";

const PROGRAM = "runner.js";
const SCENARIOS = "scenarios.json";
const PROGRAM_FOLDER = "/opt/scenarios";

// All scenarios take some five minutes where nothing is found in time; pods need images first.
const DEADLINE_SECONDS = 1800;
// A sensor's first start pulls its image and may compile its probe.
const SENSOR_SECONDS = 600;
// To remove namespaces with pods in them, when the Job is removed while it runs.
const CLEANUP_SECONDS = 150;

export interface JobSettings {
  name: string;
  namespace: string;
  tests: Tests;
  global: Global;
  elasticsearch: Store;
  workload: WorkloadSettings;
  /** Source of the runner. */
  program: string;
  /** The scenarios to run, as the runner reads them. */
  scenarios: string;
}

/** The Job that runs the scenarios once, and again when they, the program or the config change. */
export function jobManifests(settings: JobSettings): Manifest[] {
  const { name, namespace, program, scenarios } = settings;
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: { [PROGRAM]: program, [SCENARIOS]: scenarios },
    },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace,
        // An update does not wait for the attacks to end, nor fail with one of them.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        // A second run right away finds nothing else.
        backoffLimit: 0,
        activeDeadlineSeconds: DEADLINE_SECONDS,
        template: {
          metadata: {
            labels: { "app.kubernetes.io/name": name },
            annotations: { "checksum/config": checksum(program + scenarios) },
          },
          spec: podSpec(settings),
        },
      },
    },
  ];
}

function podSpec(settings: JobSettings): PodSpec {
  const { name, tests, elasticsearch, workload } = settings;
  const program = {
    name,
    program: { configMap: name, file: PROGRAM, folder: PROGRAM_FOLDER },
    apiKeySecretRef: tests.apiKeySecretRef,
    store: elasticsearch,
    workload,
  };
  return {
    ...nodeProgramPod(program, environment(settings, programPaths(program))),
    terminationGracePeriodSeconds: CLEANUP_SECONDS,
  };
}

function environment({ global, elasticsearch }: JobSettings, paths: ProgramPaths): Record<string, string> {
  const { endpoints, indices } = elasticsearch;
  const { events, inventory, vulnerabilities } = indices;
  return {
    [ENV.clusterName]: global.clusterName,
    [ENV.scenarios]: `${PROGRAM_FOLDER}/${SCENARIOS}`,
    [ENV.url]: endpoints[0]!,
    [ENV.apiKeyFile]: paths.apiKey,
    ...(paths.ca ? { [ENV.caFile]: paths.ca } : {}),
    [ENV.indices]: JSON.stringify({ events, inventory, vulnerabilities }),
    ...(global.imageRegistry ? { [ENV.registry]: global.imageRegistry } : {}),
    [ENV.sensorSeconds]: String(SENSOR_SECONDS),
  };
}
