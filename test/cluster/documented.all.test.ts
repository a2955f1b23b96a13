import assert from "node:assert/strict";
import * as fs from "node:fs";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { EXTERNAL_OUTPUT } from "../../tools/dev/engine/stack-config";
import { blockOf } from "../support/pages";
import { connect } from "../support/stack/objects";
import { UserCheckout } from "../support/stack/user-checkout";

// The rows of BLOCKS in unit/pages.test.ts that name this file.
describe("the blocks of README.md, run to their end by a user with a cluster and a Pulumi login", function () {
  this.timeout(600_000);
  let cluster: Cluster;
  let user: UserCheckout;

  before(async () => {
    cluster = await startCluster({ name: "test-documented", ephemeral: true });
    user = await UserCheckout.create(cluster, "prod");
    const charts = await user.charts("prod");
    await user.edit("prod", (config) => {
      Object.assign(config["security-stack:global"] as object, { charts });
      // Pods are simulated, and with them an Elasticsearch of the stack's: the real node's rung has one.
      config["security-stack:output"] = {
        elasticsearch: { ...EXTERNAL_OUTPUT.elasticsearch, secretsExist: true },
      };
    });
  });
  after(async () => {
    user?.remove();
    await cluster?.stop();
  });

  /** What it printed; its progress goes to stderr. */
  async function run(block: string): Promise<string> {
    const { code, stdout, stderr } = await user.run(block);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    return `${stdout}\n${stderr}`;
  }

  it("brings up the dev stack on a cluster of its own, twice, and leaves nothing", async () => {
    const first = blockOf("README.md", "npm start").split("\n")[0]!;
    const folder = checkoutFolder(user.folder);
    assert.match(await run(first), /\[4\/4\] pulumi up of stack dev/);
    assert.match(await run(first), /Already running at/);
    await run("npm run stop -- --purge");
    assert.equal(fs.existsSync(folder), false);
  });

  it("deploys the production stack to the cluster of the context", async () => {
    const block = blockOf("README.md", "npm run up -- --stack prod");
    // Asked by Pulumi, a person says yes; nobody is there who could.
    const told = await run(block.replace("npm run up -- --stack prod", "$& --yes"));
    assert.match(told, /Policies:\n.*✅/);
    const { items } = await connect(cluster.kubeconfigPath).get<{ items: unknown[] }>(
      "/apis/apps/v1/namespaces/security-system/daemonsets",
    );
    assert.equal(items.length, 4, "Falco, Tetragon, osquery and the node collector");
    assert.match(await run("npm run preview -- --stack prod --expect-no-changes"), /unchanged/);
  });

  it("takes an API key of an Elasticsearch that exists, as a secret", async () => {
    const block = blockOf("README.md", "pulumi config set --secret");
    await run(block.replace("<encoded key>", "a2V5OnNlY3JldA== --stack prod"));
    const shown = await run("npm run plan -- --stack prod; cat Pulumi.prod.yaml");
    assert.match(shown, /apiKey:\n\s+secure: v1:/);
    assert.doesNotMatch(shown, /a2V5OnNlY3JldA==/);
  });
});
