import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FEATURES } from "../../components/registry";
import { checkBetweenNodes } from "../../tools/cli/doctor-checks/between-nodes";
import { KubeApi } from "../../tools/dev/cluster/api";
import { MINIMAL, settingsOf } from "../support/stack/config";

const WIREGUARD = { encryption: { type: "wireguard" } };

/**
 * Of an agent, as Cilium's exporter writes it (cilium/cilium, pkg/health/server/prober_test.go has the same lines of a node named
 * kind-worker): no agent runs here, since a kernel with its programs is not to be had.
 */
function metrics(reachable: number, unknown: number, unreachable: number): string {
  const line = (type: string, status: string, count: number) =>
    `cilium_node_health_connectivity_status{source_cluster="default",source_node_name="kind-worker",status="${status}",type="${type}"} ${count}`;
  return [
    "# TYPE cilium_node_health_connectivity_status gauge",
    line("endpoint", "reachable", reachable),
    line("node", "reachable", reachable + unreachable),
    line("endpoint", "unknown", unknown),
    line("endpoint", "unreachable", unreachable),
    line("node", "unreachable", 0),
    "",
  ].join("\n");
}

describe("doctor: the way between nodes", () => {
  let server: Server;
  /** Metrics by node; undefined where they are refused. */
  let agents: Map<string, string | undefined>;
  let mayList: boolean;
  let asked: string[];

  beforeEach(async () => {
    agents = new Map();
    mayList = true;
    asked = [];
    server = createServer((request, response) => {
      const url = request.url ?? "";
      asked.push(`${request.method} ${url}`);
      const [, node = ""] = /pods\/cilium-(\w+):9962\/proxy\/metrics$/.exec(url) ?? [];
      const answer =
        node === "" ? mayList && JSON.stringify({ items: [...agents.keys()].map(pod) }) : agents.get(node);
      response.writeHead(answer ? 200 : 403, { "content-type": "application/json" });
      response.end(answer || JSON.stringify({ reason: "Forbidden", message: "no" }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function pod(node: string) {
    return {
      metadata: { name: `cilium-${node}`, namespace: "security-system" },
      spec: { nodeName: node },
      status: { phase: "Running" },
    };
  }

  async function looks(config: object) {
    const http = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const list = [{ name: "cilium", enabled: true, config }];
    const { features } = settingsOf(`${MINIMAL}features: ${JSON.stringify(list)}`, FEATURES);
    const api = new KubeApi(http);
    try {
      return await checkBetweenNodes(
        { api, http },
        features.filter(({ enabled }) => enabled),
      );
    } finally {
      await api.close();
    }
  }

  it("is well where every agent reaches the others' pods", async () => {
    for (const node of ["a", "b", "c"]) agents.set(node, metrics(2, 0, 0));
    const [check, ...others] = await looks(WIREGUARD);
    assert.deepEqual(others, []);
    assert.equal(check?.level, "ok");
    assert.match(check?.message ?? "", /^UDP 51871 \(WireGuard\): each of 3 nodes reaches/);
    assert.ok(asked.every((line) => line.startsWith("GET ")));
  });

  it("names the node that does not reach others, though it reaches them past the tunnel", async () => {
    agents.set("a", metrics(2, 0, 0)).set("b", metrics(0, 0, 2));
    const [check] = await looks(WIREGUARD);
    assert.equal(check?.level, "warn");
    assert.match(
      check?.message ?? "",
      /^Is UDP 51871 \(WireGuard\) open\? b does not reach 2 of the others\.$/,
    );
    assert.match(check?.fix ?? "", /TCP 4240/);
  });

  for (const [why, text] of [
    ["has no metrics of it", "cilium_version 1\n"],
    ["has not probed them yet", metrics(0, 2, 0)],
    ["may not be asked", undefined],
  ] as const)
    it(`says what could not be seen where an agent ${why}`, async () => {
      agents.set("a", metrics(1, 0, 0)).set("b", text);
      const [check] = await looks(WIREGUARD);
      assert.equal(check?.level, "warn");
      assert.match(check?.message ?? "", /could not be seen: .* on b\.$/);
    });

  it("says so where no agent runs yet, and where pods may not be listed", async () => {
    assert.equal((await looks(WIREGUARD))[0]?.level, "ok");
    mayList = false;
    assert.match((await looks(WIREGUARD))[0]?.message ?? "", /may not be listed/);
  });

  it("looks for the tunnel's port, and for none where pods' traffic has no tunnel", async () => {
    agents.set("a", metrics(1, 0, 0));
    assert.match((await looks({}))[0]?.message ?? "", /^UDP 8472 \(VXLAN\)/);
    assert.deepEqual(await looks({ mode: "chaining" }), []);
  });
});
