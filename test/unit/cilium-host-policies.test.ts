import assert from "node:assert/strict";
import { type Plan, plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { MINIMAL, settingsOf } from "../support/stack/config";

const HOSTS = [
  { host: "api.example.com", from: [{ namespace: "shop" }] },
  {
    host: "mirror.example.org",
    ports: [{ number: 443 }, { number: 80, protocol: "HTTP" }],
    from: [{ namespace: "shop" }],
  },
];

function planned(cilium: object | undefined, egress: object = {}, rest = ""): Plan {
  const features = [
    { name: "otel_pipeline", enabled: true },
    { name: "istio", enabled: true, config: { namespaces: ["shop"], egress: { hosts: HOSTS, ...egress } } },
    ...(cilium ? [{ name: "cilium", enabled: true, config: cilium }] : []),
  ];
  return plan(settingsOf(`${MINIMAL}${rest}features: ${JSON.stringify(features)}\n`, FEATURES));
}

const hostPolicies = ({ features }: Plan) =>
  features
    .flatMap(({ contribution }) => contribution.customObjects ?? [])
    .filter(({ kind }) => kind === "CiliumNetworkPolicy");
const specOf = (from: Plan) => hostPolicies(from)[0]?.spec as Record<string, unknown>;

/** What the proxy's NetworkPolicy lets out by address. */
function byAddress({ features }: Plan): unknown[] {
  const [policy] = features
    .flatMap(({ contribution }) => contribution.manifests)
    .filter(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.namespace === "istio-egress");
  assert.equal(policy?.kind, "NetworkPolicy");
  const { egress = [] } = (policy?.kind === "NetworkPolicy" && policy.spec) || {};
  return egress.filter(({ to = [] }) => to.some(({ ipBlock }) => ipBlock));
}

describe("the way out of the mesh where Cilium knows hosts by name", () => {
  const from = planned({});

  it("is by the names of the hosts, each at its ports, and no longer by address", () => {
    assert.deepEqual(byAddress(from), []);
    const [policy, ...more] = hostPolicies(from);
    assert.deepEqual(more, []);
    assert.deepEqual([policy?.metadata.namespace, policy?.metadata.name], ["istio-egress", "egress"]);
    assert.deepEqual(policy?.spec, {
      endpointSelector: { matchLabels: { "gateway.networking.k8s.io/gateway-name": "egress" } },
      egress: [
        {
          toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system" } }],
          toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
        },
        {
          toCIDR: ["169.254.20.10/32"],
          toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
        },
        {
          toFQDNs: [{ matchName: "api.example.com" }],
          toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
        },
        {
          toFQDNs: [{ matchName: "mirror.example.org" }],
          toPorts: [
            {
              ports: [
                { port: "443", protocol: "TCP" },
                { port: "80", protocol: "TCP" },
              ],
            },
          ],
        },
      ],
      egressDeny: [
        {
          toCIDRSet: [
            ...["169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
            ...["fe80::/10", "fc00::/7"],
          ].map((cidr) => ({ cidr })),
          toPorts: [
            {
              ports: [
                { port: "80", protocol: "TCP" },
                { port: "443", protocol: "TCP" },
              ],
            },
          ],
        },
      ],
    });
  });

  it("is by address where Cilium is off, or behind another network", () => {
    for (const without of [planned(undefined), planned({ mode: "chaining" })]) {
      assert.deepEqual(hostPolicies(without), []);
      assert.equal(byAddress(without).length, 1);
    }
  });

  it("never leads to networks that are not listed, whatever a name leads to", () => {
    const never = (networks: string[]) =>
      (specOf(planned({}, { networks }))["egressDeny"] as { toCIDRSet: unknown }[])[0]?.toCIDRSet;
    assert.deepEqual(never(["203.0.113.0/24"]), [
      { cidr: "0.0.0.0/0", except: ["203.0.113.0/24"] },
      { cidr: "::/0" },
    ]);
    const some = never(["0.0.0.0/0", "10.20.0.0/16", "172.16.0.0/12", "192.0.0.0/8"]) as { cidr: string }[];
    assert.deepEqual(some, [
      { cidr: "169.254.0.0/16" },
      { cidr: "10.0.0.0/8", except: ["10.20.0.0/16"] },
      { cidr: "100.64.0.0/10" },
      { cidr: "::/0" },
    ]);
  });

  it("asks those for names that the stack's pods ask", () => {
    const rest = MINIMAL.replace(
      "clusterName: dev}",
      "clusterName: dev, dns: {namespaces: [openshift-dns], networks: [], ports: [5353]}}",
    );
    const features = [
      { name: "otel_pipeline", enabled: true },
      { name: "istio", enabled: true, config: { namespaces: ["shop"], egress: { hosts: HOSTS } } },
      { name: "cilium", enabled: true },
    ];
    const spec = specOf(plan(settingsOf(`${rest}features: ${JSON.stringify(features)}\n`, FEATURES)));
    assert.match(JSON.stringify(spec["egress"]), /openshift-dns.*"port":"5353"/);
    assert.doesNotMatch(JSON.stringify(spec), /169\.254\.20\.10/);
  });

  it("is nothing where no host is listed", () => {
    assert.deepEqual(hostPolicies(planned({}, { hosts: [] })), []);
  });
});
