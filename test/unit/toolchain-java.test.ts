import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findJavaHome } from "../../tools/dev/toolchain/java";
import { type Sandbox, sandbox, script } from "./toolchain-support";

describe("toolchain: the JDK of Elasticsearch", () => {
  let box: Sandbox;
  beforeEach(() => {
    box = sandbox();
  });
  afterEach(() => box.remove());

  const install = (name: string, version: string, programs = ["java", "javac"]) => {
    for (const program of programs)
      script(
        join(box.root, "jvm", name, "bin", program),
        `echo 'openjdk version "${version}" 2025-10-21' >&2`,
      );
    return join(box.root, "jvm", name);
  };
  const find = (env: NodeJS.ProcessEnv = {}) =>
    findJavaHome({ PATH: "/nowhere", ...env }, join(box.root, "jvm"));

  it("takes the first that is new enough and can compile, whatever else lies beside it", async () => {
    install("a-17", "17.0.15");
    install("b-25-runtime", "25.0.1", ["java"]);
    const wanted = install("c-21", "21.0.9");
    writeFileSync(join(box.root, "jvm", ".a-17.jinfo"), "");
    assert.equal(await find(), wanted);
  });

  it("prefers JAVA_HOME", async () => {
    install("a-21", "21.0.9");
    const chosen = install("b-25", "25.0.1");
    assert.equal(await find({ JAVA_HOME: chosen }), chosen);
  });

  it("says what it saw and what to install where none will do", async () => {
    install("a-17", "17.0.15");
    install("b-25-runtime", "25.0.1", ["java"]);
    await assert.rejects(
      find(),
      /version 21 or later[\s\S]*a-17 is 17; .*25-runtime is 25, without a compiler[\s\S]*JAVA_HOME/,
    );
  });
});
