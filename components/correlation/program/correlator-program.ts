import { correlate } from "./correlator";

void correlate(process.env).then((code) => {
  process.exitCode = code;
});
