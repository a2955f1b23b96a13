import { main } from "./main";

void main(process.env).then((code) => {
  process.exitCode = code;
});
