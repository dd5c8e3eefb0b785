// Makes the flasher upload another stub: the file of its package that holds the ESP8266's is replaced
// while it is loaded; the package itself stays as it is.
import { register } from "node:module";

const hooks = `
let json;
export async function initialize(data) { json = data; }
export async function load(url, context, next) {
  if (!url.endsWith("/stub_flasher/esp8266.json")) return next(url, context);
  return { format: "json", source: json, shortCircuit: true };
}`;

// `stub`: {text_start, text, data_start, data, entry}, text and data in hex.
export function useStub(stub) {
  const base64 = (hex) => Buffer.from(hex, "hex").toString("base64");
  const json = JSON.stringify({ ...stub, text: base64(stub.text), data: base64(stub.data),
                                bss_start: 0 });
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, import.meta.url, { data: json });
}
