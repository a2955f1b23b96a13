import assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { execute } from "../../scenarios/cluster/exec";
import { ExecProxy } from "../support/scenarios/scenario-cluster";
import { until } from "../support/stack/objects";

// No kubelet runs here: the other end is a server of the tests that speaks the API server's exec protocol.
describe("exec in a pod, over a WebSocket in Kubernetes' own protocol", () => {
  let server: ExecProxy;
  const config = new KubeConfig();

  before(async () => {
    server = await ExecProxy.start();
    config.loadFromString(server.kubeconfig());
    config.setCurrentContext("test");
  });
  after(() => server.stop());

  const run = (options: { tty?: boolean; seconds?: number; signal?: AbortSignal } = {}) =>
    execute(config, {
      ...{ namespace: "ctem-test", pod: "attacker", command: ["sh", "-c", "a && b | c"] },
      ...{ tty: false, seconds: 50, ...options },
    });

  it("passes the command on as it is, word by word, in the newest protocol", async () => {
    server.answer = () => ({ stdout: "out\n", stderr: "err\n" });
    assert.deepEqual(await run(), { exitCode: 0, output: "out\nerr\n" });
    assert.deepEqual(server.calls.at(-1), {
      namespace: "ctem-test",
      pod: "attacker",
      container: "main",
      command: ["sh", "-c", "a && b | c"],
      tty: false,
      stderr: true,
      protocol: "v5.channel.k8s.io",
    });
  });

  it("asks for a terminal, and then for no stream of errors, which the kubelet refuses", async () => {
    server.answer = () => ({ stdout: "root" });
    await run({ tty: true });
    assert.equal(server.calls.at(-1)?.tty, true);
    assert.equal(server.calls.at(-1)?.stderr, false);
  });

  it("gives the exit code of a command that fails", async () => {
    server.answer = () => ({ exitCode: 32, stderr: "permission denied" });
    assert.deepEqual(await run(), { exitCode: 32, output: "permission denied" });
  });

  it("keeps only the beginning of a flood", async () => {
    server.answer = () => ({ stdout: "x".repeat(200_000) });
    assert.equal((await run()).output.length, 4000);
  });

  it("ends a command that hangs", async () => {
    server.answer = () => ({ hang: true });
    await assert.rejects(run({ seconds: 0.1 }), /was not over in 0\.1 s/);
  });

  it("fails where the connection ends before the command", async () => {
    server.answer = () => ({ drop: true });
    await assert.rejects(run(), /the connection ended before the command/);
  });

  it("takes what it did not ask for as output", async () => {
    server.answer = () => ({ stderr: "a stream that a terminal does not have" });
    assert.equal((await run({ tty: true })).output, "a stream that a terminal does not have");
  });

  for (const [when, wait] of [
    ["at once", 0],
    ["while the command runs", 50],
  ] as const)
    it(`stops when it is told to, ${when}, and keeps no connection`, async () => {
      server.answer = () => ({ hang: true });
      const stop = new AbortController();
      const running = run({ signal: stop.signal });
      setTimeout(() => stop.abort(), wait);
      await assert.rejects(running, /stopped/);
      await until(
        "no connection",
        async () => server.connections,
        (open) => open === 0,
      );
    });
});
