import { HttpClient, parsed, type Request, type Target } from "../../../components/node-program/http-client";
import {
  APPROVED_BY,
  RECORD_LABEL,
  RECORD_PREFIX,
  REJECTED_BY,
  REJOIN,
  RELEASED_BY,
  STOP,
} from "../../../components/response/marks";
import {
  type ActionRecord,
  type RecordObject,
  readRecord,
} from "../../../components/response/program/record";
import { Fault } from "../../dev/cluster/fault";

const TIMEOUT_MS = 10_000;

/** What a person can do with actions, as the user of a kubeconfig: the API server decides whether they may. */
export class ActionsClient {
  private readonly client: HttpClient;

  constructor(
    target: Target,
    private readonly namespace: string,
  ) {
    this.client = new HttpClient(target, { timeoutMs: TIMEOUT_MS });
  }

  /** The newest first. */
  async list(): Promise<{ records: ActionRecord[]; stopped: boolean }> {
    const selector = encodeURIComponent(RECORD_LABEL);
    const { items = [] } = (await this.send("GET", `${this.path()}?labelSelector=${selector}`)) as {
      items?: RecordObject[];
    };
    const records = items.flatMap((object) => readRecord(object) ?? []);
    records.sort((a, b) => (a.decided < b.decided ? 1 : -1));
    const stop = await this.answer("GET", this.path(STOP));
    return { records, stopped: stop.status === 200 };
  }

  async find(id: string): Promise<ActionRecord> {
    const { records } = await this.list();
    const found = records.find((record) => record.id === id);
    if (found) return found;
    throw new Fault(`There is no action ${id}.`, { fix: "npm run response -- list shows their ids." });
  }

  async approve(id: string): Promise<void> {
    await this.sign(id, APPROVED_BY);
  }

  async reject(id: string): Promise<void> {
    await this.sign(id, REJECTED_BY);
  }

  async release(id: string, rejoins: boolean): Promise<void> {
    await this.sign(id, RELEASED_BY, rejoins ? { [REJOIN]: "true" } : {});
  }

  /** From now on nothing is done about alerts. */
  async stop(): Promise<void> {
    const { status, body } = await this.answer("POST", this.path(), { metadata: { name: STOP } });
    if (status !== 201 && status !== 409) throw refusal(status, body);
  }

  async start(): Promise<void> {
    const { status, body } = await this.answer("DELETE", this.path(STOP));
    if (status !== 200 && status !== 404) throw refusal(status, body);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** In the user's own name, as the API server knows it: it takes no other. */
  private async sign(id: string, annotation: string, more: Record<string, string> = {}): Promise<void> {
    const annotations = { [annotation]: await this.user(), ...more };
    await this.send("PATCH", this.path(`${RECORD_PREFIX}${id}`), { metadata: { annotations } });
  }

  private async user(): Promise<string> {
    const review = (await this.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
    })) as { status: { userInfo: { username: string } } };
    return review.status.userInfo.username;
  }

  private async send(method: Request["method"], path: string, body?: object): Promise<unknown> {
    const answer = await this.answer(method, path, body);
    if (answer.status >= 300) throw refusal(answer.status, answer.body);
    return parsed(answer.body);
  }

  private answer(method: Request["method"], path: string, body?: object) {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return this.client.request({
      method,
      path,
      headers: { accept: "application/json", ...(body ? { "content-type": type } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  private path(name?: string): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps${name === undefined ? "" : `/${name}`}`;
  }
}

function refusal(status: number, body: string): Fault {
  const { message } = (parsed(body) ?? {}) as { message?: string };
  return new Fault(`The API server answered ${status}: ${message ?? body.slice(0, 300)}`, {
    fix: "`response.approvers` names who may; `--context` takes another user of the kubeconfig.",
  });
}
