import { Writable } from "node:stream";
import { Exec, type KubeConfig, type V1Status } from "@kubernetes/client-node";

export interface ExecResult {
  exitCode: number;
  /** Both streams, at most {@link MOST_OUTPUT} characters: a pod that was attacked may print without end. */
  output: string;
}

export interface ExecOptions {
  namespace: string;
  pod: string;
  command: string[];
  tty: boolean;
  seconds: number;
  signal?: AbortSignal;
}

const MOST_OUTPUT = 4_000;

/**
 * Runs a command in the first container of a pod through the API server's exec endpoint, over a WebSocket.
 * @throws where the command could not be run, or not to its end in time
 */
export async function execute(config: KubeConfig, options: ExecOptions): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const output = new Collected();
  const { namespace, pod, command, tty } = options;
  return new Promise((resolve, reject) => {
    let close = () => {};
    const end = (settle: () => void) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      close();
      settle();
    };
    const fail = (message: string) => end(() => reject(new Error(message)));
    const onAbort = () => fail("stopped");
    const timer = setTimeout(
      () => fail(`"${command.join(" ")}" in ${pod} was not over in ${options.seconds} s`),
      options.seconds * 1000,
    );
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const onStatus = (status: V1Status) => {
      const exitCode = exitCodeOf(status);
      if (exitCode === undefined) fail(`exec in ${pod}: ${status.message ?? status.reason ?? "failed"}`);
      else end(() => resolve({ exitCode, output: output.text() }));
    };
    // With a terminal there is one stream only.
    const stderr = tty ? null : new Collected(output);
    // Its name matters where a mesh or a webhook adds containers; there is none in a pod of ours but "main".
    new Exec(config).exec(namespace, pod, "main", command, output, stderr, null, tty, onStatus).then(
      (socket) => {
        close = () => socket.close();
        socket.onclose = () => fail(`exec in ${pod}: the connection ended before the command`);
        socket.onerror = (event: { message?: string }) =>
          fail(`exec in ${pod}: ${event.message ?? "connection error"}`);
      },
      (error: { message?: string }) => fail(`exec in ${pod}: ${error.message ?? String(error)}`),
    );
  });
}

/** Of the status at the end (Kubernetes: apimachinery's Status with the cause "ExitCode"). */
function exitCodeOf({ status, details }: V1Status): number | undefined {
  if (status === "Success") return 0;
  const cause = details?.causes?.find(({ reason }) => reason === "ExitCode");
  return cause?.message === undefined ? undefined : Number(cause.message);
}

class Collected extends Writable {
  private readonly own: string[] = [];

  constructor(private readonly into?: Collected) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.add(chunk.toString("utf8"));
    done();
  }

  text(): string {
    return this.own.join("").slice(0, MOST_OUTPUT);
  }

  private add(text: string): void {
    if (this.into) this.into.add(text);
    else if (this.text().length < MOST_OUTPUT) this.own.push(text);
  }
}
