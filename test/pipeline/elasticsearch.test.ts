import assert from "node:assert/strict";
import { ELASTIC_VERSION } from "../../components/core/tables/pins";
import { basic } from "../../components/node-program/http-client";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { elasticsearch } from "../rigs/test-server";

/** What clients and the Terraform provider rely on, and the plugin of the tests adds or makes possible. */
describe("the Elasticsearch of the tests", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;

  before(async () => {
    server = await elasticsearch();
  });

  it("says who it is, as clients ask it first", async () => {
    const { status, headers, body } = await server.client.request("GET", "/");
    assert.equal(status, 200);
    assert.equal(headers["x-elastic-product"], "Elasticsearch");
    const { name, cluster_name, cluster_uuid, tagline, version } = body as Record<string, string> & {
      version: Record<string, unknown>;
    };
    assert.deepEqual([name, cluster_name, tagline], ["node-1", "security-stack", "You Know, for Search"]);
    assert.match(cluster_uuid!, /^[\w-]{22}$/);
    const { number, build_flavor, build_type, build_snapshot } = version;
    assert.deepEqual(
      { number, build_flavor, build_type, build_snapshot },
      { number: ELASTIC_VERSION, build_flavor: "default", build_type: "zip", build_snapshot: false },
    );
    for (const name of ["build_hash", "build_date", "lucene_version", "minimum_wire_compatibility_version"])
      assert.match(String(version[name]), /\w/, name);
  });

  it("lets a user do what the user's role says, and no more", async () => {
    const user = { user: "looker", password: "a password of a test" };
    await server.client.must("PUT", "/_security/role/looker", { cluster: ["monitor"] });
    await server.client.must("PUT", `/_security/user/${user.user}`, {
      password: user.password,
      roles: ["looker"],
      email: "looker@example.org",
    });
    const looker = server.client.as(basic(user.user, user.password));
    await looker.must("GET", "/");
    assert.equal((await looker.request("GET", "/_security/user")).status, 403);
    await server.client.must("DELETE", `/_security/user/${user.user}`);
    await server.client.must("DELETE", "/_security/role/looker");
    assert.equal((await looker.request("GET", "/")).status, 401);
  });

  it("splits e-mail addresses as the index of the security module asks for it", async () => {
    const pattern_capture = {
      type: "pattern_capture",
      preserve_original: true,
      patterns: ["([^@]+)", "@(.+)"],
    };
    const { tokens } = (await server.client.must("POST", "/_analyze", {
      tokenizer: "uax_url_email",
      filter: [pattern_capture, "lowercase", { type: "unique" }],
      text: "Ann@Example.org ann@example.org",
    })) as { tokens: { token: string }[] };
    assert.deepEqual(
      tokens.map(({ token }) => token),
      ["ann@example.org", "ann", "example.org"],
    );
  });
});
