import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Fault } from "../../tools/dev/cluster/fault";
import {
  appliedLevels,
  ENVIRONMENTS,
  environmentFile,
  environmentOf,
  readEnvironment,
} from "../../tools/dev/policy/environment";

describe("the environment of a stack", () => {
  it("is told by the beginning of its name, and is prod for every other name", () => {
    for (const [stack, environment] of [
      ["dev", "dev"],
      ["dev-eu", "dev"],
      ["acme/security-stack/dev2", "dev"],
      ["stage", "stage"],
      ["staging", "stage"],
      ["staging-2", "stage"],
      ["prod", "prod"],
      ["prod.us", "prod"],
      ["developer", "prod"],
      ["main", "prod"],
      ["eu-dev", "prod"],
    ] as const)
      assert.equal(environmentOf(stack), environment, stack);
  });
});

describe("the levels that a stack is held to", () => {
  it("are those that its config names, else those that its name begins with, else the strictest", () => {
    for (const [stack, said, environment, why] of [
      ["prod", "dev", "dev", /global\.policyLevel of the stack config is "dev"/],
      ["acme", "stage", "stage", /global\.policyLevel/],
      ["staging-2", undefined, "stage", /name "staging-2" begins with it/],
      ["me/security-stack/dev-eu", undefined, "dev", /name "dev-eu" begins with it/],
      ["acme", undefined, "prod", /name "acme" begins with none of dev, stage, prod/],
    ] as const) {
      const applied = appliedLevels(stack, said);
      assert.equal(applied.environment, environment);
      assert.match(applied.why, why);
    }
  });

  it("are never guessed where its config names none that there is", () => {
    for (const said of ["Dev", "production", 3, null, { secure: "v1:abc" }])
      assert.throws(() => appliedLevels("dev", said), /allowed are dev, stage, prod/);
  });
});

describe("the policy config of an environment", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-config-"));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  function read(text: string) {
    const file = path.join(folder, "config.json");
    fs.writeFileSync(file, text);
    return readEnvironment(file);
  }

  function refuses(config: unknown, pattern: RegExp) {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    assert.throws(
      () => read(text),
      (error) => error instanceof Fault && pattern.test(error.message) && !!error.where && !!error.fix,
    );
  }

  const waiver = {
    resource: "DaemonSet/a/b",
    reason: "a reason of some length",
    owner: "me",
    expires: "2027-01-31",
  };

  it("that is in the repository is valid", () => {
    for (const environment of ENVIRONMENTS) readEnvironment(environmentFile(environment));
  });

  it("takes levels, settings and waivers", () => {
    const config = {
      probes: "advisory",
      "within-sizing": { factor: 3 },
      "seccomp-profile": { enforcementLevel: "remediate", waivers: [waiver] },
    };
    assert.deepEqual(read(JSON.stringify(config)), config);
  });

  it("refuses what is no JSON, or no map", () => {
    refuses('{"probes": ', /not valid JSON/);
    refuses("[]", /not a map of policies/);
    refuses("null", /not a map of policies/);
  });

  it("refuses an unknown policy and names the nearest", () => {
    refuses({ nonsense: "advisory" }, /nonsense: unknown policy; npm run policy:list/);
    refuses({ "host-path": "advisory" }, /host-path: unknown policy, did you mean "host-paths"\?/);
  });

  it("refuses an unknown level, and a correction where there is none", () => {
    refuses(
      { probes: "strict" },
      /probes: found level "strict", allowed are disabled, advisory, mandatory, remediate/,
    );
    refuses({ probes: { enforcementLevel: 3 } }, /probes: found level 3/);
    refuses({ probes: "remediate" }, /there is no safe correction/);
    refuses({ probes: 3 }, /probes: found 3, allowed is a level or a map/);
  });

  it("refuses an unknown setting and a wrong value", () => {
    refuses(
      { "within-sizing": { factors: { falco: 0 }, fact: 2 } },
      /2 errors:\n.*within-sizing\.fact: unknown setting\n.*within-sizing\.factors\.falco: must be >= 1/s,
    );
    refuses({ "cluster-capacity": { nodes: "2" } }, /cluster-capacity\.nodes: must be integer/);
  });

  it("refuses a waiver that lacks a part, or whose day does not exist", () => {
    for (const part of ["reason", "owner", "expires", "resource"])
      refuses(
        { probes: { waivers: [{ ...waiver, [part]: undefined }] } },
        new RegExp(`probes.waivers\\[0\\]: must have required property '${part}'`),
      );
    refuses(
      { probes: { waivers: [{ ...waiver, expires: "2027-02-31" }] } },
      /probes.waivers\[0\].expires: there is no 2027-02-31/,
    );
    refuses({ probes: { waivers: [{ ...waiver, expires: "never" }] } }, /expires: must match pattern/);
    refuses({ probes: { waivers: [{ ...waiver, reason: "short" }] } }, /reason: must NOT have fewer/);
    refuses({ probes: { waivers: "all" } }, /waivers: must be array/);
  });

  it("shows all errors at once", () => {
    refuses({ nope: "mandatory", probes: "strict" }, /2 errors:\n {2}nope.*\n {2}probes/);
  });
});
