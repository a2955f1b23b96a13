import assert from "node:assert/strict";
import { type Plan, plan } from "../../components/core/plan/plan";
import type { Manifest } from "../../components/kubernetes/manifest";
import { FEATURES } from "../../components/registry";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";

const CHECKOUT = { namespace: "shop", serviceAccount: "checkout" };
const ORDERS = {
  ...{ namespace: "shop", name: "orders", pods: { app: "orders" } },
  allow: [
    { from: [CHECKOUT], methods: ["GET", "POST"], paths: ["/orders", "/orders/*"] },
    { from: [{ namespace: "admin" }], methods: ["GET"], paths: ["/health"] },
  ],
};
const MESH = { namespaces: ["shop", "admin"] };

const textWith = (config: object) =>
  `${MINIMAL}features: ${JSON.stringify([
    { name: "otel_pipeline", enabled: true },
    { name: "pod_admission", enabled: true },
    { name: "istio", enabled: true, config: { ...MESH, ...config } },
  ])}\n`;
const planned = (config: object): Plan => plan(settingsOf(textWith(config), FEATURES));
const ofIstio = ({ features }: Plan) => features.find(({ name }) => name === "istio")!.contribution;
const objects = (from: Plan, kind: string) =>
  (ofIstio(from).customObjects ?? []).filter((object) => object.kind === kind);
const policyOf = (from: Plan, name: string) =>
  ofIstio(from).manifests.find(
    (one): one is Extract<Manifest, { kind: "NetworkPolicy" }> =>
      one.kind === "NetworkPolicy" && one.metadata.name === name,
  );

describe("Istio's policy of HTTP for listed Services", () => {
  const from = planned({ services: [ORDERS] });

  it("lets through methods and paths by caller, and nobody to the pods but its proxy", () => {
    const [allowed, alone] = objects(from, "AuthorizationPolicy");
    assert.deepEqual(
      [allowed?.metadata.namespace, allowed?.spec],
      [
        "shop",
        {
          targetRefs: [{ group: "", kind: "Service", name: "orders" }],
          action: "ALLOW",
          rules: [
            {
              from: [{ source: { principals: ["cluster.local/ns/shop/sa/checkout"] } }],
              to: [{ operation: { methods: ["GET", "POST"], paths: ["/orders", "/orders/*"] } }],
            },
            {
              from: [{ source: { namespaces: ["admin"] } }],
              to: [{ operation: { methods: ["GET"], paths: ["/health"] } }],
            },
          ],
        },
      ],
    );
    assert.deepEqual(alone?.spec, {
      selector: { matchLabels: { app: "orders" } },
      action: "ALLOW",
      rules: [{ from: [{ source: { principals: ["cluster.local/ns/shop/sa/security-stack-l7"] } }] }],
    });
  });

  it("has one proxy in each namespace, with its kinds, its replicas and its place in the fit", () => {
    const two = planned({
      preset: "production",
      services: [ORDERS, { ...ORDERS, name: "carts" }, { ...ORDERS, namespace: "admin" }],
    });
    assert.deepEqual(
      objects(two, "Gateway").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      ["admin/security-stack-l7", "shop/security-stack-l7"],
    );
    assert.equal(objects(two, "CustomResourceDefinition").length, 2);
    const own = objects(
      planned({ services: [ORDERS], egress: { gatewayKinds: false } }),
      "CustomResourceDefinition",
    );
    assert.deepEqual(own, []);
    const row = (one: Plan) => one.sizing.workloads.find(({ name }) => name === "waypoint")?.replicas;
    assert.deepEqual([row(two), row(from), row(planned({}))], [4, 1, undefined]);
    const values = JSON.stringify(ofIstio(from).charts?.find(({ name }) => name === "istiod")?.values);
    assert.doesNotMatch(values, /PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER/);
  });

  it("lets the proxy talk to its callers, its pods, istiod and DNS alone, and istiod to it", () => {
    const { ingress = [], egress = [] } = policyOf(from, "security-stack-l7")?.spec ?? {};
    const names = JSON.stringify(ingress[0]?.from);
    assert.match(names, /"admin".*"shop"/);
    assert.deepEqual(ingress[0]?.ports, [{ protocol: "TCP", port: 15008 }]);
    assert.deepEqual(
      egress.map(({ ports }) => ports?.map(({ port }) => port)),
      [[15012], [15008], [53, 53]],
    );
    assert.match(JSON.stringify(policyOf(from, "istiod")?.spec?.ingress?.[0]), /"shop"/);
  });

  it("tells the command that binds the Service, and what refuses calls until then", () => {
    assert.ok(
      from.nextSteps.some((line) =>
        line.endsWith("kubectl label service -n shop orders istio.io/use-waypoint=security-stack-l7"),
      ),
    );
    assert.ok(
      from.warnings.some((line) => /pods of `services` take connections of their proxy alone/.test(line)),
    );
    assert.ok(!planned({}).warnings.some((line) => /`services`/.test(line)));
  });

  const BAD: readonly [string, object, string][] = [
    [
      "a namespace outside of the mesh",
      { services: [{ ...ORDERS, namespace: "web" }] },
      "services[0].namespace",
    ],
    [
      "a caller outside of the mesh",
      { services: [{ ...ORDERS, allow: [{ ...ORDERS.allow[0], from: [{ namespace: "web" }] }] }] },
      "services[0].allow[0].from[0].namespace",
    ],
    ["a Service twice", { services: [ORDERS, ORDERS] }, "services[1].name"],
    ["no label of pods", { services: [{ ...ORDERS, pods: {} }] }, "services[0].pods"],
    ["nothing that is let through", { services: [{ ...ORDERS, allow: [] }] }, "services[0].allow"],
    ...["get", "TRACE", "*"].map((method): [string, object, string] => [
      `the method ${method}`,
      { services: [{ ...ORDERS, allow: [{ ...ORDERS.allow[0], methods: [method] }] }] },
      "services[0].allow[0].methods[0]",
    ]),
    ...["orders", "/a*b", "*", "/a//b", "/../admin", "/a/..", "/a?b=1", "/{id}", "/%2e"].map(
      (path): [string, object, string] => [
        `the path ${path}`,
        { services: [{ ...ORDERS, allow: [{ ...ORDERS.allow[0], paths: [path] }] }] },
        "services[0].allow[0].paths[0]",
      ],
    ),
  ];
  for (const [title, config, path] of BAD)
    it(`refuses ${title} with its place`, () => {
      const issues = issuesOf(textWith(config), FEATURES);
      assert.deepEqual(
        issues.map((issue) => [issue.code, issue.path.endsWith(path)]),
        [["CFG003", true]],
        JSON.stringify(issues),
      );
    });

  it("takes a root, a trailing slash and the beginning of paths", () => {
    const paths = ["/", "/api/", "/api/*", "/*", "/.well-known/x", "/a..b"];
    assert.doesNotThrow(() => planned({ services: [{ ...ORDERS, allow: [{ ...ORDERS.allow[0], paths }] }] }));
  });
});
