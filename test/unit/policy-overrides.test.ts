import { allowedRegistries } from "../../policy-pack/policies/allowed-registries";
import { daemonsetNodes } from "../../policy-pack/policies/daemonset-nodes";
import { daemonsetTolerations } from "../../policy-pack/policies/daemonset-tolerations";
import { overrideFields } from "../../policy-pack/policies/override-fields";
import { pinnedImages } from "../../policy-pack/policies/pinned-images";
import { container, fails, isNotChecked, passes, patched, pod, UNKNOWN } from "../support/policy/assertions";
import {
  goodCronJob,
  goodDaemonSet,
  goodDeployment,
  goodStore,
  object,
} from "../support/policy/policy-objects";

const DIGEST = `sha256:${"a".repeat(64)}`;
const withImage = (image: unknown) => patched(goodDeployment(), container("image"), image);
const REASON = { "security-stack/uncovered-nodes": "GPU nodes run nothing of ours" };

describe("policy override-fields", () => {
  const policy = overrideFields;
  const overriding = (override: unknown) => ({
    stackConfig: { "security-stack:override": JSON.stringify(override) },
  });

  it("passes what overrides may change, of workloads that are there", () => {
    const resources = { requests: { cpu: "1" }, limits: { memory: "1Gi" } };
    const all = {
      resources,
      tolerations: [],
      nodeSelector: {},
      replicas: 2,
      priorityClassName: "p",
      image: "i",
    };
    passes(policy, [goodDaemonSet("my-tool")], overriding({ nodeAgent: all, gateway: all, myTool: all }));
    passes(policy, [], overriding({}));
    passes(policy, [], { stackConfig: { "security-stack:global": "{}" } });
  });

  it("fails for a target that is not there", () => {
    fails(
      policy,
      [goodDaemonSet("my-tool"), object("v1", "Service", "other")],
      /override.other\n {2}found: {3}other\n {2}allowed: nodeAgent, falco.*, myTool\n/,
      overriding({ other: {} }),
    );
  });

  it("fails for a field that would lower a security context, or any other", () => {
    const where = overriding({ gateway: { securityContext: { privileged: true } } });
    fails(policy, [], /override.gateway.securityContext\n.*\n {2}allowed: resources, tolerations/, where);
    fails(policy, [], /resources.claims/, overriding({ gateway: { resources: { claims: [] } } }));
    fails(policy, [], /resources.limits.gpu/, overriding({ gateway: { resources: { limits: { gpu: 1 } } } }));
  });

  it("fails for what is no override at all", () => {
    fails(policy, [], /found: {3}3/, overriding({ gateway: 3 }));
    fails(policy, [], /found: {3}override \[\]\n {2}allowed: a map of workloads/, overriding([]));
    fails(policy, [], /found: {3}override "nonsense"/, {
      stackConfig: { "security-stack:override": "nonsense" },
    });
    passes(policy, [], overriding({ gateway: { resources: null } }));
  });

  it("is not checked where the name of a workload is unknown, or the engine hands no config on", () => {
    const unknown = patched(goodDaemonSet(), ["metadata", "labels", "app.kubernetes.io/name"], UNKNOWN);
    isNotChecked(policy, [unknown], /app\.kubernetes\.io\/name/, overriding({ gateway: {} }));
    isNotChecked(policy, [], /stack config/);
  });
});

describe("policy allowed-registries", () => {
  const policy = allowedRegistries;

  it("passes the listed registries, Docker Hub under all of its names", () => {
    for (const image of ["docker.io/a/b:1", "a/b:1", "b", "quay.io/a/b@sha256:1", "ghcr.io/a/b/c:1"])
      passes(policy, withImage(image));
    passes(policy, [goodDaemonSet(), goodCronJob(), goodStore()]);
  });

  it("fails for any other", () => {
    for (const image of [
      "evil.example/a/b:1",
      "localhost/b:1",
      "localhost:5000/b",
      "docker.io.evil.example/a/b:1",
    ])
      fails(
        policy,
        withImage(image),
        new RegExp(`found: {3}image ${image}\n {2}allowed: docker.io, quay.io`),
      );
    const init = [{ name: "setup", image: "evil.example/b:1" }];
    fails(policy, patched(goodDaemonSet(), pod("initContainers"), init), /init container setup/);
  });

  it("takes a list of its own, with paths", () => {
    const config = { registries: ["mirror.example:5000/hub/", "ghcr.io/acme"] };
    passes(policy, [withImage("mirror.example:5000/hub/a/b:1"), withImage("ghcr.io/acme/b:1")], { config });
    for (const image of ["mirror.example:5000/other/b:1", "ghcr.io/acme2/b:1", "docker.io/a/b:1"])
      fails(policy, withImage(image), /image/, { config });
  });

  it("leaves a missing image to workload-shape", () => passes(policy, withImage(undefined)));

  it("is not checked where the image is unknown, or filled in later", () => {
    for (const image of ["docker.io/a/b:{{inputs.tag}}", "$(params.image)", "evil.example/${IMAGE}"])
      isNotChecked(policy, withImage(image), /container main: image .* is filled in later/);
    isNotChecked(policy, withImage(UNKNOWN), /containers\.0\.image/);
  });
});

describe("policy pinned-images", () => {
  const policy = pinnedImages;

  it("passes a version, a digest and both", () => {
    for (const image of [
      "a/b:1.2.3",
      `a/b@${DIGEST}`,
      `a/b:1.2.3@${DIGEST}`,
      `a/b:latest@${DIGEST}`,
      "r:5000/b:v1",
      "a/b:2.401.1-lts",
      "a/b:1.27-alpine",
    ])
      passes(policy, withImage(image));
    passes(policy, withImage(undefined));
  });

  it("fails without either, and for tags that move", () => {
    for (const image of [
      "a/b",
      "r:5000/b",
      "a/b:latest",
      "a/b:Latest",
      "a/b:main",
      "a/b:stable",
      "a/b:",
      "a/b:v1-latest",
      "a/b:1.2.3-latest",
      "a/b:stable-alpine",
      "a/b:stable-alpine3.20",
      "a/b:lts",
      "a/b:22-lts",
      "a/b:bookworm",
    ])
      fails(policy, withImage(image), /allowed: a version as tag, or a sha256 digest/);
    fails(policy, withImage("a/b:1@sha256:short"), /sha256:short/);
  });

  it("asks for a digest where it is told to", () => {
    const config = { requireDigest: true };
    fails(policy, withImage("a/b:1.2.3"), /allowed: a sha256 digest\n/, { config });
    passes(policy, withImage(`a/b:1.2.3@${DIGEST}`), { config });
  });

  it("takes other tags for moving", () => {
    fails(policy, withImage("a/b:lts2"), /a\/b:lts2/, { config: { floatingTags: ["lts2"] } });
    passes(policy, withImage("a/b:22-lts"), { config: { floatingTags: ["lts2"] } });
  });

  it("is not checked where the image is unknown, or filled in later", () => {
    for (const image of ["docker.io/a/b:{{inputs.tag}}", "$(params.image)", "evil.example/${IMAGE}"])
      isNotChecked(policy, withImage(image), /container main: image .* is filled in later/);
    isNotChecked(policy, withImage(UNKNOWN), /containers\.0\.image/);
  });
});

describe("policy daemonset-tolerations", () => {
  const policy = daemonsetTolerations;
  const tolerating = (...tolerations: unknown[]) => patched(goodDaemonSet(), pod("tolerations"), tolerations);

  it("passes what tolerates every taint, at once or by effect", () => {
    passes(policy, goodDaemonSet());
    passes(
      policy,
      tolerating({ operator: "Exists", effect: "NoSchedule" }, { operator: "Exists", effect: "NoExecute" }),
    );
    passes(policy, tolerating({ key: "x", operator: "Exists" }, { key: "", operator: "Exists" }));
  });

  it("is about DaemonSets only", () => passes(policy, [goodDeployment(), goodCronJob()]));

  it("judges what an operator runs on every node by what is there", () => {
    const agent = (rest: object) =>
      object("agents.example/v1", "Agent", "a", {
        spec: { mode: "daemonset", image: "a/b:1", resources: {}, ...rest },
      });
    passes(policy, [agent({}), agent({ tolerations: [{ operator: "Exists" }] })]);
    fails(policy, agent({ tolerations: [] }), /NoSchedule and NoExecute/);
  });

  it("fails for tainted nodes that it misses, and names the effect", () => {
    fails(
      policy,
      patched(goodDaemonSet(), pod("tolerations"), undefined),
      /effect NoSchedule and NoExecute run without it/,
    );
    fails(policy, tolerating(), /tolerations \[\]/);
    fails(policy, tolerating({ key: "a", operator: "Exists" }), /NoSchedule and NoExecute/);
    fails(policy, tolerating({ operator: "Equal", value: "x" }), /NoSchedule and NoExecute/);
    fails(policy, tolerating({ operator: "Exists", effect: "NoSchedule" }), /of effect NoExecute run/);
    fails(policy, tolerating({ operator: "Exists", effect: "PreferNoSchedule" }), /NoSchedule and NoExecute/);
  });

  it("passes a DaemonSet that says which nodes it leaves out", () => {
    passes(policy, patched(tolerating(), ["metadata", "annotations"], REASON));
    fails(
      policy,
      patched(tolerating(), ["metadata", "annotations"], { "security-stack/uncovered-nodes": "" }),
      /\[\]/,
    );
  });

  it("is not checked where the tolerations are unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), pod("tolerations"), UNKNOWN), /tolerations/);
  });
});

describe("policy daemonset-nodes", () => {
  const policy = daemonsetNodes;
  const required = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
  };

  it("passes selectors on what a node is, and preferences", () => {
    passes(policy, goodDaemonSet());
    passes(policy, patched(goodDaemonSet(), pod("nodeSelector", "kubernetes.io/arch"), "amd64"));
    const preferred = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };
    passes(policy, patched(goodDaemonSet(), pod("affinity"), preferred));
  });

  it("is about DaemonSets only", () => {
    passes(policy, patched(goodDeployment(), pod("nodeSelector"), { pool: "infra" }));
  });

  it("fails for a selector or an affinity that leaves nodes out", () => {
    fails(
      policy,
      patched(goodDaemonSet(), pod("nodeSelector", "pool"), "infra"),
      /nodeSelector \{"pool":"infra"\}/,
    );
    fails(policy, patched(goodDaemonSet(), pod("affinity"), required), /required node affinity/);
  });

  it("passes a selector on a label that the environment names, and on no other", () => {
    const config = { nodeLabels: ["pool"] };
    passes(policy, patched(goodDaemonSet(), pod("nodeSelector", "pool"), "infra"), { config });
    fails(policy, patched(goodDaemonSet(), pod("nodeSelector", "zone"), "a"), /zone/, { config });
  });

  it("passes a DaemonSet that says which nodes it leaves out", () => {
    const narrow = patched(goodDaemonSet(), pod("nodeSelector", "pool"), "infra");
    passes(policy, patched(narrow, ["metadata", "annotations"], REASON));
  });

  it("is not checked where the selector is unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), pod("nodeSelector"), UNKNOWN), /nodeSelector/);
  });
});
