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
 * Runs a command in the first container of a pod through the API server's exec endpoint, over a WebSocket. Of the
 * client library's Exec only the connection is used: the rest throws out of an event handler, past all cleanup, when the server sends what it does not
 * expect.
 * @throws where the command could not be run, or not to its end in time
 */
export async function execute(config: KubeConfig, options: ExecOptions): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const { pod, command, seconds, signal } = options;
  const output = new Output();
  return new Promise((resolve, reject) => {
    let isOver = false;
    let close = () => {};
    const end = (settle: () => void) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      close();
      settle();
    };
    const fail = (message: string) => end(() => reject(new Error(message)));
    const onAbort = () => fail("stopped");
    const timer = setTimeout(
      () => fail(`"${command.join(" ")}" in ${pod} was not over in ${seconds} s`),
      seconds * 1000,
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    const onMessage = (channel: number, data: Buffer): boolean => {
      if (channel === STDOUT || channel === STDERR) output.add(data);
      else if (channel === STATUS) onStatus(data);
      return !isOver;
    };
    const onStatus = (data: Buffer) => {
      const { exitCode, message } = statusOf(data);
      if (exitCode === undefined) fail(`exec in ${pod}: ${message}`);
      else end(() => resolve({ exitCode, output: output.text }));
    };
    new Exec(config).handler.connect(pathOf(options), null, onMessage).then(
      (socket) => {
        close = () => socket.close();
        socket.onclose = () => fail(`exec in ${pod}: the connection ended before the command`);
        socket.onerror = ({ message }: { message?: string }) =>
          fail(`exec in ${pod}: ${message ?? "connection error"}`);
        // Stopped while the connection was being made.
        if (isOver) close();
      },
      (error: { message?: string }) => fail(`exec in ${pod}: ${error.message ?? String(error)}`),
    );
  });
}

// Channels of a message, its first byte (Kubernetes, k8s.io/apimachinery/pkg/util/remotecommand/constants.go).
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

function pathOf({ namespace, pod, command, tty }: ExecOptions): string {
  const query = new URLSearchParams(command.map((word): [string, string] => ["command", word]));
  // Its name matters where a mesh or a webhook adds containers; of ours there is none but "main".
  query.set("container", "main");
  query.set("stdout", "true");
  query.set("tty", String(tty));
  // With a terminal there is one stream only, and the kubelet refuses to be asked for two.
  query.set("stderr", String(!tty));
  return `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
}

/** The Status at the end: a success, a failure with an exit code, or no command that ran at all. */
function statusOf(data: Buffer): { exitCode?: number; message: string } {
  try {
    const { status, details, message, reason } = JSON.parse(data.toString("utf8")) as V1Status;
    if (status === "Success") return { exitCode: 0, message: "" };
    const cause = details?.causes?.find((one) => one.reason === "ExitCode");
    const exitCode = cause?.message === undefined ? undefined : Number(cause.message);
    return { exitCode, message: message ?? reason ?? "failed" };
  } catch {
    return { message: "the API server's status can't be read" };
  }
}

class Output {
  text = "";

  add(data: Buffer): void {
    this.text = (this.text + data.toString("utf8")).slice(0, MOST_OUTPUT);
  }
}
