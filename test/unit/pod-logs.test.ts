import assert from "node:assert/strict";
import type { DaemonSet } from "kubernetes-types/apps/v1";
import { type Plan, plan } from "../../components/core/plan/plan";
import { accessLogCollector } from "../../components/istio/access-log-collector";
import { FEATURES } from "../../components/registry";
import { type FalcoEvent, RuleEvaluator } from "../support/falco/falco-evaluate";
import { IN_A_POD } from "../support/falco/falco-events";
import { falcoContribution, ruleEntries, rulesOf } from "../support/falco/falco-plan";
import { MINIMAL, settingsOf } from "../support/stack/config";

const planned = (features: object[], exceptions: object[] = []): Plan =>
  plan(
    settingsOf(
      `${MINIMAL}features: ${JSON.stringify([{ name: "otel_pipeline", enabled: true }, ...features])}\nexceptions: ${JSON.stringify(exceptions)}\n`,
      FEATURES,
    ),
  );

const on = (name: string, config: object = {}) => ({ name, enabled: true, config });
const FALCO = on("falco");

function contribution({ features }: Plan, name: string) {
  return features.find((feature) => feature.name === name)!.contribution;
}

function nodeCollector(from: Plan): DaemonSet {
  const { manifests } = contribution(from, "otel_pipeline");
  return manifests.find(({ kind }) => kind === "DaemonSet") as DaemonSet;
}

describe("what a feature's collector reads", () => {
  for (const { name, collector } of FEATURES.filter((feature) => feature.collector))
    it(`is in the configuration of the node's collector while ${name} is on, and its documents in the gateway's`, () => {
      const texts = (features: object[]) =>
        contribution(planned(features), "otel_pipeline")
          .manifests.filter(({ kind }) => kind === "ConfigMap")
          .map((manifest) => JSON.stringify(manifest));
      const [receiver] = Object.keys(collector!.receivers("/logs"));
      const having = (features: object[], text: string) =>
        texts(features).filter((config) => config.includes(text)).length;
      const others = name === "falco" ? [on("osquery")] : [FALCO];
      for (const text of [`${receiver}`, `logs/${collector!.tool}`]) {
        assert.ok(having([...others, on(name)], text) > 0, text);
        assert.equal(having(others, text), 0, text);
      }
    });
});

describe("lines of tools that write none but to their pods' logs", () => {
  it("have the node's collector see the logs of the node's pods, read-only, and only while such a tool is on", () => {
    const pathsOf = ({ spec }: DaemonSet) => {
      const { volumes = [], containers } = spec!.template.spec!;
      const mounts = containers[0]!.volumeMounts ?? [];
      return mounts
        .filter(({ mountPath }) => mountPath === "/var/log/pods")
        .map(({ name, readOnly }) => [volumes.find((one) => one.name === name)?.hostPath?.path, readOnly]);
    };
    assert.deepEqual(pathsOf(nodeCollector(planned([FALCO]))), []);
    for (const name of ["gatekeeper", "istio"])
      assert.deepEqual(pathsOf(nodeCollector(planned([on(name)]))), [["/var/log/pods", true]]);
  });

  it("are those of one namespace's pods and container, those rotated too, and leave the node only where they matter", () => {
    const receiver = contribution(planned([on("gatekeeper")]), "gatekeeper").collector?.receivers;
    assert.deepEqual(receiver, {
      "file_log/gatekeeper": {
        include: ["/var/log/pods/gatekeeper-system_gatekeeper-*_*/manager/*.log*"],
        exclude: [".gz", ".tmp"].map(
          (end) => `/var/log/pods/gatekeeper-system_gatekeeper-*_*/manager/*.log*${end}`,
        ),
        operators: [{ type: "filter", expr: String.raw`not (body contains "\"event_type\":\"violation")` }],
      },
    });
  });

  it("of the mesh are those of connections that matter, unless the config wants all", () => {
    const filterOf = (config: object) => {
      const { receivers } = contribution(planned([on("istio", config)]), "istio").collector!;
      return JSON.stringify(receivers["file_log/istio"]!["operators"]);
    };
    assert.match(filterOf({}), /src\.identity/);
    assert.doesNotMatch(filterOf({ accessLog: "all" }), /src\.identity/);
    assert.match(filterOf({ accessLog: "all" }), /scope/);
    assert.equal(accessLogCollector.index, "mesh");
  });
});

const STRICT = { namespaces: ["shop", "lab"], mtls: { namespaces: { shop: "STRICT" } } };

describe("what speaks against STRICT in the plan", () => {
  const looksOf = (config: object, exceptions: object[] = []) =>
    contribution(planned([FALCO, on("istio", config)], exceptions), "istio").storeLooks;

  it("is asked of the store for each namespace that is to refuse, and for none else", () => {
    const [look, ...others] = looksOf(STRICT)!;
    assert.deepEqual(others, []);
    assert.equal(look!.index, "security-mesh");
    assert.equal(look!.hours, 24);
    assert.equal(look!.path, "security-stack:features[2].config.mtls");
    assert.deepEqual(look!.filter[1], { field: "kubernetes.namespace", is: ["shop"] });
    const all = looksOf({ ...STRICT, mtls: { mode: "STRICT", namespaces: { lab: "PERMISSIVE" } } })!;
    assert.deepEqual(all[0]!.filter[1], { field: "kubernetes.namespace", is: ["shop"] });
    for (const config of [
      { namespaces: ["shop"] },
      { ...STRICT, mtls: { ...STRICT.mtls, strictAfterHours: 0 } },
    ])
      assert.equal(looksOf(config), undefined);
  });

  it("leaves out ports that exceptions keep open in those namespaces", () => {
    const exception = {
      ...{ reason: "scraped from outside", owner: "platform", until: "2030-01-31" },
      ...{ labels: { app: "web" }, port: 9090 },
    };
    const [look] = looksOf(STRICT, [{ ...exception, namespace: "shop" }])!;
    assert.equal(look!.filter.length, 3);
    assert.match(JSON.stringify(look!.filter[2]), /"not".*"shop".*9090/);
    assert.equal(looksOf(STRICT, [{ ...exception, namespace: "lab" }])![0]!.filter.length, 2);
  });

  it("is said in the plan, which asks nobody", () => {
    const warningsOf = (config: object) => planned([on("istio", config)]).warnings.join("\n");
    assert.match(
      warningsOf(STRICT),
      /An update that can ask Elasticsearch is refused while something came in clear within 24 hours/,
    );
    assert.match(
      warningsOf({ ...STRICT, mtls: { ...STRICT.mtls, strictAfterHours: 0 } }),
      /Nobody looks whether any of them still calls/,
    );
  });
});

describe("sensors beside Istio", () => {
  const rules = falcoContribution("{}");
  const evaluator = new RuleEvaluator(ruleEntries(rules));
  const setns = rulesOf(rules).find(({ rule }) => rule === "Namespace entered from container")!;
  const program = (path: string): FalcoEvent => ({
    ...{ ...IN_A_POD, "evt.type": "setns", "k8s.ns.name": "istio-system" },
    ...{ "proc.exepath": path, "proc.name": path.split("/").at(-1)! },
  });

  for (const path of ["/usr/local/bin/ztunnel", "/usr/local/bin/install-cni"]) {
    const name = path.split("/").at(-1)!;
    for (const [what, change, isFound] of [
      ["in its namespace, from its image", {}, false],
      ["in a pod of a shop", { "k8s.ns.name": "shop" }, true],
      ["at another path there", { "proc.exepath": `/tmp/${name}` }, true],
      [
        "written over the real one",
        { "proc.is_exe_upper_layer": true, "proc.is_exe_lower_layer": false },
        true,
      ],
      ["as the name alone of another program", { "proc.exepath": "/usr/bin/nsenter" }, true],
    ] as const)
      it(`${isFound ? "find" : "leave out"} ${name} ${what}, entering a namespace`, () =>
        assert.equal(evaluator.fires(setns, { ...program(path), ...change }), isFound));
  }

  it("leave it out of what Tetragon reports by namespace and path, where the documented exception asks for it", () => {
    const exception = {
      ...{ tool: "tetragon", rule: "container-escape-monitor", namespace: "istio-system", maxSeverity: 5 },
      ...{ process: "/usr/local/bin/ztunnel", reason: "its work", owner: "platform", until: "2030-01-31" },
    };
    const { manifests } = contribution(planned([on("tetragon")], [exception]), "otel_pipeline");
    const [, conditions = ""] = /filter\/tetragon:(.*?)memory_limiter/s.exec(JSON.stringify(manifests)) ?? [];
    for (const part of ["istio-system", "/usr/local/bin/ztunnel", "container-escape-monitor"])
      assert.ok(conditions.includes(part), `${part} is not in ${conditions}`);
    assert.ok(!conditions.includes("process.name") && !conditions.includes("install-cni"));
  });
});
