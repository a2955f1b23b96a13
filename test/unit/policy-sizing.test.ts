import { clusterCapacity } from "../../policy-pack/policies/cluster-capacity";
import { containerResources } from "../../policy-pack/policies/container-resources";
import { jvmHeap } from "../../policy-pack/policies/jvm-heap";
import { limitsCoverRequests } from "../../policy-pack/policies/limits-cover-requests";
import { nodeBudget } from "../../policy-pack/policies/node-budget";
import { withinSizing } from "../../policy-pack/policies/within-sizing";
import { container, fails, isNotChecked, passes, patched, pod, UNKNOWN } from "../support/policy/assertions";
import {
  goodContainer,
  goodCronJob,
  goodDaemonSet,
  goodDeployment,
  goodStore,
} from "../support/policy/policy-objects";

const RESOURCES = (cpu: string, memory: string, maxCpu = cpu, maxMemory = memory) => ({
  requests: { cpu, memory },
  limits: { cpu: maxCpu, memory: maxMemory },
});

describe("policy container-resources", () => {
  const policy = containerResources;

  it("passes when every container has all four", () => {
    passes(policy, [goodDaemonSet(), goodDeployment(), goodCronJob(), goodStore()]);
  });

  it("passes quantities that are written as numbers", () => {
    passes(policy, patched(goodDeployment(), container("resources", "limits", "cpu"), 1));
  });

  it("fails for each that is missing, in every list of containers", () => {
    fails(
      policy,
      patched(goodDaemonSet(), container("resources"), undefined),
      /container main\n.*requests.cpu missing, requests.memory missing, limits.cpu missing, limits.memory missing/,
    );
    for (const resource of ["cpu", "memory"]) {
      const limits = container("resources", "limits", resource);
      fails(
        policy,
        patched(goodDaemonSet(), limits, undefined),
        new RegExp(`found: {3}limits.${resource} missing\n`),
      );
      const neither = patched(goodDaemonSet(), limits, undefined);
      fails(
        policy,
        patched(neither, container("resources", "requests", resource), undefined),
        new RegExp(`found: {3}requests.${resource} missing, limits.${resource} missing\n`),
      );
    }
    fails(
      policy,
      patched(goodDeployment(), pod("initContainers"), [{ name: "setup", image: "a/b:1" }]),
      /init container setup/,
    );
    fails(
      policy,
      patched(goodStore(), ["spec", "nodeSets", 0, "podTemplate", "spec", "containers", 0, "resources"], {}),
      /nodeSets.0, container store/,
    );
  });

  it("fails for what is no quantity", () => {
    fails(
      policy,
      patched(goodDaemonSet(), container("resources", "limits", "memory"), "lots"),
      /limits.memory "lots"/,
    );
  });

  it("passes every form of quantity that the API server takes", () => {
    for (const [cpu, memory] of [
      ["100m", "129e6"],
      ["100u", "64Mi"],
      ["1", "1E"],
      ["1", "1Pi"],
      [".5", "1Gi"],
      ["+1", "1Gi"],
      [1, 1.0e21],
    ])
      passes(
        policy,
        patched(goodDeployment(), container("resources"), RESOURCES(cpu as string, memory as string)),
      );
  });

  it("fails for nothing, and for less than nothing", () => {
    for (const amount of [0, "0", "0Mi", "-1"])
      fails(
        policy,
        patched(goodDaemonSet(), container("resources"), RESOURCES(amount as string, "1Gi")),
        new RegExp(`requests.cpu "${amount}", limits.cpu "${amount}"`),
      );
  });

  it("takes a request for as large as its limit where none is written, as Kubernetes does", () => {
    passes(policy, patched(goodDaemonSet(), container("resources", "requests"), undefined));
  });

  it("takes what the pod has as a whole for its containers", () => {
    const whole = patched(goodDaemonSet(), container("resources"), undefined);
    passes(policy, patched(whole, pod("resources"), RESOURCES("100m", "64Mi")));
    fails(
      policy,
      patched(whole, pod("resources"), { limits: { cpu: "1" } }),
      /requests.memory missing, limits.memory missing/,
    );
  });

  it("leaves the container of an operator alone of which no word is said", () => {
    const operators = ["spec", "nodeSets", 0, "podTemplate", "spec", "containers", 0];
    passes(policy, patched(goodStore(), [...operators, "resources"], undefined));
    fails(
      policy,
      patched(
        patched(goodStore(), [...operators, "resources"], undefined),
        [...operators, "image"],
        "docker.io/a/b:1",
      ),
      /container store/,
    );
    fails(policy, patched(goodDaemonSet(), container(), { name: "main" }), /requests.cpu missing/);
  });

  it("leaves ephemeral containers alone, which can't have any", () => {
    passes(
      policy,
      patched(goodDeployment(), pod("ephemeralContainers"), [{ name: "debug", image: "a/b:1" }]),
    );
  });

  it("is not checked where a quantity is unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), container("resources", "limits", "cpu"), UNKNOWN),
      /containers\.0\.resources\.limits\.cpu/,
    );
  });
});

describe("policy limits-cover-requests", () => {
  const policy = limitsCoverRequests;

  it("passes limits of at least the request", () => {
    passes(policy, [
      goodDaemonSet(),
      patched(goodDeployment(), container("resources"), RESOURCES("1", "1Gi")),
    ]);
  });

  it("leaves what is missing to container-resources", () => {
    passes(policy, patched(goodDaemonSet(), container("resources", "limits"), {}));
    passes(policy, patched(goodDaemonSet(), container("resources", "requests"), {}));
  });

  it("fails for a limit below the request", () => {
    for (const [resource, request, limit] of [
      ["cpu", "500m", "0.4"],
      ["memory", "1Gi", "1000Mi"],
      ["ephemeral-storage", "2e9", "1Gi"],
      ["example.com/gpu", "2", "1"],
    ] as const) {
      const resources = { requests: { [resource]: request }, limits: { [resource]: limit } };
      fails(
        policy,
        patched(goodDaemonSet(), container("resources"), resources),
        new RegExp(`limits.${resource} ${limit}, requests.${resource} ${request}\n.*at least ${request}`),
      );
    }
  });

  it("is not checked where a request is unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), container("resources", "requests", "memory"), UNKNOWN),
      /requests\.memory/,
    );
  });
});

describe("policy within-sizing", () => {
  const policy = withinSizing;
  const gateway = patched(
    goodDeployment("gateway"),
    container("resources"),
    RESOURCES("100m", "128Mi", "500m", "256Mi"),
  );

  it("passes the row itself and what is within the factor", () => {
    passes(policy, gateway);
    passes(policy, patched(gateway, container("resources"), RESOURCES("50m", "64Mi", "1", "512Mi")));
    passes(policy, patched(gateway, container("resources"), RESOURCES("200m", "256Mi", "250m", "128Mi")));
  });

  it("finds the row of a custom object and of a name in kebab case", () => {
    passes(policy, goodStore());
    const collector = patched(
      goodDaemonSet("node-collector"),
      container("resources"),
      RESOURCES("1", "128Mi", "1", "256Mi"),
    );
    fails(policy, collector, [/nodeCollector is 100m.*factor 2/, /limits.cpu of the pod 1\n.*150m to 600m/]);
  });

  it("has nothing to say of a workload without a row", () => {
    passes(policy, patched(goodDaemonSet("toy"), container("resources"), RESOURCES("9", "9Gi")));
    passes(policy, patched(goodDaemonSet("constructor"), container("resources"), RESOURCES("9", "9Gi")));
  });

  it("fails beyond the factor, up and down", () => {
    fails(
      policy,
      patched(gateway, container("resources", "limits", "memory"), "513Mi"),
      /limits.memory of the pod 513Mi\n {2}allowed: 128Mi to 512Mi: gateway is 256Mi in the sizing table, factor 2/,
    );
    fails(
      policy,
      patched(gateway, container("resources", "requests", "cpu"), "49m"),
      /requests.cpu of the pod 49m/,
    );
    fails(policy, patched(gateway, container("resources", "requests", "memory"), "257Mi"), /requests.memory/);
    fails(policy, patched(gateway, container("resources", "limits", "cpu"), "2"), /limits.cpu/);
  });

  it("counts the whole pod: sidecars with the containers, init containers when they are more", () => {
    const more = { ...goodContainer(), name: "two", resources: RESOURCES("300m", "16Mi") };
    fails(policy, patched(gateway, pod("containers", 1), more), /requests.cpu of the pod 400m/);
    fails(
      policy,
      patched(gateway, pod("initContainers"), [{ ...more, restartPolicy: "Always" }]),
      /requests.cpu of the pod 400m/,
    );
    fails(policy, patched(gateway, pod("initContainers"), [more]), /requests.cpu of the pod 300m/);
    const small = { ...more, resources: RESOURCES("90m", "16Mi") };
    passes(policy, patched(gateway, pod("initContainers"), [small]));
  });

  it("counts an init container on top of the sidecars that run by then", () => {
    const sidecar = {
      ...goodContainer(),
      name: "log",
      restartPolicy: "Always",
      resources: RESOURCES("60m", "16Mi"),
    };
    const init = { ...goodContainer(), name: "setup", resources: RESOURCES("150m", "16Mi") };
    fails(policy, patched(gateway, pod("initContainers"), [sidecar, init]), /requests.cpu of the pod 210m/);
    passes(policy, patched(gateway, pod("initContainers"), [init, sidecar]));
  });

  it("takes another factor, for all or for one row", () => {
    const large = patched(gateway, container("resources"), RESOURCES("300m", "384Mi", "1500m", "768Mi"));
    passes(policy, large, { config: { factor: 3 } });
    passes(policy, large, { config: { factors: { gateway: 3 } } });
    passes(policy, gateway, { config: { factor: 1 } });
  });

  it("is not checked where a quantity is unknown", () => {
    isNotChecked(
      policy,
      patched(gateway, container("resources", "limits", "memory"), UNKNOWN),
      /limits\.memory/,
    );
  });
});

describe("policy jvm-heap", () => {
  const policy = jvmHeap;
  const flags = (value: string) =>
    patched(
      patched(goodDeployment(), container("env"), [{ name: "JAVA_OPTS", value }]),
      container("resources", "limits", "memory"),
      "4Gi",
    );

  it("passes a limit of twice the heap, and a container without a JVM", () => {
    passes(policy, [goodDeployment(), goodStore(), flags("-Xms1g -Xmx2048m"), flags("-Dx=y")]);
  });

  it("fails for a heap that the limit does not cover", () => {
    fails(
      policy,
      flags("-Xmx2049m"),
      /heap of 2049Mi, limits.memory 4Gi\n {2}allowed: limits.memory of at least 4098Mi/,
    );
    fails(policy, flags("-Xmx3G"), /heap of 3Gi/);
    fails(policy, flags("-Xmx3145728k"), /heap of 3Gi/);
    fails(policy, flags("-XX:MaxHeapSize=3221225472"), /heap of 3Gi/);
    fails(policy, flags("-Xmx1g -Xmx3g"), /heap of 3Gi/);
  });

  it("fails for a heap without any limit", () => {
    const unlimited = patched(flags("-Xmx1g"), container("resources", "limits", "memory"), undefined);
    fails(policy, unlimited, /limits.memory missing/);
  });

  it("reads the flags where they stand: arguments, and the pods of an operator", () => {
    fails(policy, patched(flags(""), container("args"), ["java", "-Xmx3g"]), /heap of 3Gi/);
    fails(policy, patched(flags(""), container("command"), ["java", "-Xmx3g"]), /heap of 3Gi/);
    fails(
      policy,
      patched(
        goodStore(),
        ["spec", "nodeSets", 0, "podTemplate", "spec", "containers", 0, "env", 0, "value"],
        "-Xmx4g",
      ),
      /container store/,
    );
    const note = [{ name: "NOTE", value: "Never start it with -Xmx900g" }];
    passes(policy, patched(goodDeployment(), container("env"), note));
  });

  it("finds the flags whatever the variable, and the variables that start scripts make a flag of", () => {
    const named = (name: string, value: string) => patched(flags(""), container("env"), [{ name, value }]);
    for (const [name, value] of [
      ["CATALINA_OPTS", "-Dx=y -Xmx3g"],
      ["KAFKA_HEAP_OPTS", '"-Xms1g","-Xmx3g"'],
      ["OPTIONS", "-J-Xmx3g"],
      ["ES_HEAP_SIZE", "3g"],
      ["MAX_HEAP_SIZE", "3072m"],
      ["SOLR_HEAP", "3g"],
      ["HEAP", "3g"],
      ["XMX", "3G"],
    ] as const)
      fails(policy, named(name, value), /heap of 3Gi/);
    for (const [name, value] of [
      ["CACHE_SIZE", "3g"],
      ["ES_HEAP_SIZE", "auto"],
      ["ZK_SERVER_HEAP", "1024"],
      ["PATHS", "/opt/app-Xmx9g/bin"],
    ] as const)
      passes(policy, named(name, value));
  });

  it("fails for a share of the memory that leaves too little", () => {
    fails(policy, flags("-XX:MaxRAMPercentage=80"), /MaxRAMPercentage=80\n {2}allowed: at most 75/);
    passes(policy, flags("-XX:MaxRAMPercentage=75.0"));
  });

  it("takes another ratio", () => {
    passes(policy, flags("-Xmx3g"), { config: { memoryPerHeap: 1.25 } });
  });

  it("is not checked where the flags are unknown", () => {
    isNotChecked(policy, flags(UNKNOWN), /env\.0\.value/);
  });
});

describe("policy node-budget", () => {
  const policy = nodeBudget;
  const set = (name: string, cpu: string, memory = "64Mi") =>
    patched(goodDaemonSet(name), container("resources"), RESOURCES(cpu, memory));

  it("passes the budget to the last millicore", () => {
    passes(policy, [set("a", "100m"), set("b", "100m"), set("c", "150m"), goodDeployment()]);
    fails(policy, [set("a", "351m")], /351m/);
  });

  it("counts a request that is not written as Kubernetes does, and what a pod has as a whole", () => {
    const limited = patched(set("a", "351m"), container("resources", "requests"), undefined);
    fails(policy, [limited], /cpu requests.*a 351m/);
    fails(
      policy,
      [patched(set("a", "10m"), pod("resources"), RESOURCES("400m", "64Mi"))],
      /cpu requests.*a 400m/,
    );
  });

  it("counts what runs on every node and nothing else", () => {
    passes(policy, [
      set("a", "100m"),
      patched(goodDeployment(), container("resources"), RESOURCES("9", "9Gi")),
    ]);
  });

  it("leaves out the network of pods, by its row of the sizing table", () => {
    passes(policy, [set("a", "350m"), set("cilium-agent", "900m")]);
    fails(policy, [set("a", "350m"), set("cilium-agent-2", "900m")], /cilium-agent-2 900m/);
  });

  it("fails with the arithmetic", () => {
    fails(
      policy,
      [set("a", "300m"), set("b", "100m")],
      /the stack\n {2}found: {3}cpu requests of the DaemonSets, per node: a 300m \+ b 100m = 400m\n {2}allowed: 350m per node/,
    );
    fails(policy, [set("a", "10m", "2Gi")], [/memory requests.*a 2Gi = 2Gi/]);
    const greedy = patched(goodDaemonSet(), container("resources"), RESOURCES("10m", "1Mi", "2", "3Gi"));
    fails(policy, [greedy], [/cpu limits/, /memory limits/]);
  });

  it("takes another budget", () => {
    const budget = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } };
    passes(policy, [set("a", "1")], { config: { budget } });
  });

  it("is not checked where a quantity is unknown, and still counts the others", () => {
    const unknown = patched(goodDaemonSet("u"), container("resources", "requests", "cpu"), UNKNOWN);
    isNotChecked(policy, [unknown, goodDaemonSet()], /requests\.cpu/);
  });
});

describe("policy cluster-capacity", () => {
  const policy = clusterCapacity;
  const deployment = (name: string, replicas: number, cpu: string, memory = "64Mi") =>
    patched(goodDeployment(name, replicas), container("resources"), RESOURCES(cpu, memory));

  it("passes what the stated nodes hold", () => {
    passes(policy, [goodDaemonSet(), deployment("a", 2, "3900m"), goodCronJob()]);
  });

  it("fails with the arithmetic: DaemonSets by nodes, the others by replicas", () => {
    fails(
      policy,
      [goodDaemonSet(), deployment("a", 2, "4")],
      /the stack\n {2}found: {3}cpu requests: agent 2 x 10m \+ a 2 x 4 = 8020m\n {2}allowed: 8, 2 nodes of 4/,
    );
    fails(
      policy,
      [deployment("a", 3, "10m", "6Gi")],
      /memory requests: a 3 x 6Gi = 18Gi\n {2}allowed: 16Gi, 2 nodes of 8Gi/,
    );
  });

  it("counts the pods that an operator makes", () => {
    fails(
      policy,
      [patched(goodStore(), ["spec", "nodeSets", 0, "count"], 20)],
      [/elasticsearch 20 x 500m = 10/, /20 x 2Gi = 40Gi/],
    );
  });

  it("takes another cluster", () => {
    passes(policy, [deployment("a", 2, "6", "20Gi")], { config: { nodes: 5, memory: "16Gi" } });
    passes(policy, [deployment("a", 1, "10")], { config: { nodes: 1, cpu: "16" } });
  });

  it("is not checked where the number of replicas is unknown", () => {
    isNotChecked(policy, [patched(goodDeployment(), ["spec", "replicas"], UNKNOWN)], /spec\.replicas/);
  });
});
