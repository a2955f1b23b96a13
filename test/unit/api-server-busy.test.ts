import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { getWhenFree } from "../../components/node-program/api-server";
import { HttpClient } from "../../components/node-program/http-client";

/** What the API server says of a kind that it has just got, and where it has more requests than it takes. */
const LATER: Record<string, string> = { "retry-after": "0.05" };

describe("a question to an API server that is busy", () => {
  let server: http.Server;
  let client: HttpClient;
  let asked: number;
  let busyFor: number;
  let headers: Record<string, string>;

  before(async () => {
    server = http.createServer((_, response) => {
      asked += 1;
      if (asked <= busyFor) response.writeHead(429, headers).end("storage is (re)initializing");
      else response.writeHead(200).end('{"items":[]}');
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    client = new HttpClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  beforeEach(() => {
    asked = 0;
    headers = LATER;
  });
  after(async () => {
    await client.close();
    server.close();
  });

  it("is put again after the time that it says", async () => {
    busyFor = 3;
    const { status, body } = await getWhenFree(client, "/apis/example.com/v1/things");
    assert.deepEqual([status, body, asked], [200, '{"items":[]}', 4]);
  });

  it("is put again where it says no time", async () => {
    [busyFor, headers] = [1, {}];
    assert.equal((await getWhenFree(client, "/api")).status, 200);
  });

  it("is answered 429 once it has been so for too long, or would be", async () => {
    busyFor = Number.POSITIVE_INFINITY;
    assert.equal((await getWhenFree(client, "/api", 300)).status, 429);
    assert.ok(asked > 1 && asked <= 7, `${asked}`);
    [asked, headers] = [0, { "retry-after": "3600" }];
    assert.equal((await getWhenFree(client, "/api")).status, 429);
    assert.equal(asked, 1);
  });
});
