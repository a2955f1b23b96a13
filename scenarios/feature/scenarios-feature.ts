import type { Tests } from "../../components/core/config/envelope-schema";
import type { PlanContext } from "../../components/core/contract/context";
import { defineFeature } from "../../components/core/contract/feature";
import { IMAGES, SCENARIO_IMAGES } from "../../components/core/tables/pins";
import { readerKey } from "../../components/documents/api-keys";
import type { Store } from "../../components/documents/store";
import type { Manifest } from "../../components/kubernetes/manifest";
import { networkPolicy, toApiServer, toEndpoint } from "../../components/kubernetes/network-policies";
import { excuses, withoutRequests, withoutWhatIsOff } from "../check/detections";
import { canBeSeen } from "../check/run";
import { POD_RESOURCES, SHAPES } from "../cluster/test-pods";
import type { Scenario } from "../model/scenario-schema";
import { runnerProgram } from "./bundle";
import { jobManifests } from "./job";
import { accountManifests } from "./job-rights";
import { detectionsOf } from "./planned-detections";
import { selectScenarios } from "./selection";

const NAME = "scenarios";

/**
 * The attack scenarios as a Job in the cluster: it makes test pods, attacks them and looks in Elasticsearch whether the
 * stack found it. What it makes beside its own pod it makes and removes itself.
 */
export const scenarios = defineFeature({
  name: NAME,
  title: "Attack scenarios",
  frameworks: ["NIST CSF 2.0 ID.IM-02", "GDPR 32(1)(d)", "SOC 2 CC4.1"],
  tests: [
    "test/cluster/scenario-runner.test.ts",
    "test/pipeline/scenario-replay.test.ts",
    "test/unit/scenario-report.test.ts",
  ],
  // Planned after the sensors, of which it has to know what they find; its pod waits until they are ready.
  priority: 50,
  configuredBy: ({ tests }) => (tests.enabled ? tests : undefined),
  requires: ["otel_pipeline"],
  workloads: [NAME],
  usesStore: true,
  plan(tests, context) {
    const { global, store: elasticsearch, namespaces } = context;
    const namespace = namespaces.restricted;
    const detections = detectionsOf(context.contributions);
    const wanted = withoutRequests(selectScenarios(tests, global));
    const selected = withoutWhatIsOff(wanted, detections);
    countTestPods(context);
    return {
      manifests: [
        ...accountManifests(NAME, namespace),
        ...jobManifests({
          ...{ name: NAME, namespace, tests, global, elasticsearch },
          workload: context.workload(NAME, "Job", IMAGES.node),
          program: runnerProgram(),
          scenarios: JSON.stringify(selected.map(withoutNeedlessSteps)),
        }),
        traffic(namespace, elasticsearch),
      ],
      apiKeys: [
        {
          name: NAME,
          secret: tests.apiKeySecretRef,
          pods: { "app.kubernetes.io/name": NAME },
          roles: readerKey(elasticsearch.indices),
        },
      ],
      conditions: [{ type: "ScenariosPassed", workloads: [{ kind: "Job", namespace, name: NAME }] }],
      warnings: [
        `scenarios: ${selected.length} attack scenarios run in the cluster ${global.clusterName}, in pods of their own`,
        ...excuses(selected).map((line) => `scenarios: ${line}`),
      ],
      nextSteps: nextSteps(tests, context),
    };
  },
});

/** Of an attack that is not made the steps are only weight in the ConfigMap. */
function withoutNeedlessSteps(scenario: Scenario): Scenario {
  return canBeSeen(scenario) ? scenario : { ...scenario, steps: [], cleanup: [] };
}

/** The pods that the runner makes, at most as many at once as there are kinds of them, and one as an attack. */
function countTestPods(context: PlanContext): void {
  for (const [name, image] of Object.entries(SCENARIO_IMAGES)) {
    const pods = Object.values(SHAPES).filter((shape) => shape.image === name).length;
    const replicas = name === "testbox" ? pods + 1 : pods;
    const title = name.charAt(0).toUpperCase() + name.slice(1);
    context.sideContainer({ name: `${NAME}${title}`, kind: "Job", replicas, ...POD_RESOURCES }, image);
  }
}

function traffic(namespace: string, { endpoints, podPort }: Store): Manifest {
  return networkPolicy(
    { name: NAME, namespace },
    { "app.kubernetes.io/name": NAME },
    { egress: [toApiServer(), ...endpoints.slice(0, 1).map((endpoint) => toEndpoint(endpoint, podPort))] },
  );
}

function nextSteps({ apiKeySecretRef: { name, key } }: Tests, { namespaces, store }: PlanContext): string[] {
  const { events, inventory, audit, vulnerabilities, correlations } = store.indices;
  const { restricted } = namespaces;
  const bringKey = [
    `scenarios: put an encoded API key with the privilege read on ${events}, ${inventory}, ${audit}, ${vulnerabilities} and ${correlations} into the Secret ${name} (key ${key}) of ${restricted}; until then the Job's pod waits for it`,
  ];
  return [
    ...(store.makesKeys ? [] : bringKey),
    `scenarios: kubectl -n ${restricted} logs job/${NAME} > run.log, then npm run scenarios -- --from-log run.log makes the reports of it`,
  ];
}
