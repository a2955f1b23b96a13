import type { Global, Tests } from "../../components/core/config/envelope-schema";
import type { Store } from "../../components/documents/store";
import type { Manifest } from "../../components/kubernetes/manifest";
import type { WorkloadSettings } from "../../components/kubernetes/workloads";
import {
  elasticsearchVariables,
  type NodeProgram,
  programConfigMap,
  programTemplate,
} from "../../components/node-program/pod";
import type { EnvironmentInput } from "../../components/node-program/settings";
import type { ENVIRONMENT } from "../in-cluster/job-settings";

const PROGRAM_FOLDER = "/opt/scenarios";
const SCENARIOS = "scenarios.json";

// All scenarios take some seven minutes where nothing is found in time; pods need images first.
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
  const { name, namespace, tests, elasticsearch, workload } = settings;
  const program: NodeProgram = {
    name,
    namespace,
    configMap: name,
    folder: PROGRAM_FOLDER,
    files: { "runner.js": settings.program, [SCENARIOS]: settings.scenarios },
    apiKeySecretRef: tests.apiKeySecretRef,
    store: elasticsearch,
    workload,
    usesApiServer: true,
  };
  const template = programTemplate(program, { ...variables(settings, program) });
  return [
    programConfigMap(program),
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
          ...template,
          spec: { ...template.spec!, terminationGracePeriodSeconds: CLEANUP_SECONDS },
        },
      },
    },
  ];
}

function variables(
  { global, elasticsearch }: JobSettings,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  const { endpoints, indices } = elasticsearch;
  const { events, inventory, audit, vulnerabilities, correlations } = indices;
  return {
    CLUSTER_NAME: global.clusterName,
    SCENARIOS_FILE: `${PROGRAM_FOLDER}/${SCENARIOS}`,
    ...elasticsearchVariables(program, endpoints.slice(0, 1)),
    ELASTICSEARCH_INDICES: JSON.stringify({ events, inventory, audit, vulnerabilities, correlations }),
    IMAGE_REGISTRY: global.imageRegistry,
    SENSOR_SECONDS: String(SENSOR_SECONDS),
  };
}
