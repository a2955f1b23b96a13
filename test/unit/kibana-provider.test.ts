import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { DashboardProvider } from "../../components/elastic/kibana-provider/dashboard-provider";
import { DashboardsApi, type KibanaAccess } from "../../components/elastic/kibana-provider/dashboards-api";
import { type Json, withDrift } from "../../components/elastic/kibana-provider/drift";
import { KibanaStandIn } from "../support/elastic/kibana-stand-in";

const BODY = { title: "Mine", panels: [{ type: "markdown", config: { content: "text" } }] };

describe("what somebody has changed of a dashboard", () => {
  const asked = { title: "a", panels: [{ grid: { x: 0 } }, { grid: { x: 1 } }] };
  /** What Kibana makes of it: with defaults and names of its own. */
  const before = {
    title: "a",
    panels: [
      { id: "p", grid: { x: 0 } },
      { id: "q", grid: { x: 1 } },
    ],
    tags: [],
  };
  const cases: [string, Json, Json][] = [
    ["nothing", before, asked],
    ["a text", { ...before, title: "b" }, { ...asked, title: "b" }],
    [
      "a value within a panel",
      { ...before, panels: [{ id: "p", grid: { x: 7 } }, before.panels[1]!] },
      { ...asked, panels: [{ grid: { x: 7 } }, asked.panels[1]!] },
    ],
    ["a panel less", { ...before, panels: [before.panels[0]!] }, { ...asked, panels: [before.panels[0]!] }],
    ["something that was not asked for", { ...before, tags: ["x"] }, { ...asked, tags: ["x"] }],
    ["something that is gone", { panels: before.panels, tags: [] }, { panels: asked.panels }],
  ];
  for (const [what, now, expected] of cases)
    it(`is shown as it is, without Kibana's own defaults: ${what}`, () => {
      assert.deepEqual(withDrift(asked, before, now), expected);
    });
});

describe("the provider of dashboards, as a program", () => {
  const PROGRAM = path.join(
    __dirname,
    "..",
    "..",
    "plugins",
    "kibana",
    "pulumi-resource-security-stack-kibana",
  );

  it("says where it listens, and ends when the engine does, however that ends", async () => {
    const env = { ...process.env, FORCE_COLOR: "1" };
    const provider = spawn(PROGRAM, { stdio: ["pipe", "pipe", "inherit"], env });
    const [port] = await once(provider.stdout, "data");
    assert.match(String(port), /^\d+\n$/);
    provider.stdin.end();
    assert.deepEqual(await once(provider, "exit"), [0, null]);
  });
});

describe("the provider of dashboards, before a stand-in for Kibana", () => {
  let kibana: KibanaStandIn;
  let access: KibanaAccess;

  before(async () => {
    kibana = await KibanaStandIn.start();
    const { endpoints, ...rest } = kibana.access;
    access = { ...rest, endpoint: endpoints[0]! };
  });
  after(() => kibana.stop());
  afterEach(() => {
    kibana.failure = undefined;
  });

  it("writes, reads and deletes, and takes one that is gone for deleted", async () => {
    const provider = new DashboardProvider();
    provider.configure(access);
    const made = await provider.write({ dashboardId: "mine", body: BODY });
    assert.deepEqual(made["body"], BODY);
    assert.deepEqual(await provider.read(made), made);
    kibana.dashboards.get("mine")!.title = "Theirs";
    assert.deepEqual((await provider.read(made))?.["body"], { ...BODY, title: "Theirs" });
    await provider.delete(made);
    assert.equal(await provider.read(made), undefined);
    await provider.delete(made);
  });

  it("replaces a dashboard only for another id", () => {
    const provider = new DashboardProvider();
    const state = { dashboardId: "mine", body: BODY, seen: { ...BODY, tags: [] } };
    assert.deepEqual(provider.diff(state, { dashboardId: "mine", body: BODY }), {
      changed: [],
      replaces: [],
    });
    assert.deepEqual(provider.diff(state, { dashboardId: "mine", body: {} }).replaces, []);
    assert.deepEqual(provider.diff(state, { dashboardId: "other", body: BODY }).replaces, ["dashboardId"]);
  });

  const refusals: [string, () => Partial<KibanaAccess>, number | undefined, RegExp][] = [
    ["a certificate that is not trusted", () => ({ ca: undefined }), undefined, /not trusted.*caCertificate/],
    [
      "nobody who answers",
      () => ({ endpoint: "https://localhost:1" }),
      undefined,
      /can't be reached.*kibanaEndpoint/,
    ],
    ["a wrong password", () => ({ password: "wrong-password" }), undefined, /401: the user or the password/],
    ["a user without the right", () => ({}), 403, /403: the user lacks the privilege to manage dashboards/],
    [
      "a Kibana before 9.4",
      () => ({}),
      404,
      /404: this Kibana has no dashboards API.*9\.4.*dashboards to false/,
    ],
    ["a dashboard that it does not take", () => ({}), 400, /400\. what Kibana says/],
    ["a Kibana that is not well", () => ({}), 503, /503: see whether it is healthy/],
  ];
  for (const [what, change, status, message] of refusals)
    it(`says what to do about ${what}, and no password`, async () => {
      kibana.failure = status === undefined ? undefined : { status, message: "what Kibana says" };
      const api = new DashboardsApi({ ...access, ...change() });
      await assert.rejects(api.put("mine", BODY), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /password-|-password/);
        return true;
      });
    });
});
