import assert from "node:assert/strict";
import { type Plan, plan } from "../../components/core/plan/plan";
import type { CustomObject } from "../../components/kubernetes/manifest";
import { FEATURES } from "../../components/registry";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";

const HOST = { host: "api.example.com", from: [{ namespace: "shop", serviceAccount: "checkout" }] };
const EXCEPTION = {
  reason: "scraped from outside of the mesh",
  owner: "platform",
  until: "2030-01-31",
  namespace: "shop",
  labels: { app: "shop" },
  port: 9090,
};

interface Given {
  more?: object[];
  exceptions?: object[];
  rest?: string;
}

const stackWith = (config: object, { more = [], exceptions = [], rest = "" }: Given = {}) =>
  `${MINIMAL}${rest}features: ${JSON.stringify([
    { name: "otel_pipeline", enabled: true },
    { name: "falco", enabled: true },
    { name: "istio", enabled: true, config },
    ...more,
  ])}\nexceptions: ${JSON.stringify(exceptions)}\n`;

const planned = (config: object, given?: Given): Plan => plan(settingsOf(stackWith(config, given), FEATURES));

function contribution({ features }: Plan, name = "istio") {
  return features.find((feature) => feature.name === name)!.contribution;
}

function objects(from: Plan, kind: string): CustomObject[] {
  return (contribution(from).customObjects ?? []).filter((object) => object.kind === kind);
}

function valuesOf(from: Plan, chart: string) {
  return contribution(from).charts!.find(({ name }) => name === chart)!.values;
}

const peers = (from: Plan) =>
  objects(from, "PeerAuthentication").map(({ metadata, spec }) => [metadata.namespace, spec]);

describe("Istio in the plan", () => {
  it("starts with nothing in the mesh, nothing refused and no way out", () => {
    const from = planned({});
    assert.deepEqual(peers(from), [["istio-system", { mtls: { mode: "PERMISSIVE" } }]]);
    assert.deepEqual(
      contribution(from).namespaces?.map(({ name }) => name),
      ["istio-system"],
    );
    assert.equal(contribution(from).customObjects?.length, 1);
    assert.ok(from.warnings.some((line) => /no namespace is in the mesh/.test(line)));
  });

  it("says which version is deployed and which one the tests run", () => {
    assert.ok(planned({}).warnings.some((line) => /deployed is 1\.31\.4.*2026-08-27/.test(line)));
  });

  it("has two istiods of which one stays, and in production three of which two stay", () => {
    const counts = (config: object, given?: Given) => {
      const { autoscaleMin, pdb } = valuesOf(planned(config, given), "istiod");
      return [autoscaleMin, pdb];
    };
    assert.deepEqual(counts({}), [2, { minAvailable: 1 }]);
    assert.deepEqual(counts({ preset: "production" }), [3, { minAvailable: 2 }]);
    assert.deepEqual(counts({}, { rest: "override: {istiod: {replicas: 4}}\n" }), [4, { minAvailable: 3 }]);
  });

  it("names hub, tag and image of every part, also from a mirror", () => {
    const text = (given?: Given) =>
      JSON.stringify(contribution(planned({ namespaces: ["shop"], egress: { hosts: [HOST] } }, given)));
    assert.doesNotMatch(text(), /latest|testing/);
    for (const image of ["pilot", "install-cni", "ztunnel", "proxyv2"])
      assert.match(text(), new RegExp(`"docker\\.io/istio/${image}:1\\.31\\.4-distroless"`));
    const mirrored = `${MINIMAL}`.replace(
      "clusterName: dev",
      "clusterName: dev, imageRegistry: mirror.example",
    );
    assert.notEqual(mirrored, MINIMAL);
    const all = JSON.stringify(
      contribution(plan(settingsOf(stackWith({}).replace(MINIMAL, mirrored), FEATURES))),
    );
    assert.doesNotMatch(all, /docker\.io/);
    assert.match(all, /"hub":"mirror\.example\/istio"/);
  });

  it("takes STRICT by namespace, and for the mesh", () => {
    const one = planned({ namespaces: ["shop", "web"], mtls: { namespaces: { shop: "STRICT" } } });
    assert.deepEqual(peers(one), [
      ["istio-system", { mtls: { mode: "PERMISSIVE" } }],
      ["shop", { mtls: { mode: "STRICT" } }],
    ]);
    const all = planned({
      namespaces: ["shop", "web"],
      mtls: { mode: "STRICT", namespaces: { web: "PERMISSIVE" } },
    });
    assert.deepEqual(peers(all), [
      ["istio-system", { mtls: { mode: "STRICT" } }],
      ["web", { mtls: { mode: "PERMISSIVE" } }],
    ]);
    assert.ok(all.warnings.some((line) => /STRICT refuses whoever is outside/.test(line)));
  });

  it("lets a port take connections in clear by an exception, all ports of the same pods in one object", () => {
    const config = { namespaces: ["shop"], mtls: { mode: "STRICT" } };
    const from = planned(config, { exceptions: [EXCEPTION, { ...EXCEPTION, port: 8080 }] });
    const [, exception, ...more] = peers(from);
    assert.deepEqual(more, []);
    assert.deepEqual(exception, [
      "shop",
      {
        selector: { matchLabels: { app: "shop" } },
        mtls: { mode: "STRICT" },
        portLevelMtls: { "8080": { mode: "PERMISSIVE" }, "9090": { mode: "PERMISSIVE" } },
      },
    ]);
    assert.deepEqual(
      from.exceptions?.map(({ appliedBy, unseen }) => [appliedBy.map(({ feature }) => feature), unseen]),
      [9090, 8080].map((port) => [
        ["istio"],
        `who talks to port ${port} of the pods with namespace shop, labels app=shop: it takes connections in clear too`,
      ]),
    );
  });

  it("says that an exception has no effect where its pods take all in clear, or after its day", () => {
    const permissive = planned({ namespaces: ["shop"] }, { exceptions: [EXCEPTION] });
    assert.equal(peers(permissive).length, 1);
    assert.ok(permissive.warnings.some((line) => /exceptions\[0\].*has no effect/.test(line)));
    const strict = { namespaces: ["shop"], mtls: { mode: "STRICT" } };
    const ended = planned(strict, { exceptions: [{ ...EXCEPTION, until: "2020-01-31" }] });
    assert.equal(peers(ended).length, 1);
    assert.ok(ended.warnings.some((line) => /exceptions\[0\] ended/.test(line)));
  });

  it("has exceptions of ports in no filter of events", () => {
    const config = { namespaces: ["shop"], mtls: { mode: "STRICT" } };
    const pipeline = (given?: Given) => contribution(planned(config, given), "otel_pipeline").manifests;
    assert.deepEqual(pipeline({ exceptions: [EXCEPTION] }), pipeline());
  });

  it("binds each host to the proxy and says who may, and for whom it is visible", () => {
    const from = planned({ namespaces: ["shop"], egress: { hosts: [HOST] } });
    const [entry] = objects(from, "ServiceEntry");
    const [policy] = objects(from, "AuthorizationPolicy");
    assert.deepEqual(entry?.spec, {
      hosts: ["api.example.com"],
      location: "MESH_EXTERNAL",
      resolution: "DNS",
      ports: [{ number: 443, name: "tls-443", protocol: "TLS" }],
    });
    assert.deepEqual(policy?.spec, {
      targetRefs: [{ group: "networking.istio.io", kind: "ServiceEntry", name: "api.example.com" }],
      action: "ALLOW",
      rules: [
        {
          from: [{ source: { principals: ["cluster.local/ns/shop/sa/checkout"] } }],
          to: [{ operation: { ports: ["443"] } }],
        },
      ],
    });
    const egress = contribution(from).namespaces?.find(({ name }) => name === "istio-egress");
    assert.deepEqual(egress, {
      name: "istio-egress",
      podSecurity: "restricted",
      labels: { "istio.io/use-waypoint": "egress" },
    });
    assert.deepEqual(valuesOf(from, "istiod")["meshConfig"], {
      accessLogFile: "/dev/stdout",
      accessLogEncoding: "JSON",
      outboundTrafficPolicy: { mode: "ALLOW_ANY" },
      serviceEntryVisibility: {
        defaultVisibility: "NAMESPACE",
        policies: [
          {
            visibility: "PUBLIC",
            matchingRules: [
              { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "istio-egress" } } },
            ],
          },
        ],
      },
    });
  });

  it("lets the proxy alone out, at the hosts' ports, and neither back in nor to the cloud's metadata", () => {
    const from = planned({ namespaces: ["shop"], egress: { hosts: [HOST] } });
    const policy = contribution(from).manifests.find(
      ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.namespace === "istio-egress",
    );
    assert.equal(policy?.kind, "NetworkPolicy");
    if (policy?.kind !== "NetworkPolicy") return;
    const [fromMesh, scraped, ...more] = policy.spec?.ingress ?? [];
    assert.deepEqual(more, []);
    assert.deepEqual(fromMesh, {
      from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } }],
      ports: [{ protocol: "TCP", port: 15008 }],
    });
    assert.deepEqual(scraped?.ports, [{ protocol: "TCP", port: 15020 }]);
    const private4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
    assert.deepEqual(policy.spec?.egress?.at(-1), {
      to: [
        { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16", ...private4] } },
        { ipBlock: { cidr: "::/0", except: ["fe80::/10", "fc00::/7"] } },
      ],
      ports: [{ protocol: "TCP", port: 443 }],
    });
  });

  it("lets istiod make proxies only where one is wanted", () => {
    const off = "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER";
    assert.ok(JSON.stringify(valuesOf(planned({}), "istiod")).includes(off));
    const from = planned({ namespaces: ["shop"], egress: { hosts: [HOST] } });
    assert.ok(!JSON.stringify(valuesOf(from, "istiod")).includes(off));
  });

  it("leaves Gateway API's kinds to the cluster where it has them", () => {
    const egress = { hosts: [HOST], gatewayKinds: false };
    assert.deepEqual(objects(planned({ namespaces: ["shop"], egress }), "CustomResourceDefinition"), []);
  });

  it("makes what configures after the kinds, and what is configured after that", () => {
    const order = contribution(planned({})).charts!.map(({ name, after, provides }) => [
      name,
      after,
      provides,
    ]);
    assert.deepEqual(order, [
      ["istio-base", ["cni"], ["mesh-kinds"]],
      ["istiod", ["mesh-kinds"], ["mesh-control"]],
      ["istio-cni", ["mesh-control"], undefined],
      ["ztunnel", ["mesh-control"], undefined],
    ]);
  });

  it("keeps its kinds when it goes only where that is said", () => {
    const kept = (config: object) =>
      contribution(planned(config)).charts!.map(({ keepCrds }) => keepCrds ?? false);
    assert.deepEqual(kept({}), [false, false, false, false]);
    assert.deepEqual(kept({ keepCrds: true }), [true, false, false, false]);
  });

  it("goes together with Gatekeeper, whose constraints wait for kinds too", () => {
    const more = [
      { name: "gatekeeper", enabled: true },
      { name: "pod_admission", enabled: true },
    ];
    const from = planned({ namespaces: ["shop"], egress: { hosts: [HOST] } }, { more });
    // Neither judges what the mesh itself runs; what keeps the cluster's pods out of it does.
    assert.match(JSON.stringify(contribution(from, "gatekeeper").customObjects), /"istio-system"/);
    assert.match(
      JSON.stringify(contribution(from, "pod_admission").manifests),
      /"In","values":\[[^\]]*"istio-egress"/,
    );
  });

  it("puts a hardened namespace into the mesh: label, probes, the way out", () => {
    const more = [
      {
        name: "workload_namespaces",
        enabled: true,
        config: { namespaces: [{ name: "shop" }, { name: "web" }] },
      },
    ];
    const from = planned({ namespaces: ["shop"], egress: { hosts: [HOST] } }, { more });
    const label = (name: string) =>
      from.platform.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === name)?.metadata
        .labels?.["istio.io/dataplane-mode"];
    assert.deepEqual(
      [label("shop"), label("web"), label("security-system"), label("istio-egress")],
      ["ambient", undefined, undefined, undefined],
    );
    const policies = contribution(from, "workload_namespaces").manifests.flatMap((m) =>
      m.kind === "NetworkPolicy" && m.metadata.name === "security-stack-mesh" ? [m] : [],
    );
    assert.deepEqual(
      policies.map(({ metadata, spec }) => [metadata.namespace, spec?.ingress, spec?.egress]),
      [
        [
          "shop",
          [{ from: [{ ipBlock: { cidr: "169.254.7.127/32" } }] }],
          [
            {
              to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "istio-egress" } } }],
              ports: [{ protocol: "TCP", port: 15008 }],
            },
          ],
        ],
      ],
    );
  });

  it("warns of a way out that goes round the proxy", () => {
    const config = { namespaces: [{ name: "shop", egress: [{ to: "203.0.113.0/24", ports: [443] }] }] };
    const more = [{ name: "workload_namespaces", enabled: true, config }];
    assert.ok(
      planned({ namespaces: ["shop"] }, { more }).warnings.some((line) =>
        /by address and not through/.test(line),
      ),
    );
  });

  it("takes REGISTRY_ONLY and says that it is no firewall", () => {
    const from = planned({ outboundTrafficPolicy: "REGISTRY_ONLY" });
    assert.match(JSON.stringify(valuesOf(from, "istiod")["meshConfig"]), /REGISTRY_ONLY/);
    assert.ok(from.warnings.some((line) => /REGISTRY_ONLY is no firewall/.test(line)));
  });

  it("does not count in the budget of what looks at nodes", () => {
    assert.ok(!planned({}).warnings.some((line) => /over the budget/.test(line)));
  });

  const SYSTEM = [
    "kube-system",
    "security-system",
    "security-pipeline",
    "istio-system",
    "istio-egress",
    "gatekeeper-system",
  ];
  for (const name of SYSTEM)
    it(`refuses ${name} in the mesh`, () => {
      const more = [{ name: "gatekeeper", enabled: true }];
      assert.throws(() => planned({ namespaces: [name] }, { more }), /CFG003 .*namespaces\[0\]|FTR014/);
    });

  const MOVED: Record<string, [object, RegExp]> = {
    "the seed's istiod.replicaCount": [{ istiod: { replicaCount: 2 } }, /override\.istiod\.replicas/],
    "replicaCount, which the autoscaler overrules": [{ replicaCount: 2 }, /override\.istiod\.replicas/],
    "pilot, where values were once": [{ pilot: { autoscaleMin: 2 } }, /override\.istiod/],
    "the chart's autoscaleMin": [{ autoscaleMin: 2 }, /override\.istiod\.replicas/],
    "the chart's autoscaleEnabled": [{ autoscaleEnabled: false }, /PodDisruptionBudget/],
    "the seed's resources of ztunnel": [
      { ztunnel: { resources: {} } },
      /override\.ztunnel\.resources.*512Mi/,
    ],
    "the seed's cni.chained": [{ cni: { chained: true } }, /default/],
    "the seed's exclusion by annotation": [{ podAnnotations: {} }, /a label.*mesh-bypass/],
    "a list of what is out": [{ excludeNamespaces: ["monitoring"] }, /`namespaces`/],
    discoverySelectors: [{ discoverySelectors: [] }, /`namespaces`/],
    "the seed's PILOT_ENABLE_AMBIENT": [{ env: { PILOT_ENABLE_AMBIENT: "true" } }, /ambient profile/],
    "a profile": [{ profile: "default" }, /ambient/],
    "a hub of its own": [{ hub: "gcr.io/istio-release" }, /pins/],
    "a tag of its own": [{ tag: "1.24.0" }, /pins/],
    "a meshConfig": [{ meshConfig: {} }, /outboundTrafficPolicy/],
    "a peerAuthentication": [{ peerAuthentication: { mode: "STRICT" } }, /`mtls`/],
    exportTo: [{ exportTo: ["."] }, /serviceEntryVisibility/],
    "a failure policy": [{ validationFailurePolicy: "Ignore" }, /no istiod/],
  };
  for (const [title, [config, fix]] of Object.entries(MOVED))
    it(`refuses ${title}, with what to write instead`, () => {
      const [issue] = issuesOf(stackWith(config), FEATURES);
      assert.equal(issue?.code, "CFG019");
      assert.match(issue.fix ?? "", fix);
    });

  const inShop = (egress: object) => ({ namespaces: ["shop"], egress: { hosts: [{ ...HOST, ...egress }] } });
  const BAD: Record<string, object> = {
    "STRICT before anything is in the mesh": { mtls: { mode: "STRICT" } },
    "STRICT of a namespace that is not in the mesh": { mtls: { namespaces: { shop: "STRICT" } } },
    "a mode that Istio has no more in ambient": { namespaces: ["shop"], mtls: { mode: "DISABLE" } },
    "a namespace twice": { namespaces: ["shop", "shop"] },
    "a host with a wildcard": inShop({ host: "*.example.com" }),
    "every host": inShop({ host: "*" }),
    "an address as a host": inShop({ host: "203.0.113.7" }),
    "a network as a host": inShop({ host: "203.0.113.0/24" }),
    "an IPv6 address as a host": inShop({ host: "2001:db8::1" }),
    "a Service of the cluster as a host": inShop({ host: "db.data.svc.cluster.local" }),
    "a URL as a host": inShop({ host: "https://api.example.com" }),
    "addresses of a host": inShop({ addresses: ["203.0.113.7"] }),
    "endpoints of a host": inShop({ endpoints: [] }),
    "resolution NONE": inShop({ resolution: "NONE" }),
    "resolution STATIC": inShop({ resolution: "STATIC" }),
    "a host for nobody": inShop({ from: [] }),
    "a host for a namespace outside of the mesh": inShop({ from: [{ namespace: "web" }] }),
    "a port of Istio's own": inShop({ ports: [{ number: 15008 }] }),
    "a port twice": inShop({ ports: [{ number: 443 }, { number: 443, protocol: "TCP" }] }),
    "a host twice": { namespaces: ["shop"], egress: { hosts: [HOST, HOST] } },
    "no network for the proxy": { namespaces: ["shop"], egress: { hosts: [HOST], networks: [] } },
    "a visibility that does not exist": { serviceEntryVisibility: "CLUSTER" },
    "an outbound policy that does not exist": { outboundTrafficPolicy: "DENY" },
    "a preset that does not exist": { preset: "large" },
    "an unknown key": { waypoints: [] },
  };
  for (const [title, config] of Object.entries(BAD))
    it(`refuses ${title}`, () => {
      const issues = issuesOf(stackWith(config), FEATURES);
      assert.ok(issues.length > 0 && issues.every(({ code }) => /^CFG\d{3}$/.test(code)));
    });

  const BAD_EXCEPTIONS: Record<string, object> = {
    "a port of all namespaces": { namespace: "*" },
    "a port of some namespaces": { namespace: "sh*" },
    "a port of no namespace": { namespace: undefined },
    "a port of all pods": { labels: undefined },
    "a port and a process": { process: "/usr/bin/curl" },
    "a port of a sensor": { tool: "falco" },
    "a port that is muted": { effect: "mute" },
    "no port": { port: 0 },
    "no reason": { reason: undefined },
    "no owner": { owner: undefined },
    "no end": { until: undefined },
  };
  for (const [title, change] of Object.entries(BAD_EXCEPTIONS))
    it(`refuses an exception of ${title}`, () => {
      const exceptions = [{ ...EXCEPTION, ...change }];
      const [issue] = issuesOf(stackWith({ namespaces: ["shop"] }, { exceptions }), FEATURES);
      assert.match(issue?.path ?? "", /exceptions\[0\]/);
    });
});
