export { type Dispatcher, Pool } from "undici";
