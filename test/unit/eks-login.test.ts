import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eksSchema } from "../../components/core/config/eks-schema";
import { stackContext } from "../../components/core/config/load";
import { checkAws } from "../../tools/cli/doctor-checks/aws";
import { ADMIN, EKS } from "../support/eks/eks-config";

describe("who runs an update that makes an EKS cluster", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "aws-cli-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What is said of the AWS CLI that runs this script. */
  function check(script: string | undefined, changes: object = {}) {
    const file = join(folder, "aws");
    if (script !== undefined) {
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
    }
    return checkAws(eksSchema.parse({ ...EKS, ...changes }), { PATH: folder });
  }
  const caller = (Arn: string, Account = "123456789012") => `echo '${JSON.stringify({ Account, Arn })}'`;

  it("is an administrator of the cluster, by the role behind the session", async () => {
    const { level, message } = await check(caller("arn:aws:sts::123456789012:assumed-role/platform/me"));
    assert.equal(level, "ok");
    assert.ok(message.includes(ADMIN));
  });

  it("is asked for with the profile and the region of the config", async () => {
    const echo = `[ "$*" = "sts get-caller-identity --output json --region eu-central-1 --profile work" ] || exit 9\n`;
    assert.equal((await check(echo + caller(ADMIN), { profile: "work" })).level, "ok");
  });

  it("may be of another account where it takes a role", async () => {
    const assumeRole = ADMIN;
    const { level, message } = await check(caller("arn:aws:iam::999999999999:user/me", "999999999999"), {
      assumeRole,
    });
    assert.deepEqual([level, message.includes(assumeRole)], ["ok", true]);
  });

  const refused: [string, string | undefined, RegExp, object?][] = [
    [
      "of another account",
      caller("arn:aws:iam::999999999999:user/me", "999999999999"),
      /of the account 999999999999/,
    ],
    [
      "nobody that the cluster would let in",
      caller("arn:aws:iam::123456789012:user/me"),
      /none of eks\.admins/,
    ],
    ["without the AWS CLI", undefined, /no AWS CLI/],
    ["without credentials", "echo 'Unable to locate credentials' >&2; exit 255", /no AWS credentials/],
    [
      "without the profile",
      "echo 'The config profile (work) could not be found' >&2; exit 255",
      /no profile "work"/,
      { profile: "work" },
    ],
    [
      "with a session that has ended",
      "echo 'ExpiredToken: the token has expired' >&2; exit 254",
      /no longer valid/,
    ],
    [
      "in a region that the account has not enabled",
      "echo '(InvalidClientTokenId) The security token included in the request is invalid' >&2; exit 254",
      /no longer valid[\s\S]*eu-south-1 may have to be enabled/,
      { region: "eu-south-1", network: { zones: ["eu-south-1a", "eu-south-1b"] } },
    ],
    [
      "where there is no such region",
      `echo 'Could not connect to the endpoint URL: "https://sts.eu-central-9.amazonaws.com/"' >&2; exit 255`,
      /does not answer in eu-central-9[\s\S]*eks\.region is a region/,
      { region: "eu-central-9", network: { zones: ["eu-central-9a", "eu-central-9b"] } },
    ],
    [
      "where AWS says something else",
      "echo 'The service is unavailable' >&2; exit 255",
      /does not say who asks: The service is unavailable/,
    ],
  ];
  for (const [who, script, says, changes] of refused)
    it(`is refused in one sentence with the fix: ${who}`, async () => {
      const { level, message, fix } = await check(script, changes);
      assert.equal(level, "fail");
      assert.ok(fix);
      assert.match(`${message}\n${fix}`, says);
    });
});

describe("the context of a stack that makes its own EKS cluster", () => {
  it("is the one that the AWS CLI writes, never the current one", () => {
    assert.equal(stackContext("Pulumi.eks.yaml"), "arn:aws:eks:us-east-1:123456789012:cluster/security");
  });
});
