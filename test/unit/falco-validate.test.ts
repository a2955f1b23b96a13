import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { ENVIRONMENTS } from "../../components/core/config/policy-level";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import { dryRunArguments, plannedFalco } from "../../tools/cli/falco-validate";

const BOOTSTRAP = path.join(__dirname, "..", "..", "tools", "bootstrap.js");

describe("falco:validate", () => {
  for (const stack of ENVIRONMENTS)
    it(`has the pinned image load what the pods of ${stack} mount`, () => {
      const falco = plannedFalco(stack);
      assert.equal(falco.image, imageReference(IMAGES.falco));
      assert.deepEqual(falco.command, ["/usr/bin/falco", "-c", "/etc/security-stack/falco.yaml"]);
      const rules = falco.folders["/etc/falco/rules.d"] ?? {};
      assert.ok(Object.keys(rules).includes("00-stack.yaml"));
      assert.ok(Object.keys(rules).length > 5);
      assert.equal("/etc/falco/rules.custom.d" in falco.folders, stack === "prod");
    });

  it("is a dry run without network, capabilities or a writable file system", () => {
    const args = dryRunArguments(
      {
        image: "registry.example/falco:1",
        command: ["/bin/falco", "-c", "f.yaml"],
        folders: { "/a": {}, "/b": {} },
      },
      "/work",
    );
    assert.deepEqual(
      args.join(" "),
      "run --rm --network none --cap-drop ALL --read-only --volume /work/0:/a:ro --volume /work/1:/b:ro --entrypoint /bin/falco registry.example/falco:1 -c f.yaml --dry-run",
    );
  });

  it("says what to do where there is no Docker", () => {
    const { status, stderr } = spawnSync(process.execPath, [BOOTSTRAP, "falco:validate"], {
      encoding: "utf8",
      env: { ...process.env, PATH: path.dirname(process.execPath) },
    });
    assert.equal(status, 1);
    assert.match(stderr, /docker could not be started: .*\n {2}fix: {3}Install Docker/);
  });

  it("refuses a stack that has no Falco", () => {
    assert.throws(() => plannedFalco("no-such-stack"), /There is no Pulumi\.no-such-stack\.yaml/);
  });
});
