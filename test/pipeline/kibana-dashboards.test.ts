import assert from "node:assert/strict";
import * as path from "node:path";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { allDashboards } from "../../components/elastic/dashboards/all-dashboards";
import {
  dashboardInputs,
  type KibanaDashboardInputs,
  type KibanaPanel,
} from "../../components/elastic/dashboards/build";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { ElasticStack } from "../support/elastic/elastic-stack";
import type { KibanaInput } from "../support/elastic/kibana-inside";
import { KibanaStandIn } from "../support/elastic/kibana-stand-in";
import { longSuite, longTest } from "../support/long-test";

const DASHBOARDS = Object.values(dashboardInputs(INDICES, allDashboards(registryFacts(FEATURES))));
const MODULE = path.join(__dirname, "..", "support", "elastic", "kibana-inside.ts");

/** A stack of dashboards in a stand-in for Kibana. */
class DashboardStack {
  readonly stack: ElasticStack;

  constructor(
    name: string,
    readonly kibana: KibanaStandIn,
  ) {
    const { endpoints, username, password } = kibana.access;
    this.stack = new ElasticStack(name, { endpoints, username, password }, MODULE);
  }

  input(dashboards: readonly KibanaDashboardInputs[], more: Partial<KibanaInput> = {}): KibanaInput {
    return { kibana: this.kibana.access, dashboards, ...more };
  }
}

describe("Kibana's dashboards, made by the stack's provider in a stand-in for Kibana", function () {
  this.timeout(300_000);
  let kibana: KibanaStandIn;
  let under: DashboardStack;
  const [first, second, third] = DASHBOARDS;
  const path = (dashboard?: KibanaDashboardInputs) => `/api/dashboards/${dashboard?.dashboardId}`;
  /** What the engine is told by a test that changes nothing of it. */
  let wanted = DASHBOARDS;

  const up = () => under.stack.run("up", under.input(wanted));
  const refresh = () => under.stack.run("refresh", under.input(wanted));
  const dashboard = ({ dashboardId }: KibanaDashboardInputs) => {
    const found = kibana.dashboards.get(dashboardId);
    assert.ok(found, dashboardId);
    return found;
  };

  before(async () => {
    kibana = await KibanaStandIn.start();
    under = new DashboardStack("test-kibana-dashboards", kibana);
  });
  after(async () => {
    under?.stack.remove();
    await kibana?.stop();
  });

  it("are created as they are planned, and asked for nothing in a preview", async () => {
    assert.ok(((await under.stack.run("preview", under.input(wanted)))["create"] ?? 0) > DASHBOARDS.length);
    assert.deepEqual(kibana.requests, []);
    await up();
    assert.deepEqual(kibana.takeChanges(), DASHBOARDS.map((one) => `PUT ${path(one)}`).sort());
    for (const one of DASHBOARDS) assert.deepEqual(dashboard(one), one.body);
  });

  it("are unchanged the next time", async () => {
    const { unchanged, ...more } = await under.stack.run("preview", under.input(wanted));
    assert.deepEqual(more, {});
    assert.ok((unchanged ?? 0) > DASHBOARDS.length);
    assert.deepEqual(Object.keys(await refresh()), ["unchanged"]);
    assert.deepEqual(kibana.takeChanges(), []);
  });

  it("are updated where the plan changes, and deleted where it has them no more", async () => {
    assert.ok(first && second);
    const renamed = { ...second, body: { ...second.body, title: "Another title" } };
    wanted = [renamed, ...DASHBOARDS.slice(2)];
    await up();
    assert.deepEqual(kibana.takeChanges(), [`DELETE ${path(first)}`, `PUT ${path(second)}`]);
    assert.equal(dashboard(second).title, "Another title");
    wanted = DASHBOARDS;
    await up();
    assert.deepEqual(kibana.takeChanges(), [`PUT ${path(first)}`, `PUT ${path(second)}`].sort());
  });

  longTest("are put back where somebody has changed them, which a refresh sees and shows", async () => {
    assert.ok(first && second);
    dashboard(first).title = "Mine now";
    dashboard(second).panels.pop();
    dashboard(second)["tags"] = ["mine"];
    const seen = await under.stack.attempt("refresh", under.input(wanted), ["--preview-only"]);
    assert.match(seen.output, /title +: ".*" => "Mine now"/);
    assert.match(seen.output, /tags/);
    assert.deepEqual(seen.changes["update"], 2, seen.output);
    await refresh();
    assert.deepEqual(Object.keys(await refresh()), ["unchanged"]);
    assert.equal((await under.stack.run("preview", under.input(wanted)))["update"], 2);
    await up();
    assert.deepEqual(kibana.takeChanges(), [`PUT ${path(first)}`, `PUT ${path(second)}`].sort());
    for (const one of [first, second]) assert.deepEqual(dashboard(one), one.body);
    assert.deepEqual(Object.keys(await under.stack.run("preview", under.input(wanted))), ["unchanged"]);
  });

  longTest("are made again where somebody has deleted them", async () => {
    assert.ok(third);
    kibana.dashboards.delete(third.dashboardId);
    await refresh();
    assert.equal((await under.stack.run("preview", under.input(wanted)))["create"], 1);
    await up();
    assert.deepEqual(kibana.takeChanges(), [`PUT ${path(third)}`]);
    assert.deepEqual(dashboard(third), third.body);
  });

  longTest(
    "are read with new credentials once there are some, of which the state has none in clear",
    async () => {
      kibana.password = "another-password";
      const refused = await under.stack.attempt("refresh", under.input(wanted));
      assert.match(refused.output, /GET was answered 401: the user or the password is wrong/);
      await up();
      assert.deepEqual(Object.keys(await refresh()), ["unchanged"]);
      assert.deepEqual(kibana.takeChanges(), []);
      const state = JSON.stringify(await under.stack.resources());
      assert.match(state, /security-stack-kibana:index:Dashboard/);
      assert.doesNotMatch(state, /another-password|kibana-password/);
      assert.doesNotMatch(refused.output, /another-password|kibana-password/);
    },
  );

  longTest("are not made where Kibana refuses, which is said with what to do", async () => {
    kibana.failure = { status: 404, message: "Not Found" };
    wanted = DASHBOARDS.map((one) => ({ ...one, body: { ...one.body, description: "changed" } }));
    const { code, output } = await under.stack.attempt("up", under.input(wanted));
    assert.notEqual(code, 0);
    assert.match(output, /PUT was answered 404: this Kibana has no dashboards API, which came with 9\.4/);
    kibana.failure = undefined;
    await up();
    assert.equal((await under.stack.run("preview", under.input(wanted)))["unchanged"] !== undefined, true);
  });

  it("are all gone with the stack", async () => {
    kibana.takeChanges();
    await under.stack.run("destroy", under.input(wanted));
    assert.deepEqual(kibana.takeChanges(), DASHBOARDS.map((one) => `DELETE ${path(one)}`).sort());
    assert.equal(kibana.dashboards.size, 0);
  });
});

/** Each way in which a panel can look, once, in dashboards of a few panels: the Elastic provider's time grows with the square. */
function eachShapeOnce(): KibanaDashboardInputs[] {
  const panels = DASHBOARDS.flatMap(({ body }) => body.panels);
  const shapes = [...new Map(panels.map((panel) => [shapeOf(panel), panel])).values()];
  assert.ok(shapes.length > 8, `only ${shapes.length}`);
  const parts = Array.from({ length: Math.ceil(shapes.length / 4) }, (_, i) =>
    shapes.slice(4 * i, 4 * i + 4),
  );
  return parts.map((part, i) => {
    const { body } = DASHBOARDS[i % DASHBOARDS.length]!;
    return { dashboardId: `shapes-${i}`, body: { ...body, panels: part } };
  });
}

/** A panel's keys and choices without its texts and numbers; of lists the first entry of each shape. */
function shapeOf(panel: KibanaPanel): string {
  const shape = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shape(one, key))))].sort();
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shape(one, name)]));
    return ["type", "operation", "mode", "visibility", "by"].includes(key) ? value : typeof value;
  };
  return JSON.stringify(shape({ ...panel, grid: {} }, ""));
}

longSuite("Kibana's dashboards of the Elastic provider", function () {
  this.timeout(600_000);
  const dashboards = eachShapeOnce();
  let kibana: KibanaStandIn;
  let under: DashboardStack;
  let formerRequests: KibanaStandIn["requests"];

  before(async () => {
    kibana = await KibanaStandIn.start();
    under = new DashboardStack("test-kibana-upgrade", kibana);
    await under.stack.run("up", under.input(dashboards, { former: true }));
    formerRequests = [...kibana.requests];
    kibana.takeChanges();
  });
  after(async () => {
    under?.stack.remove();
    await kibana?.stop();
  });

  // It has checked them against what Kibana takes: names, choices, what belongs together.
  it("are asked of Kibana in the same words as by the stack's own provider", () => {
    const puts = formerRequests.filter(({ method }) => method === "PUT");
    assert.equal(puts.length, dashboards.length);
    for (const { dashboardId, body } of dashboards) {
      const url = `/api/dashboards/${dashboardId}?allowUnmappedKeys=true`;
      const sent = puts.find((put) => put.url === url);
      assert.deepEqual(sent?.body, body, dashboardId);
      assert.equal(sent?.headers["kbn-xsrf"], "true");
    }
  });

  it("are taken over by it without being deleted", async () => {
    for (const flags of [[], ["--refresh", "--run-program"]]) {
      const { code, output, changes } = await under.stack.attempt("preview", under.input(dashboards), flags);
      assert.equal(code, 0, output);
      const { update, delete: deleted, replace } = changes;
      assert.deepEqual([update, deleted, replace], [dashboards.length, undefined, undefined], output);
    }
    await under.stack.run("up", under.input(dashboards));
    assert.deepEqual(
      kibana.takeChanges(),
      dashboards.map((one) => `PUT /api/dashboards/${one.dashboardId}`).sort(),
    );
    assert.deepEqual([...kibana.dashboards.keys()].sort(), dashboards.map((one) => one.dashboardId).sort());
    const types = (await under.stack.resources())
      .map(({ type }) => type)
      .filter((type) => /dashboard/i.test(type));
    assert.deepEqual(new Set(types), new Set(["security-stack-kibana:index:Dashboard"]));
  });

  it("are its own from then on", async () => {
    assert.deepEqual(Object.keys(await under.stack.run("preview", under.input(dashboards))), ["unchanged"]);
    assert.deepEqual(Object.keys(await under.stack.run("refresh", under.input(dashboards))), ["unchanged"]);
    assert.deepEqual(kibana.takeChanges(), []);
    await under.stack.run("destroy", under.input(dashboards));
    assert.equal(kibana.dashboards.size, 0);
  });
});
