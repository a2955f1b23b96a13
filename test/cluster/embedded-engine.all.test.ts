import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { ended, TinyProject } from "../support/stack/tiny-project";

// One more way, the worst, is in embedded-engine.test.ts: killed, and another program the next time.
describe("engine on the embedded cluster: an update that is cut off while a DaemonSet is waited for", function () {
  this.timeout(300_000);
  let project: TinyProject;
  let starter: ChildProcess;

  before(async () => {
    project = await TinyProject.start();
  });
  after(() => project?.remove());

  beforeEach(async () => {
    starter = await project.upThatWaits();
  });
  afterEach(() => project.assertMended());

  it("recovers from kill -9 of everything", async () => {
    await project.killAll(starter);
    await project.upAgain();
  });

  it("recovers from kill -9 of the command only, ending the engine that it left", async () => {
    starter.kill("SIGKILL");
    await ended(starter);
    assert.ok(project.engine().some(({ name }) => name === "pulumi"));
    await project.upAgain();
  });

  it("ends in good order at SIGINT, and goes on", async () => {
    starter.kill("SIGINT");
    assert.equal(await ended(starter), 130);
    await project.upAgain();
  });
});
