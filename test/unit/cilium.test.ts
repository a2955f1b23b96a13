import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cilium } from "../../components/cilium/cilium-feature";
import { PORTS } from "../../components/cilium/cilium-names";
import { parseMetric, seriesPerPod } from "../../components/cilium/hubble-metrics";
import { MOVED_KEYS } from "../../components/cilium/moved-keys";
import { ConfigError } from "../../components/core/config/config-error";
import { defineFeature, type Feature } from "../../components/core/contract/feature";
import { plan } from "../../components/core/plan/plan";
import type { Resources } from "../../components/kubernetes/workloads";
import { FEATURES } from "../../components/registry";
import { clusterPlan } from "../support/eks/eks-config";
import { type FalcoEvent, RuleEvaluator } from "../support/falco/falco-evaluate";
import { IN_A_POD } from "../support/falco/falco-events";
import { falcoContribution, ruleEntries, rulesOf } from "../support/falco/falco-plan";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";
import { tetragonContribution } from "../support/tetragon/tetragon-plan";

const stackWith = (config: object, more = "") =>
  `${MINIMAL}${more}\nfeatures: ${JSON.stringify([
    { name: "otel_pipeline", enabled: true },
    { name: "cilium", enabled: true, config },
  ])}`;

const planOf = (config: object, registry: readonly Feature[] = FEATURES, more = "") =>
  plan(settingsOf(stackWith(config, more), registry));

function contributionOf(config: object, ...rest: [(readonly Feature[])?, string?]) {
  return planOf(config, ...rest).features.find(({ name }) => name === "cilium")!.contribution;
}

interface Sized {
  image: { override: string };
  rollOutPods?: boolean;
  resources: Resources;
}

/** Of the chart's values what the tests look into. */
interface Values extends Record<string, unknown> {
  cni: {
    exclusive: boolean;
    chainingMode?: string;
    enableRouteMTUForCNIChaining?: boolean;
    resources: Resources;
  };
  resources: Resources;
  initResources: Resources;
  operator: Sized & { skipCRDCreation: boolean };
  certgen: Sized;
  hubble: {
    metrics: { enabled: string[] | null; port: number };
    tls: object;
    relay: Sized;
    ui: { rollOutPods: boolean; frontend: Sized; backend: Sized };
  };
}

const valuesOf = (...args: Parameters<typeof contributionOf>) =>
  contributionOf(...args).charts![0]!.values as unknown as Values;

/** A feature that provides a mesh, whatever it is called. */
const MESH = defineFeature({
  name: "some_mesh",
  title: "Some mesh",
  priority: 20,
  schema: z.strictObject({}).prefault({}),
  workloads: [],
  provides: ["mesh"],
  plan: () => ({ manifests: [], conditions: [] }),
});
const meshOn = "toggle: {some_mesh: true}\n";

describe("Cilium in the plan", () => {
  it("is off unless it is asked for, and leaves nothing then", () => {
    const off = plan(settingsOf(MINIMAL, FEATURES));
    assert.ok(off.disabled.includes("cilium"));
    assert.doesNotMatch(JSON.stringify(off.features), /cilium\.io\/v2|hubble/);
  });

  it("brings the definitions of all its kinds, protected until that is taken back", () => {
    const { customObjects = [] } = contributionOf({});
    assert.equal(customObjects.length, 22);
    for (const object of customObjects) {
      assert.equal(object.kind, "CustomResourceDefinition");
      assert.equal(object.protect, true, object.metadata.name);
      assert.deepEqual(object.provides, ["crds"]);
    }
    const released = contributionOf({ protect: false });
    assert.ok(released.customObjects?.every(({ protect }) => protect === undefined));
    assert.deepEqual(released.charts?.[0]?.protect, []);
    assert.ok(contributionOf({}).charts?.[0]?.protect?.includes("DaemonSet/cilium"));
    assert.deepEqual(valuesOf({}).operator.skipCRDCreation, true);
  });

  it("leaves plugins of others and connections of pods alone, in every mode", () => {
    for (const mode of ["overlay", "eni", "chaining"]) {
      const values = valuesOf({ mode });
      assert.equal(values.cni.exclusive, false, mode);
      assert.deepEqual(values["socketLB"], { hostNamespaceOnly: true }, mode);
      assert.equal(values["bpf"], undefined, mode);
    }
  });

  it("gives up BPF host routing and masquerading where the stack has a mesh, and only there", () => {
    const registry = [...FEATURES, MESH];
    assert.deepEqual(valuesOf({}, registry, meshOn)["bpf"], { masquerade: false, hostLegacyRouting: true });
    assert.equal(valuesOf({}, registry)["bpf"], undefined);
  });

  it("routes by its mode", () => {
    const overlay = valuesOf({ podCidrs: ["10.1.0.0/16"] });
    assert.deepEqual(overlay["ipam"], {
      mode: "cluster-pool",
      operator: { clusterPoolIPv4PodCIDRList: ["10.1.0.0/16"] },
    });
    assert.deepEqual([overlay["routingMode"], overlay["enableIPv4Masquerade"]], ["tunnel", true]);
    const eni = valuesOf({ mode: "eni" });
    assert.deepEqual(
      [eni["eni"], eni["ipam"], eni["enableIPv4Masquerade"]],
      [{ enabled: true }, { mode: "eni" }, false],
    );
    assert.match(eni.operator.image.override, /operator-aws:/);
    const chained = valuesOf({ mode: "chaining" });
    assert.equal(chained.cni.chainingMode, "aws-cni");
    assert.equal(chained.cni.enableRouteMTUForCNIChaining, true);
    assert.deepEqual([chained["routingMode"], chained["enableIPv4Masquerade"]], ["native", false]);
  });

  it("replaces kube-proxy only where it is told to, and says that that has to go", () => {
    assert.equal(valuesOf({})["kubeProxyReplacement"], "false");
    const config = { kubeProxyReplacement: true, apiServer: { host: "10.0.0.1", port: 6443 } };
    const values = valuesOf(config);
    assert.deepEqual(
      [values["kubeProxyReplacement"], values["k8sServiceHost"], values["k8sServicePort"]],
      ["true", "10.0.0.1", 6443],
    );
    assert.match(planOf(config).warnings.join("\n"), /kube-proxy has to be gone/);
  });

  it("encrypts as it is told, and says what stays clear", () => {
    assert.equal(valuesOf({})["encryption"], undefined);
    const strict = { type: "wireguard", strictMode: { enabled: true, ingress: true } };
    assert.deepEqual(valuesOf({ encryption: strict })["encryption"], {
      enabled: true,
      type: "wireguard",
      strictMode: {
        egress: { enabled: true, cidr: "10.244.0.0/16", allowRemoteNodeIdentities: true },
        ingress: { enabled: true },
      },
    });
    const ipsec = valuesOf({ encryption: { type: "ipsec", ipsecSecretName: "keys" } })["encryption"];
    assert.deepEqual(ipsec, { enabled: true, type: "ipsec", ipsec: { secretName: "keys" } });
    assert.match(
      planOf({ encryption: strict }).warnings.join("\n"),
      /Within a node, of hosts .* stays clear/,
    );
  });

  it("has no Hubble key in the values, and certificates made by a Job", () => {
    const { hubble } = valuesOf({});
    assert.deepEqual(hubble.tls, { auto: { method: "cronJob" } });
    assert.doesNotMatch(JSON.stringify(valuesOf({})), /BEGIN|\.key"/);
  });

  it("asks for resources for each of its containers", () => {
    const { hubble, certgen, operator, ...agent } = valuesOf({ hubble: { ui: true } });
    const all = [
      ...[agent.resources, agent.initResources, agent.cni.resources, operator.resources, certgen.resources],
      ...[hubble.relay.resources, hubble.ui.frontend.resources, hubble.ui.backend.resources],
    ];
    for (const { requests, limits } of all)
      for (const part of [requests, limits]) assert.ok(part.cpu && part.memory);
  });

  it("restarts its pods when their settings change", () => {
    const values = valuesOf({ hubble: { ui: true } });
    const { relay, ui } = values.hubble;
    assert.deepEqual(
      [values["rollOutCiliumPods"], values.operator.rollOutPods, relay.rollOutPods, ui.rollOutPods],
      [true, true, true, true],
    );
  });

  it("counts no share of the sensors' budget of a node", () => {
    const { sizing } = planOf({});
    assert.deepEqual(sizing.warnings, []);
    assert.ok(sizing.workloads.some(({ name }) => name === "ciliumAgent"));
  });

  it("lets no API server be reached by a NetworkPolicy that Cilium reads otherwise", () => {
    assert.equal(valuesOf({})["policyCIDRMatchMode"], "nodes");
    assert.equal(valuesOf({})["policyEnforcementMode"], "default");
  });

  it("reads no Secret outside of its namespace", () => {
    assert.deepEqual(valuesOf({})["tls"], {
      readSecretsOnlyFromSecretsNamespace: true,
      secretsNamespace: { create: false, name: "" },
      secretSync: { enabled: false },
    });
  });
});

describe("Cilium's ports between nodes", () => {
  const page = readFileSync(join(__dirname, "..", "..", "docs", "network.md"), "utf8");
  const [, table = ""] = page.split("## Between nodes");
  const UDP: readonly string[] = ["vxlan", "wireguard"];

  it("are on the page, each with its protocol, and no others", () => {
    // The relay is a pod: it is in the tables of pods.
    const { relay: _, ...ofNodes } = PORTS;
    const expected = Object.entries(ofNodes).map(
      ([name, port]) => `${UDP.includes(name) ? "UDP" : "TCP"} ${port}`,
    );
    assert.deepEqual(
      [...table.matchAll(/^\| ((?:TCP|UDP) \d+) /gm)].map(([, port]) => port).sort(),
      expected.sort(),
    );
    assert.match(page, new RegExp(`hubble-ui \\| hubble-relay \\| ${PORTS.relay} `));
  });

  it("are those that the chart opens", () => {
    const { hubble, prometheus } = valuesOf({ prometheus: { enabled: false } });
    assert.deepEqual([hubble.metrics.port, prometheus], [PORTS.hubbleMetrics, { enabled: false }]);
  });
});

describe("Hubble's metrics", () => {
  it("are a list, with labels of namespaces and workloads", () => {
    const { metrics } = valuesOf({}).hubble;
    const enabled = metrics.enabled ?? [];
    assert.equal(enabled.length, 6);
    for (const metric of enabled) assert.ok(!/_(pod|ip)/.test(metric), metric);
    assert.equal(valuesOf({ hubble: { metrics: [] } }).hubble.metrics.enabled, null);
  });

  it("say how many time series each pod makes, where they have a label for it", () => {
    assert.deepEqual(seriesPerPod(["drop:sourceContext=pod|ip", "dns:labelsContext=source_pod", "tcp"]), {
      series: 4,
      by: ["drop", "dns"],
    });
    const hubble = { metrics: ["httpV2:labelsContext=source_pod"], metricLabels: ["source_pod"] };
    assert.match(
      planOf({ hubble }).warnings.join("\n"),
      /httpV2 have at least 15 time series for each pod.*15,000/,
    );
    assert.doesNotMatch(planOf({}).warnings.join("\n"), /time series/);
  });

  for (const [text, labels] of [
    ["drop", []],
    ["dns:query;ignoreAAAA", []],
    [
      "flow:sourceContext=namespace;destinationContext=pod|ip",
      ["source_namespace", "destination_pod", "destination_ip"],
    ],
    ["httpV2:exemplars=true;labelsContext=source_app,traffic_direction", ["source_app", "traffic_direction"]],
    ["port-distribution", []],
  ] as const)
    it(`are read: ${text}`, () => {
      const found = parseMetric(text);
      assert.ok(typeof found !== "string", String(found));
      assert.deepEqual(found.labels, labels);
    });
});

describe("Cilium in a cluster that the stack makes", () => {
  const planned = (config: object) => clusterPlan({ features: [{ name: "cilium", enabled: true, config }] });
  const cniValues = (plan: ReturnType<typeof clusterPlan>) =>
    plan.resources.find(({ name }) => name === "addon-vpc-cni")?.args["configurationValues"];

  it("is behind the VPC CNI, whose own engine for NetworkPolicies is left off", () => {
    assert.equal(cniValues(planned({ mode: "chaining" })), '{"enableNetworkPolicy":"false"}');
    assert.equal(cniValues(clusterPlan()), '{"enableNetworkPolicy":"true"}');
  });

  const addonsOf = (plan: ReturnType<typeof clusterPlan>) =>
    plan.resources.filter(({ type }) => type === "eks.Addon").map(({ name }) => name.replace("addon-", ""));
  const others = ["coredns", "aws-ebs-csi-driver"];

  it("is there before the nodes in place of the VPC CNI, and of kube-proxy where it replaces that", () => {
    assert.deepEqual(addonsOf(planned({})), ["kube-proxy", "eks-pod-identity-agent", ...others]);
    const replacing = planned({ kubeProxyReplacement: true });
    assert.deepEqual(addonsOf(replacing), ["eks-pod-identity-agent", ...others]);
    assert.deepEqual(replacing.podNetwork, {
      feature: "cilium",
      after: ["addon-eks-pod-identity-agent"],
      apiServer: { namespace: "security-system", name: "cilium-api-server" },
    });
    assert.equal(planned({ mode: "chaining" }).podNetwork, undefined);
  });

  it("keeps other pods off new nodes until its agent runs, whatever taints they have", () => {
    const group = { name: "nodes", taints: [{ key: "batch", effect: "PreferNoSchedule" }] };
    const { resources, nodes } = clusterPlan({
      "eks.nodeGroups": [group],
      features: [{ name: "cilium", enabled: true, config: {} }],
    });
    const taints = resources.find(({ name }) => name === "node-group-nodes")?.args["taints"];
    assert.deepEqual(taints, [
      { key: "batch", value: undefined, effect: "PREFER_NO_SCHEDULE" },
      { key: "node.cilium.io/agent-not-ready", value: "true", effect: "NO_EXECUTE" },
    ]);
    assert.equal(nodes[0]?.takesPods, true);
  });

  it("has the rights of its list in EC2, before the nodes, where it manages interfaces", () => {
    const { resources, podNetwork } = planned({ mode: "eni" });
    const at = (name: string) => resources.findIndex((resource) => resource.name === name);
    assert.ok(at("pod-cilium-operator-association") > 0);
    assert.ok(at("pod-cilium-operator-association") < at("node-group-nodes"));
    assert.ok(podNetwork?.after.includes("pod-cilium-operator-association"));
    const policy = String(resources[at("pod-cilium-operator-rights")]?.args["policy"]);
    const { Statement } = JSON.parse(policy) as { Statement: { Action: string[]; Condition: object }[] };
    assert.deepEqual(Statement[0]?.Condition, { StringEquals: { "aws:RequestedRegion": "eu-central-1" } });
    for (const action of Statement[0]?.Action ?? []) assert.match(action, /^ec2:[A-Z][A-Za-z]+$/);
    assert.equal(Statement[0]?.Action.length, 15);
  });

  it("is refused in the networks of others, behind the VPC CNI without kube-proxy, and without an API server", () => {
    const paths = (config: object) => {
      try {
        planned(config);
      } catch (error) {
        if (error instanceof ConfigError) return error.issues.map(({ path }) => path);
        throw error;
      }
      return [];
    };
    const at = (key: string) => `security-stack:features[0].config.${key}`;
    assert.deepEqual(paths({ mode: "chaining" }), []);
    assert.deepEqual(paths({ mode: "chaining", kubeProxyReplacement: true }), [at("kubeProxyReplacement")]);
    assert.deepEqual(paths({ podCidrs: ["10.20.64.0/20"] }), [at("podCidrs[0]")]);
    assert.deepEqual(paths({ podCidrs: ["10.244.0.0/16", "172.16.0.0/12"] }), [at("podCidrs[1]")]);
    assert.deepEqual(paths({ mode: "eni", podCidrs: ["10.20.64.0/20"] }), []);
    assert.throws(
      () => contributionOf({ kubeProxyReplacement: true }),
      (error) => error instanceof ConfigError && error.issues[0]?.path.endsWith(".apiServer") === true,
    );
  });
});

describe("sensors beside Cilium", () => {
  it("leave out its agent in the stack's privileged namespace, by its real path, and nowhere else", () => {
    const texts = tetragonContribution("{}", "", MINIMAL, [cilium]).customObjects ?? [];
    const naming = texts.filter((object) => JSON.stringify(object).includes("/usr/bin/cilium-agent"));
    assert.ok(naming.length > 0);
    for (const { metadata, spec } of naming) {
      assert.match(metadata.name, /-sensors$/);
      const { podSelector } = spec as { podSelector: { matchExpressions: object[] } };
      assert.deepEqual(podSelector.matchExpressions, [
        { key: "k8s:io.kubernetes.pod.namespace", operator: "In", values: ["security-system"] },
      ]);
    }
  });

  const contribution = falcoContribution("{}");
  const evaluator = new RuleEvaluator(ruleEntries(contribution));
  const AGENT: FalcoEvent = {
    ...IN_A_POD,
    "k8s.ns.name": "security-system",
    "proc.name": "cilium-agent",
    "proc.exepath": "/usr/bin/cilium-agent",
    "evt.type": "setns",
  };
  const setns = rulesOf(contribution).find(({ rule }) => rule === "Namespace entered from container")!;

  for (const [what, change, isFound] of [
    ["the agent of the stack", {}, false],
    ["a program of that name in a pod of a shop", { "k8s.ns.name": "shop" }, true],
    [
      "a copy of it that was brought into the stack's namespace",
      {
        "proc.exepath": "/tmp/cilium-agent",
        "proc.is_exe_upper_layer": true,
        "proc.is_exe_lower_layer": false,
      },
      true,
    ],
    ["the agent with a terminal, which is a person's", { "proc.tty": 34816 }, true],
  ] as const)
    it(`${isFound ? "find" : "leave out"} ${what} that enters a namespace`, () =>
      assert.equal(evaluator.fires(setns, { ...AGENT, ...change }), isFound));
});

describe("what Cilium's config refuses", () => {
  const BAD: Record<string, [object, string, RegExp]> = {
    "an API server with a scheme": [
      { apiServer: { host: "https://10.0.0.1" } },
      "apiServer.host",
      /without scheme/,
    ],
    "a port that is none": [{ apiServer: { host: "a", port: 0 } }, "apiServer.port", /1/],
    "a mode that does not exist": [{ mode: "tunnel" }, "mode", /overlay, eni, chaining/],
    "a network that is none": [{ podCidrs: ["10.0.0.0"] }, "podCidrs[0]", /CIDR/],
    "a network that no node has room in": [{ podCidrs: ["10.0.0.0/25"] }, "podCidrs[0]", /\/24 or larger/],
    "an IPv6 network": [{ podCidrs: ["fd00::/16"] }, "podCidrs[0]", /IPv4/],
    "no network": [{ podCidrs: [] }, "podCidrs", /1/],
    "a network twice": [{ podCidrs: ["10.1.0.0/16", "10.1.0.0/16"] }, "podCidrs[1]", /another/],
    "masquerading in mode chaining": [{ mode: "chaining", masquerade: true }, "masquerade", /VPC CNI/],
    "IPsec in mode chaining": [
      { mode: "chaining", encryption: { type: "ipsec" } },
      "encryption.type",
      /wireguard/,
    ],
    "mode eni with strict mode and masquerading": [
      {
        mode: "eni",
        masquerade: true,
        encryption: { type: "wireguard", strictMode: { enabled: true, cidr: "10.0.0.0/16" } },
      },
      "masquerade",
      /strictMode/,
    ],
    "strict mode without encryption": [
      { encryption: { strictMode: { enabled: true } } },
      "encryption.strictMode.enabled",
      /wireguard/,
    ],
    "strict mode with IPsec": [
      { encryption: { type: "ipsec", strictMode: { enabled: true } } },
      "encryption.strictMode.enabled",
      /wireguard/,
    ],
    "strict mode in mode eni without the pods' network": [
      { mode: "eni", encryption: { type: "wireguard", strictMode: { enabled: true } } },
      "encryption.strictMode.cidr",
      /all pods/,
    ],
    "strict mode of two networks": [
      {
        podCidrs: ["10.1.0.0/16", "10.2.0.0/16"],
        encryption: { type: "wireguard", strictMode: { enabled: true } },
      },
      "encryption.strictMode.cidr",
      /one network/,
    ],
    "strict ingress in mode chaining": [
      {
        mode: "chaining",
        encryption: { type: "wireguard", strictMode: { enabled: true, ingress: true, cidr: "10.0.0.0/16" } },
      },
      "encryption.strictMode.ingress",
      /chaining/,
    ],
    "encryption that does not exist": [{ encryption: { type: "tls" } }, "encryption.type", /ipsec/],
    "the metric http": [{ hubble: { metrics: ["http"] } }, "hubble.metrics[0]", /httpV2/],
    "a metric that does not exist": [
      { hubble: { metrics: ["latency"] } },
      "hubble.metrics[0]",
      /port-distribution/,
    ],
    "an option that does not exist": [
      { hubble: { metrics: ["tcp:query"] } },
      "hubble.metrics[0]",
      /labelsContext/,
    ],
    "a context that does not exist": [
      { hubble: { metrics: ["tcp:sourceContext=node"] } },
      "hubble.metrics[0]",
      /workload/,
    ],
    "a label that does not exist": [
      { hubble: { metrics: ["tcp:labelsContext=source_node"] } },
      "hubble.metrics[0]",
      /source_pod/,
    ],
    "a metric twice": [{ hubble: { metrics: ["tcp", "tcp"] } }, "hubble.metrics[1]", /once/],
    "metrics by pod that are not allowed": [
      { hubble: { metrics: ["drop:sourceContext=pod|ip;destinationContext=pod"] } },
      "hubble.metrics[0]",
      /source_pod, source_ip, destination_pod/,
    ],
    "names outside as a label": [
      { hubble: { metrics: ["drop:destinationContext=dns"] } },
      "hubble.metrics[0]",
      /metricLabels/,
    ],
    "Hubble's page without the relay": [{ hubble: { relay: false, ui: true } }, "hubble.ui", /relay/],
    "a Secret's name that is none": [
      { encryption: { ipsecSecretName: "A B" } },
      "encryption.ipsecSecretName",
      /name/,
    ],
  };
  for (const [title, [config, where, allowed]] of Object.entries(BAD))
    it(title, () => {
      const issues = issuesOf(stackWith(config), FEATURES);
      const issue = issues.find(({ path }) => path === `security-stack:features[1].config.${where}`);
      assert.ok(issue, JSON.stringify(issues));
      assert.match(`${issue.allowed} ${issue.fix}`, allowed);
    });

  it("a name of the cluster that the agents do not start with", () => {
    const name = "a-name-of-a-cluster-that-is-too-long";
    const text = stackWith({}).replace("clusterName: dev", `clusterName: ${name}`);
    assert.throws(
      () => plan(settingsOf(text, FEATURES)),
      (error) =>
        error instanceof ConfigError &&
        error.issues[0]?.code === "CFG003" &&
        /global\.clusterName/.test(error.issues[0].path) &&
        /at most 32/.test(error.issues[0].allowed ?? ""),
    );
    plan(
      settingsOf(text.replace('"name":"cilium","enabled":true', '"name":"cilium","enabled":false'), FEATURES),
    );
  });

  const DEAD: Record<string, [object, string, string, RegExp]> = {
    "the seed's cni.chained": [{ cni: { chained: true } }, "CFG019", "cni", /mode: chaining/],
    "the chart's cni.exclusive": [{ cni: { exclusive: false } }, "CFG019", "cni", /always false/],
    "the seed's socketLB": [{ socketLB: { hostNamespaceOnly: true } }, "CFG019", "socketLB", /always true/],
    "the seed's hubble.metrics as a text": [
      { hubble: { metrics: "dns,drop,tcp,flow,icmp,http" } },
      "CFG002",
      "hubble.metrics",
      /a list/,
    ],
    "the seed's encryption.enabled": [
      { encryption: { enabled: true, type: "wireguard" } },
      "CFG019",
      "encryption.enabled",
      /encryption\.type/,
    ],
    "the seed's ports": [{ ports: { relay: 4244, ui: 4245 } }, "CFG019", "ports", /4245 Hubble's relay/],
    "the seed's kernel": [{ minKernel: "4.19" }, "CFG019", "minKernel", /5\.10/],
    "bpf.masquerade alone": [{ bpf: { masquerade: false } }, "CFG019", "bpf", /hostLegacyRouting/],
    "encryption of nodes": [
      { encryption: { nodeEncryption: true } },
      "CFG019",
      "encryption.nodeEncryption",
      /beta/,
    ],
    "the chart's cluster.name": [{ cluster: { name: "x" } }, "CFG019", "cluster", /32 characters/],
    "the chart's k8sServiceHost": [{ k8sServiceHost: "a" }, "CFG019", "k8sServiceHost", /apiServer\.host/],
    "the chart's tunnel": [{ tunnel: "vxlan" }, "CFG019", "tunnel", /mode/],
    "enforcement always": [{ policyEnforcementMode: "always" }, "CFG019", "policyEnforcementMode", /48444/],
  };
  for (const [title, [config, code, where, fix]] of Object.entries(DEAD))
    it(`${title}, with what to write instead`, () => {
      const [issue] = issuesOf(stackWith(config), FEATURES);
      assert.deepEqual([issue?.code, issue?.path], [code, `security-stack:features[1].config.${where}`]);
      assert.match(issue?.fix ?? "", fix);
    });

  it("names something for each key that has moved", () => {
    for (const [key, fix] of Object.entries(MOVED_KEYS)) assert.ok(fix(undefined).length > 5, key);
  });
});
