import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { ocsfConverter } from "../../components/documents/ocsf/convert";
import { HttpClient } from "../../components/node-program/http-client";
import { EventSink } from "../../components/ocsf/program/event-sink";
import { eventTexts } from "../../components/ocsf/program/event-texts";
import { serveDocuments } from "../../components/ocsf/program/otlp-documents";
import { TopicState } from "../../components/ocsf/program/topic-state";
import { FEATURES } from "../../components/registry";
import { goldenDocuments } from "../support/ocsf/documents";

const convert = ocsfConverter(registryFacts(FEATURES).documents);
const ALERT = goldenDocuments().find(({ name }) => name.startsWith("falco.json"))!.document as {
  message: string;
  process: Record<string, unknown>;
  falco: { output_fields: Record<string, unknown> };
};

const otlp = (...texts: readonly unknown[]) => ({
  resourceLogs: [
    { scopeLogs: [{ logRecords: texts.map((stringValue) => ({ body: { stringValue } })) }] },
    { scopeLogs: [] },
  ],
});

describe("program that makes OCSF events for a topic", () => {
  const opened: Server[] = [];
  const address = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  afterEach(() => {
    for (const server of opened.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function documentsAt(take: (texts: readonly string[]) => Promise<void>) {
    const server = serveDocuments({ host: "127.0.0.1", port: 0 }, take);
    opened.push(server);
    await once(server, "listening");
    return async (body: string) => {
      const client = new HttpClient({ url: address(server) });
      try {
        return (await client.request({ method: "POST", path: "/v1/logs", body })).status;
      } finally {
        await client.close();
      }
    };
  }

  /** A collector that answers so, and what it got. */
  async function collector(status: number) {
    const bodies: string[][] = [];
    const server = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      const { resourceLogs } = JSON.parse(Buffer.concat(pieces).toString()) as {
        resourceLogs: { scopeLogs: { logRecords: { body: { bytesValue: string } }[] }[] }[];
      };
      const records = resourceLogs[0]!.scopeLogs[0]!.logRecords;
      bodies.push(records.map(({ body }) => Buffer.from(body.bytesValue, "base64").toString()));
      response.writeHead(status).end("{}");
    }).listen(0, "127.0.0.1");
    opened.push(server);
    await once(server, "listening");
    return { bodies, url: address(server) };
  }

  it("answers once it has done its part, and asks for the documents again where it could not", async () => {
    const taken: string[][] = [];
    let fails = true;
    const post = await documentsAt(async (texts) => {
      if (fails) throw new Error("away");
      taken.push([...texts]);
    });
    assert.equal(await post(JSON.stringify(otlp("a", "b"))), 503);
    fails = false;
    assert.equal(await post(JSON.stringify(otlp("a", "b"))), 200);
    assert.equal(await post(JSON.stringify({})), 200);
    assert.deepEqual(taken, [["a", "b"], []]);
  });

  it("refuses what is no request of a collector, and takes a record without a text as one that becomes no event", async () => {
    const taken: string[][] = [];
    const post = await documentsAt(async (texts) => {
      taken.push([...texts]);
    });
    for (const body of ["", "no JSON", "[]", "null"]) assert.equal(await post(body), 400, body);
    assert.equal(await post(JSON.stringify(otlp("a", 7, undefined))), 200);
    assert.equal(await post(JSON.stringify({ resourceLogs: [{ scopeLogs: "x" }, 1, null] })), 200);
    assert.deepEqual(taken, [["a", "", ""], []]);
  });

  it("makes an event of each document, and says of the others why", () => {
    const deadLetter = { ...ALERT, event: { kind: "pipeline_error" } };
    const texts = [ALERT, deadLetter, { labels: {} }].map((one) => JSON.stringify(one));
    const { events, refused } = eventTexts([...texts, "no JSON", "", "[]", "7"], convert);
    assert.equal(events.length, 1);
    assert.equal(JSON.parse(events[0]!).class_uid, 2004);
    assert.deepEqual(refused, [
      "a dead letter",
      "no document of a tool of this stack",
      ...Array.from({ length: 4 }, () => "no JSON object"),
    ]);
  });

  it("leaves out what OCSF has no field for where an event is too long, and counts one that still is", () => {
    const long = (count: number) => {
      const text = "é".repeat(count);
      const process = { ...ALERT.process, command_line: text };
      return JSON.stringify({ ...ALERT, process, falco: { output_fields: { "proc.cmdline": text } } });
    };
    const [short, cut] = eventTexts([long(1000), long(150_000)], convert).events.map((one) =>
      JSON.parse(one),
    );
    assert.ok(short.unmapped.falco.output_fields["proc.cmdline"]);
    assert.equal(cut.unmapped, undefined);
    assert.deepEqual(cut.evidences[0].process.cmd_line.length, 150_000);
    assert.deepEqual(eventTexts([long(500_000)], convert), {
      events: [],
      refused: ["longer than a record of Kafka"],
    });
  });

  it("hands events over in requests of a few MiB, in their order", async () => {
    const { bodies, url } = await collector(200);
    const sink = new EventSink(url);
    const events = Array.from({ length: 9 }, (_, i) => String(i).repeat(1024 * 1024));
    await sink.take(events);
    await sink.take([]);
    await sink.close();
    assert.deepEqual(
      bodies.map(({ length }) => length),
      [4, 4, 1],
    );
    assert.deepEqual(bodies.flat(), events);
  });

  it("fails where the collector has not taken them", async () => {
    for (const status of [400, 429, 500, 503]) {
      const sink = new EventSink((await collector(status)).url);
      await assert.rejects(sink.take(["{}"]), new RegExp(`answered ${status}`));
      await sink.close();
    }
  });

  it("counts what the topic has, what is left out, and what is tried again", () => {
    const state = new TopicState();
    assert.match(state.metrics(), /^security_ocsf_refused_total\{reason="a dead letter"\} 0$/m);
    state.took({ events: ["{}", "{}"], refused: [] });
    state.took({ events: [], refused: ["a dead letter", "a dead letter"] });
    state.failed();
    assert.match(state.metrics(), /^security_ocsf_events_total 2$/m);
    assert.match(state.metrics(), /^security_ocsf_failures_total 1$/m);
    assert.match(state.metrics(), /^security_ocsf_refused_total\{reason="a dead letter"\} 2$/m);
  });
});
