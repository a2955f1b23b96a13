import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import type { ApiError } from "../../tools/dev/cluster/api";
import { DAEMON_SET, ended, GREETING, TinyProject } from "../support/stack/tiny-project";

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

describe("engine on the embedded cluster: runs that meet, fail or find the cluster gone", function () {
  this.timeout(300_000);
  let project: TinyProject;

  before(async () => {
    project = await TinyProject.start();
    await project.succeed("up");
  });
  after(() => project?.remove());

  it("takes the config as it is now, and lets two runs of one checkout wait for each other", async () => {
    project.editConfig("greeting: hello", "greeting: goodbye");
    const results = await Promise.all([project.run("up"), project.run("up")]);
    for (const { code, output } of results) assert.equal(code, 0, output);
    assert.equal((await project.stack.outputs()).greeting, "goodbye");
    project.editConfig("greeting: goodbye", "greeting: hello");
  });

  it("gives a failing program's exit code and undoes nothing", async () => {
    project.editConfig("greeting: hello", "broken: yes");
    assert.notEqual((await project.run("up")).code, 0);
    project.editConfig("broken: yes", "greeting: hello");
    assert.equal(await project.numberReady(), 2);
    await project.succeed("up");
    assert.equal((await project.stack.outputs()).greeting, "hello");
  });

  it("leaves nothing of an update that was killed while it waited, and that the program no longer wants", async () => {
    await project.killAll(await project.upThatWaits());
    project.editConfig("greeting: hello", "farewell: bye");
    try {
      await project.upAgain();
      await assert.rejects(project.api.get(GREETING), isNotFound);
    } finally {
      project.editConfig("farewell: bye", "greeting: hello");
    }
    await project.succeed("up");
    await project.api.get(GREETING);
    await project.assertMended();
  });

  it("notices that the cluster began anew", async () => {
    await project.beginAnew();
    await assert.rejects(project.api.get(DAEMON_SET), isNotFound);
    await project.succeed("up");
    assert.equal(await project.numberReady(), 2);
  });
});

function isNotFound(error: ApiError): boolean {
  return error.status === 404;
}
