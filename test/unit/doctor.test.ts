import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FEATURES } from "../../components/registry";
import { main as doctor } from "../../tools/cli/doctor";
import { checkCluster, unreachable, versionFinding } from "../../tools/cli/doctor-checks/cluster";
import { checkDistribution } from "../../tools/cli/doctor-checks/distribution";
import { formatFindings } from "../../tools/cli/doctor-checks/finding";
import {
  checkNode,
  checkSize,
  diskFinding,
  goFinding,
  javaFinding,
} from "../../tools/cli/doctor-checks/machine";
import type { Node, Pod } from "../../tools/cli/doctor-checks/node";
import { checkNodes } from "../../tools/cli/doctor-checks/nodes";
import { checkKernelsOf, checkRivals } from "../../tools/cli/doctor-checks/rivals";
import { checkArchitecture } from "../../tools/cli/doctor-checks/sensors";
import { settingsOf, stackFile } from "../../tools/cli/stack-file";
import { ApiError } from "../../tools/dev/cluster/api";
import { ToolchainError } from "../../tools/dev/toolchain/toolchain-error";
import { settingsOf as configOf, MINIMAL } from "../support/stack/config";

const GiB = 1024 ** 3;

describe("doctor: the machine", () => {
  const cases: [string, { level: string }, string][] = [
    ["node 24", checkNode("24.1.0"), "ok"],
    ["node 22", checkNode("22.0.0"), "ok"],
    ["node 20", checkNode("20.20.2"), "warn"],
    ["two cores, 4 GiB", checkSize(2, 4 * GiB), "ok"],
    ["one core", checkSize(1, 8 * GiB), "warn"],
    ["2 GiB of memory", checkSize(4, 2 * GiB), "warn"],
    ["1 GiB of disk", diskFinding(1 * GiB, "/x"), "fail"],
    ["5 GiB of disk", diskFinding(5 * GiB, "/x"), "warn"],
    ["50 GiB of disk", diskFinding(50 * GiB, "/x"), "ok"],
    ["no go", goFinding(undefined), "warn"],
    ["go 1.26", goFinding("go version go1.26.0 linux/amd64"), "ok"],
    ["go 1.19", goFinding("go version go1.19.8 linux/amd64"), "warn"],
  ];
  for (const [name, finding, level] of cases)
    it(`${name}: ${level}`, () => assert.equal(finding.level, level));

  it("a JDK that Elasticsearch runs on", async () => {
    const { level, message } = await javaFinding(Promise.resolve("/jdk-25"));
    assert.deepEqual([level, message], ["ok", "/jdk-25."]);
  });

  it("none: says what to install", async () => {
    const error = new ToolchainError("Elasticsearch needs a JDK", "nowhere", "install one");
    const check = await javaFinding(Promise.reject(error));
    assert.equal(check.level, "warn");
    assert.match(JSON.stringify(check), /needs a JDK; .*Install one\./);
  });
});

describe("doctor: the distribution", () => {
  interface Facts {
    provider?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    name?: string;
  }
  const at = (version: string, { name = "a", provider, labels, annotations }: Facts = {}) =>
    checkDistribution([{ metadata: { name, labels, annotations }, spec: { providerID: provider } }], version);
  const cases: [string, ReturnType<typeof at>, RegExp][] = [
    ["kind", at("v1.35.0", { provider: "kind://docker/kind/kind-worker" }), /one kernel/],
    ["k3s", at("v1.35.1+k3s1", { provider: "aws:///eu/i-1" }), /\/run\/k3s/],
    ["EKS", at("v1.35.1-eks-1a2b3c4", { provider: "aws:///eu/i-1" }), /default StorageClass/],
    ["EKS", at("v1.35.1-eks-1", { labels: { "eks.amazonaws.com/compute-type": "fargate" } }), /Fargate/],
    ["EKS", at("v1.35.1-eks-1", { labels: { "eks.amazonaws.com/compute-type": "auto" } }), /Auto Mode/],
    ["GKE", at("v1.35.1-gke.100", { provider: "gce://p/z/n" }), /Dataplane V2/],
    ["GKE", at("v1.35.1-gke.100", { name: "gk3-pool-1" }), /Autopilot/],
    ["AKS", at("v1.35.1", { provider: "azure:///subscriptions/x" }), /engine/],
    ["OpenShift", at("v1.35.1", { labels: { "node.openshift.io/os_id": "rhcos" } }), /CRI-O/],
    [
      "kubeadm",
      at("v1.35.1", { annotations: { "kubeadm.alpha.kubernetes.io/cri-socket": "x" } }),
      /StorageClass/,
    ],
  ];
  for (const [name, { message, fix, level }, lacks] of cases)
    it(`is known and says what it lacks: ${name}, ${lacks.source}`, () => {
      assert.equal(level, "warn");
      assert.ok(message.startsWith(`${name}: `), message);
      assert.match(message, lacks);
      assert.ok(fix);
    });

  it("says of EKS on EC2 nothing of Fargate and Auto Mode", () =>
    assert.doesNotMatch(at("v1.35.1-eks-1").message, /Fargate|Auto Mode/));

  it("is not made up", () => assert.equal(at("v1.35.0").level, "ok"));
});

describe("doctor: what a stack's features need of the nodes", () => {
  const featuresOf = (config: object) => {
    const list = [{ name: "cilium", enabled: true, config }];
    const { features } = configOf(`${MINIMAL}features: ${JSON.stringify(list)}`, FEATURES);
    return features.filter(({ enabled }) => enabled);
  };
  const sets = (...names: string[]) =>
    names.map((name) => ({ metadata: { name, namespace: "kube-system" } }));
  const levelOf = (daemonSets: string[], config: object) =>
    checkRivals(sets(...daemonSets), featuresOf(config)).map(({ level }) => level);
  const KPR = { kubeProxyReplacement: true, apiServer: { host: "10.0.0.1" } };

  it("asks nothing where no feature needs anything", () => {
    assert.deepEqual(checkRivals(sets("aws-node"), []), []);
    assert.deepEqual(checkKernelsOf([node("a", { kernel: "4.19.0" })], []), []);
  });

  for (const [kernel, level] of [
    ["5.4.0", "warn"],
    ["5.9.16", "warn"],
    ["5.10.0", "ok"],
    ["6.12.1", "ok"],
  ] as const)
    it(`Linux ${kernel} for Cilium: ${level}`, () => {
      const [check] = checkKernelsOf([node("a"), node("b", { kernel })], featuresOf({}));
      assert.equal(check?.level, level);
      if (level === "warn")
        assert.match(check?.message ?? "", new RegExp(`b ${kernel.replaceAll(".", "\\.")}\\.$`));
    });

  it("another network of pods", () => {
    assert.deepEqual(levelOf(["calico-node"], {}), ["ok", "warn"]);
    assert.deepEqual(levelOf(["node-exporter"], {}), ["ok", "ok"]);
  });

  it("the VPC CNI, but where Cilium is behind it", () => {
    assert.deepEqual(levelOf(["aws-node"], { mode: "eni" }), ["warn", "ok"]);
    assert.deepEqual(levelOf(["aws-node"], { mode: "chaining" }), ["ok"]);
  });

  it("kube-proxy, where Cilium does what it does", () => {
    assert.deepEqual(levelOf(["kube-proxy"], KPR), ["ok", "ok", "warn"]);
    assert.deepEqual(levelOf(["kube-proxy"], {}), ["ok", "ok"]);
  });

  it("not the stack's own agents", () => {
    const labels = { "app.kubernetes.io/part-of": "security-stack" };
    const own = [{ metadata: { name: "cilium", namespace: "security-system", labels } }];
    assert.deepEqual(
      checkRivals(own, featuresOf({})).map(({ level }) => level),
      ["ok", "ok"],
    );
    assert.deepEqual(levelOf(["cilium"], {}), ["ok", "warn"]);
  });

  it("says where DaemonSets may not be listed", () =>
    assert.match(checkRivals(undefined, featuresOf({}))[0]?.message ?? "", /could not be seen/));
});

describe("doctor: the nodes", () => {
  const levels = (nodes: Node[], pods: Pod[] | undefined = []) =>
    Object.fromEntries(checkNodes(nodes, pods).map(({ check, level }) => [check, level]));

  it("nodes without a zone, on which Elasticsearch stays pending where it is spread over zones", () => {
    const zones = (nodes: Node[]) => checkNodes(nodes, []).find(({ check }) => check === "zones");
    assert.match(zones([node("a"), node("b", { zone: "" })])?.message ?? "", /^b has no label .*pending/);
    assert.match(zones([node("a", { zone: "" })])?.message ?? "", /^No node has a label/);
    assert.equal(zones([node("a"), node("b", { zone: "zone-b" })])?.message, "zone-a, zone-b");
  });

  it("two good nodes", () => {
    assert.deepEqual(levels([node("a"), node("b")]), {
      nodes: "ok",
      kernel: "ok",
      BTF: "warn",
      architecture: "ok",
      zones: "ok",
      room: "ok",
    });
  });

  it("names the node that osquery's image does not run on", () => {
    const check = checkArchitecture([node("a"), node("b", { architecture: "arm64" })], FEATURES);
    assert.equal(check.level, "warn");
    assert.match(check.message, /not so: b arm64\./);
  });

  it("one node only is too few", () => assert.equal(levels([node("a")]).nodes, "warn"));

  for (const [kernel, level] of [
    ["4.19.0", "fail"],
    ["5.4.0-150-generic", "fail"],
    ["5.8.1", "warn"],
    ["5.10.230-223.885.amzn2.x86_64", "warn"],
    ["5.15.0", "ok"],
    ["6.12.58+", "ok"],
  ] as const) {
    it(`kernel "${kernel}": ${level}`, () =>
      assert.equal(levels([node("a"), node("b", { kernel })]).kernel, level));
  }

  it("names the node whose kernel is too old", () => {
    const finding = checkNodes([node("good"), node("old", { kernel: "5.4.0" })], []).find(
      ({ check }) => check === "kernel",
    );
    assert.match(finding?.message ?? "", /old 5\.4\.0/);
    assert.doesNotMatch(finding?.message ?? "", /good/);
  });

  it("counts what other pods take, not what the stack itself takes", () => {
    const pod = (partOf: string): Pod => ({
      metadata: { labels: { "app.kubernetes.io/part-of": partOf } },
      spec: { nodeName: "a", containers: [{ resources: { requests: { cpu: "3800m", memory: "1Gi" } } }] },
    });
    assert.equal(levels([node("a"), node("b")], [pod("shop")]).room, "fail");
    assert.equal(levels([node("a"), node("b")], [pod("security-stack")]).room, "ok");
  });

  it("says so when pods may not be listed", () => {
    assert.equal(
      checkNodes([node("a"), node("b")], undefined).find(({ check }) => check === "room")?.level,
      "warn",
    );
  });

  it("leaves out nodes that take no pods or run Windows", () => {
    const windows = node("w", { os: "windows" });
    assert.deepEqual(levels([windows, { ...node("c"), spec: { unschedulable: true } }]), { nodes: "fail" });
  });

  it("needs no BTF where nothing runs", () => {
    const simulated = {
      ...node("a"),
      metadata: { name: "a", labels: { "security-stack/simulated": "true" } },
    };
    assert.equal(levels([simulated]).BTF, "ok");
  });
});

describe("doctor: a cluster that cannot be used", () => {
  const of = (error: unknown) => unreachable({ name: "context x", server: "https://x" }, error);
  const coded = (code: string) => Object.assign(new Error(code), { code });
  for (const [error, words] of [
    [coded("ECONNREFUSED"), /nothing listens there/],
    [coded("ENOTFOUND"), /its name has no address/],
    [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), /certificate is not trusted/],
    [new ApiError(401, "Unauthorized", "Unauthorized"), /does not accept the credentials/],
    [new ApiError(503, "x", "down"), /answers 503 down/],
    [new Error("no answer in 15 s"), /no answer in 15 s/],
  ] as const) {
    it(`one sentence and a fix: ${error.message}`, () => {
      const finding = of(error);
      assert.equal(finding.level, "fail");
      assert.match(finding.message, words);
      assert.ok(finding.fix);
    });
  }

  it("versions", () => {
    const level = (major: string, minor: string) => versionFinding({ major, minor, gitVersion: "v" }).level;
    assert.deepEqual(
      [level("1", "35"), level("1", "30+"), level("1", "27"), level("1", "24")],
      ["ok", "ok", "warn", "fail"],
    );
  });
});

describe("doctor: the user's cluster, read only", () => {
  let server: Server;
  let folder: string;
  let kubeconfig: string;
  let methods: string[];
  let answers: Record<string, unknown>;
  const kept = process.env.KUBECONFIG;

  beforeEach(async () => {
    methods = [];
    answers = {
      "/version": { major: "1", minor: "35", gitVersion: "v1.35.0" },
      "/api/v1/nodes": { items: [node("a"), node("b")] },
      "/api/v1/pods": { items: [] },
      "/apis/storage.k8s.io/v1/storageclasses": { items: [] },
    };
    server = createServer((request, response) => {
      const path = request.url?.split("?")[0] ?? "";
      methods.push(`${request.method} ${path}`);
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const answer = path.endsWith("selfsubjectaccessreviews") ? review(JSON.parse(body)) : answers[path];
        response.writeHead(answer ? 200 : 403, { "content-type": "application/json" });
        response.end(JSON.stringify(answer ?? { reason: "Forbidden", message: "no" }));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    folder = mkdtempSync(join(tmpdir(), "doctor-"));
    kubeconfig = join(folder, "config");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(kubeconfig, userKubeconfig(address));
    process.env.KUBECONFIG = kubeconfig;
  });

  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
    if (kept === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = kept;
  });

  it("reports rights, nodes and storage of the named context, and changes nothing", async () => {
    const before = createHash("sha256").update(readFileSync(kubeconfig)).digest("hex");
    const findings = await checkCluster("staging");
    const byName = Object.fromEntries(findings.map((finding) => [finding.check, finding]));
    assert.match(byName.cluster?.message ?? "", /^context staging answers/);
    assert.equal(byName.rights?.level, "fail");
    assert.match(
      byName.rights?.message ?? "",
      /^Missing: delete secrets, create\/patch\/delete clusterroles\.$/,
    );
    assert.equal(byName.storage?.level, "fail");
    assert.match(byName.storage?.fix ?? "", /is-default-class=true/);
    assert.equal(byName.kernel?.level, "ok");
    assert.equal(createHash("sha256").update(readFileSync(kubeconfig)).digest("hex"), before);
    const others = methods.filter(
      (line) => !line.startsWith("GET ") && !line.includes("selfsubjectaccessreviews"),
    );
    assert.deepEqual(others, []);
  });

  it("warns of another Tetragon or trivy-operator, and not of the stack's own", async () => {
    const sensors = async (labels: Record<string, string>) => {
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tracingpolicies.cilium.io";
      answers[path] = { metadata: { labels } };
      return (await checkCluster("staging")).find(({ check }) => check === "sensors");
    };
    const foreign = await sensors({ "app.kubernetes.io/managed-by": "Helm" });
    assert.equal(foreign?.level, "warn");
    assert.match(foreign?.fix ?? "", /security-stack:toggle\.tetragon false/);
    assert.equal((await sensors({ "app.kubernetes.io/part-of": "security-stack" }))?.level, "ok");
  });

  it("goes on where something may not be listed", async () => {
    delete answers["/api/v1/nodes"];
    delete answers["/apis/storage.k8s.io/v1/storageclasses"];
    const findings = await checkCluster("staging");
    assert.deepEqual(
      findings.filter(({ check }) => ["nodes", "storage"].includes(check)).map(({ level }) => level),
      ["warn", "warn"],
    );
  });

  it("names the contexts there are when the wanted one is not", async () => {
    const [finding] = await checkCluster("stagin");
    assert.equal(finding?.level, "fail");
    assert.match(finding?.message ?? "", /no context "stagin"/);
    assert.match(finding?.fix ?? "", /staging, production/);
  });

  it("says that nothing listens when the cluster is down", async () => {
    await new Promise((done) => server.close(done));
    const [finding] = await checkCluster("staging");
    assert.match(finding?.message ?? "", /nothing listens there/);
  });

  it("says so when the kubeconfig is not one", async () => {
    writeFileSync(kubeconfig, "{ not yaml");
    const [finding] = await checkCluster("staging");
    assert.equal(finding?.level, "fail");
    assert.match(finding?.message ?? "", /cannot be read/);
  });

  /** May do everything but delete Secrets and touch ClusterRoles. */
  function review({ spec }: { spec: { resourceAttributes: { verb: string; resource: string } } }) {
    const { verb, resource } = spec.resourceAttributes;
    const denied =
      verb === "*" || resource === "clusterroles" || (resource === "secrets" && verb === "delete");
    return { status: { allowed: !denied } };
  }
});

describe("doctor: its output", () => {
  it("sums up, and gives a fix with what is not well", () => {
    const text = formatFindings([
      { area: "machine", check: "node", level: "ok", message: "24." },
      { area: "cluster", check: "kernel", level: "fail", message: "Too old.", fix: "Replace it." },
    ]);
    assert.match(text, /kernel: Too old\.\n {6}Replace it\./);
    assert.match(text, /1 ok, 0 to look at, 1 in the way$/);
  });
});

function node(
  name: string,
  { kernel = "6.12.0", os = "linux", architecture = "amd64", zone = "zone-a" } = {},
): Node {
  return {
    metadata: { name, labels: zone ? { "topology.kubernetes.io/zone": zone } : {} },
    status: {
      allocatable: { cpu: "3920m", memory: "7Gi" },
      nodeInfo: { kernelVersion: kernel, operatingSystem: os, architecture },
    },
  };
}

function userKubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "production",
    clusters: [
      { name: "staging", cluster: { server, "insecure-skip-tls-verify": true } },
      { name: "production", cluster: { server: "https://production.invalid" } },
    ],
    users: [{ name: "me", user: { token: "t" } }],
    contexts: ["staging", "production"].map((name) => ({ name, context: { cluster: name, user: "me" } })),
  });
}

describe("doctor: a stack of the user's", () => {
  const folder = mkdtempSync(join(tmpdir(), "doctor-stack-"));
  const before = process.env.KUBECONFIG;
  const print = console.log;
  afterEach(() => {
    console.log = print;
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is looked for in the user's kubeconfig by the context of its config", async () => {
    const file = join(folder, "kubeconfig");
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: "v1", kind: "Config", contexts: [], clusters: [], users: [] }),
    );
    process.env.KUBECONFIG = file;
    const printed: string[] = [];
    console.log = (text: string) => printed.push(text);
    assert.equal(await doctor(["--stack", "prod", "--json"]), 1);
    const findings: { check: string; message: string }[] = JSON.parse(printed.join("\n"));
    const { context = "" } = settingsOf(stackFile("prod")).envelope.global;
    assert.deepEqual(
      findings.filter(({ check }) => check === "cluster").map(({ message }) => message),
      [`The kubeconfig has no context "${context}".`],
    );
  });

  it("is refused where it has no file, and beside a context", async () => {
    await assert.rejects(doctor(["--stack", "nobodys"]), /There is no .*Pulumi\.nobodys\.yaml/);
    await assert.rejects(doctor(["--stack", "prod", "--context", "other"]), /both name a cluster/);
  });
});
