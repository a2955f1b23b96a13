import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpClient } from "../../../components/node-program/http-client";
import { freePorts } from "../../../tools/dev/cluster/ports";

/** A moto server on loopback: EC2, IAM, KMS, CloudWatch Logs and STS of an account that is empty. */
export class Moto {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /** @param folder The toolchain's `moto` */
  static async start(folder: string): Promise<Moto> {
    const [port] = await freePorts(1);
    const serve = "from moto.server import main; main()";
    const child = spawn("python3", ["-c", serve, "-H", "127.0.0.1", "-p", String(port)], {
      env: {
        PATH: process.env["PATH"],
        HOME: tmpdir(),
        PYTHONPATH: folder,
        // The toolchain's folder is shared by all that run.
        PYTHONDONTWRITEBYTECODE: "1",
        // Else AWS's own managed policies can't be attached.
        MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
      },
      stdio: "ignore",
    });
    const moto = new Moto(child, `http://127.0.0.1:${port}`);
    await moto.untilReady();
    return moto;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
  }

  private async untilReady(): Promise<void> {
    const client = new HttpClient({ url: this.url }, { timeoutMs: 5_000 });
    const until = Date.now() + 60_000;
    for (;;) {
      const answer = await client
        .request({ method: "GET", path: "/moto-api/data.json" })
        .catch(() => undefined);
      if (answer?.status === 200) return client.close();
      if (this.process.exitCode !== null) throw new Error(`moto_server ended with ${this.process.exitCode}`);
      if (Date.now() > until) throw new Error("moto_server did not answer in 60 s");
      await sleep(100);
    }
  }
}

/** AWS's own model of the EKS API, as the botocore beside moto has it. @throws Error where it has none */
export function eksModel(folder: string): string {
  const file = join(folder, "botocore", "data", "eks", "2017-11-01", "service-2.json.gz");
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  return file;
}
