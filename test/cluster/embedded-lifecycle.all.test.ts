import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { assertRecoversFromKill } from "../support/stack/cluster-starts";

// Of kube-apiserver, in the middle of a start, in embedded-lifecycle.test.ts.
describe("embedded cluster: a start that is killed at its beginning and at its end", function () {
  this.timeout(240_000);
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "checkout-"));
  });
  afterEach(() => stopCluster("dev", { directory, purge: true }));
  after(() => {
    rmSync(checkoutFolder(directory), { recursive: true, force: true });
    rmSync(directory, { recursive: true });
  });

  for (const program of ["etcd", "kube-controller-manager"] as const)
    it(`recovers from a run that was killed once ${program} was started`, () =>
      assertRecoversFromKill(directory, program));
});
