import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { POLICY_NAMES } from "../../components/tetragon/policies/own-policies";
import { validatePolicy } from "../../components/tetragon/validate";
import * as vocabulary from "../../components/tetragon/vocabulary";
import { ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { unknownKeys } from "../support/stack/chart-values";
import {
  chartValues,
  type Policy,
  policiesOf,
  tetragonContribution,
} from "../support/tetragon/tetragon-plan";

const API = "/apis/cilium.io/v1alpha1";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const PLURALS: Record<string, string> = {
  TracingPolicy: "tracingpolicies",
  TracingPolicyNamespaced: "tracingpoliciesnamespaced",
};

/** The part of a CRD's schema that the tests walk through. */
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: string[];
  maxItems?: number;
}

function at(schema: Schema, ...steps: string[]): Schema {
  return steps.reduce((now, step) => {
    const next = step === "[]" ? now.items : now.properties?.[step];
    assert.ok(next, `the CRD has no ${steps.join(".")}`);
    return next;
  }, schema);
}

describe("Tetragon's policies on a real API server with the chart's CRDs", function () {
  this.timeout(180_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "checkout-tetragon-"));
  let chart: string;
  let spec: Schema;
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    ({ "chart-tetragon": chart } = await ensureTools(["chart-tetragon"]));
    cluster = await startCluster({ name: "tetragon", directory, ephemeral: true });
    api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
    await api.create("/api/v1/namespaces", { metadata: { name: "shop" } });
    for (const plural of Object.values(PLURALS)) await installCrd(plural);
  });

  after(async () => {
    api?.close();
    await cluster?.stop();
    fs.rmSync(checkoutFolder(directory), { recursive: true, force: true });
    fs.rmSync(directory, { recursive: true });
  });

  async function installCrd(plural: string): Promise<void> {
    const crd = parse(fs.readFileSync(path.join(chart, "crds-yaml", `cilium.io_${plural}.yaml`), "utf8"));
    await api.create(CRDS, crd);
    await waitUntil(`the API of ${plural}`, async () => api.get(`${API}/${plural}`));
    spec = at(crd.spec.versions[0].schema.openAPIV3Schema, "spec");
  }

  // Strict: a field that the CRD does not have is refused, where it would be dropped without a word.
  function create({ kind, apiVersion, metadata, spec: policySpec }: Policy): Promise<Policy> {
    const namespace = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
    const url = `${API}${namespace}/${PLURALS[kind]}?fieldValidation=Strict`;
    return api.create(url, { kind, apiVersion, metadata, spec: policySpec });
  }

  async function deleteAll(policies: Policy[]): Promise<void> {
    for (const { kind, metadata } of policies) {
      const namespace = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
      await api.delete(`${API}${namespace}/${PLURALS[kind]}/${metadata.name}`);
    }
  }

  const all = `[${POLICY_NAMES.join(", ")}]`;
  const inShop = `{${POLICY_NAMES.map((name) => `${name}: [shop]`).join(", ")}}`;
  const custom =
    "{mine: {podSelector: {matchLabels: {app: web}}, kprobes: [{call: tcp_connect, syscall: false, args: [{index: 0, type: sock}], selectors: [{matchActions: [{action: Sigkill}]}]}]}}";
  for (const [what, config, count] of [
    ["as they are by default", "{}", POLICY_NAMES.length],
    ["enforcing", `{enforce: ${all}}`, 2 * POLICY_NAMES.length],
    ["namespaced", `{namespaces: ${inShop}}`, POLICY_NAMES.length],
    ["namespaced and enforcing", `{namespaces: ${inShop}, enforce: ${all}}`, POLICY_NAMES.length],
    ["custom, enforcing", `{policies: [], customPolicies: ${custom}, enforce: [mine]}`, 2],
  ] as const)
    it(`are accepted whole, ${what}`, async () => {
      const policies = policiesOf(tetragonContribution(config));
      assert.equal(policies.length, count);
      for (const policy of policies) {
        const stored = await create(policy);
        assert.deepEqual(lost(policy.spec, stored.spec), [], policy.metadata.name);
      }
      await deleteAll(policies);
    });

  it("are accepted whole, with exceptions", async () => {
    const given = "reason: a load test, owner: a team, until: 2026-12-31, maxSeverity: 4";
    const exceptions = `exceptions: [{${given}, namespace: shop}, {${given}, labels: {app.kubernetes.io/name: load}}]`;
    const policies = policiesOf(tetragonContribution("{}", exceptions));
    const narrowed = policies.filter(({ spec }) => spec.podSelector?.matchExpressions?.length === 2);
    assert.equal(narrowed.length, POLICY_NAMES.length);
    for (const policy of policies) {
      const stored = await create(policy);
      assert.deepEqual(lost(policy.spec, stored.spec), [], policy.metadata.name);
    }
    await deleteAll(policies);
  });

  const selectors = (selector: object) => ({
    kprobes: [{ call: "sys_mount", args: [{ index: 0, type: "string" }], selectors: [selector] }],
  });
  for (const [what, broken] of [
    ["an unknown operator", selectors({ matchArgs: [{ index: 0, operator: "Is", values: ["/"] }] })],
    ["an unknown action", selectors({ matchActions: [{ action: "Kill" }] })],
    [
      "two matchBinaries",
      selectors({ matchBinaries: Array(2).fill({ operator: "In", values: ["/bin/sh"] }) }),
    ],
    ["an unknown field", selectors({ matchArg: [] })],
    ["an unknown type", { kprobes: [{ call: "sys_mount", args: [{ index: 0, type: "text" }] }] }],
  ] as const)
    it(`are refused by the server, and by the plan before it, with ${what}`, async () => {
      assert.ok(validatePolicy(broken).length > 0, "the plan refuses it");
      const metadata = { name: "broken" };
      const policy = { kind: "TracingPolicy", apiVersion: "cilium.io/v1alpha1", metadata, spec: broken };
      await assert.rejects(
        () => create(policy as unknown as Policy),
        (error) => error instanceof ApiError && error.status >= 400 && error.status < 500,
      );
    });

  it("have the words that the plan checks by", () => {
    const kprobe = at(spec, "kprobes", "[]");
    const selector = at(kprobe, "selectors", "[]");
    const words = (schema: Schema) => [...(schema.enum ?? Object.keys(schema.properties ?? {}))].sort();
    const same = (mine: readonly string[], schema: Schema) =>
      assert.deepEqual([...mine].sort(), words(schema));
    same(vocabulary.SPEC_KEYS, spec);
    same(vocabulary.SELECTOR_KEYS, selector);
    same(vocabulary.ACTIONS, at(selector, "matchActions", "[]", "action"));
    same(vocabulary.ARG_OPERATORS, at(selector, "matchArgs", "[]", "operator"));
    same(vocabulary.BINARY_OPERATORS, at(selector, "matchBinaries", "[]", "operator"));
    same(vocabulary.ARG_TYPES, at(kprobe, "args", "[]", "type"));
    assert.equal(vocabulary.LIMITS.matchBinaries, at(selector, "matchBinaries").maxItems);
    assert.equal(vocabulary.LIMITS.tags, at(kprobe, "tags").maxItems);
  });

  it("come with chart values that the chart knows: Helm would ignore a misspelt one", () => {
    const known = parse(fs.readFileSync(path.join(chart, "values.yaml"), "utf8"));
    assert.deepEqual(unknownKeys(chartValues(tetragonContribution()), known), []);
    assert.deepEqual(unknownKeys({ tetragon: { exportFileName: "x" } }, known), ["tetragon.exportFileName"]);
  });
});

/** Paths of what the server did not keep; what it added by its defaults does not matter. */
function lost(sent: unknown, stored: unknown, path = "spec"): string[] {
  if (typeof sent !== "object" || sent === null) return sent === stored ? [] : [path];
  if (typeof stored !== "object" || stored === null) return [path];
  const held = stored as Record<string, unknown>;
  return Object.entries(sent).flatMap(([key, value]) => lost(value, held[key], `${path}.${key}`));
}
