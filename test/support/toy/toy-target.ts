import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import type { Destination } from "../../../components/forwarding/forward";
import { HttpClient } from "../../../components/node-program/http-client";
import type { OpenTarget } from "../../../components/pipeline/store-sink/open-target";

const SETTINGS = z.strictObject({ url: z.string(), passwordFile: z.string() });

export type ToySettings = z.infer<typeof SETTINGS>;

/** A request for each document. */
export const open: OpenTarget = (written) => {
  const { url, passwordFile } = SETTINGS.parse(written);
  const client = new HttpClient({ url });
  const headers = { "x-password": readFileSync(passwordFile, "utf8") };
  const destination: Destination = {
    async take({ documents }) {
      let sent = 0;
      for await (const { document } of documents) {
        const body = JSON.stringify(document);
        const { status } = await client.request({ method: "POST", path: "/toys", headers, body });
        if (status !== 200) throw new Error(`the toy answered ${status}`);
        sent += 1;
      }
      return { sent, refused: [] };
    },
  };
  return { destination, readOnce: [passwordFile], close: () => client.close() };
};
