import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { type AuditEvent, rulesOf } from "../support/k8s-audit/oracle";
import { Deployment } from "../support/stack/deployment";

const POLICY = path.join(__dirname, "../../components/k8s-audit/policy/audit-policy.yaml");

describe("what the stack's own deployment is in the audit log", function () {
  this.timeout(15 * 60_000);
  let folder: string;
  let deployment: Deployment;
  let events: AuditEvent[];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "audit-own-stack-"));
    const log = path.join(folder, "audit.log");
    deployment = await Deployment.start({
      name: "test-audit-own-stack",
      apiServer: [`--audit-policy-file=${POLICY}`, `--audit-log-path=${log}`],
    });
    await deployment.run("up");
    events = readFileSync(log, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  });

  after(async () => {
    await deployment?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("raises nothing", () => {
    assert.ok(events.length > 100);
    // kwok stands in for kubelets and for what makes volumes on their nodes.
    const ofTheStack = events.filter(({ user }) => user?.username !== "kwok");
    const severe = ofTheStack.flatMap((event) =>
      rulesOf(event)
        .filter(({ severity }) => severity >= 3)
        .map(
          ({ name }) =>
            `${name}: ${event.user?.username} ${event.verb} ${event.requestURI} ${event.objectRef?.name}`,
        ),
    );
    assert.deepEqual([...new Set(severe)], []);
  });
});
